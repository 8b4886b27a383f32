"""What is stored of a plan that was shown and not confirmed yet."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests.left_out import LeftOut
from bot.requests.request import Target
from bot.requests.snapshots import VersionSnapshot
from bot.requests.terms import Terms


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan that was shown but not confirmed yet.

    `trigger` identifies the command, so that a command delivered twice makes one draft. `versions` are the snapshots
    of the versions among its targets; their schemas are stored already. `proposed_by` is the cleanup rule that proposes
    it, and empty where `requester` asks for it.
    """

    trigger: str
    requester: str
    team_id: str
    origin_channel: str
    account: str
    terms: Terms
    targets: tuple[Target, ...]
    versions: tuple[VersionSnapshot, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    reason: str = ""
    rules: str = ""
    reference: str = ""
    proposed_by: str = ""
