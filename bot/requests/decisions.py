"""What people decide about a request, and who acts. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

NAME_TYPED = "name"
"""What an approval counts for whose giver typed the model's name; no requirement has this key."""


class Choice(enum.StrEnum):
    """An approver's decision."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's decision; `at` in seconds since 1970, `reason` may be empty.

    `counts_for` has the keys of the requirements that an approval counts for, and NAME_TYPED if its giver typed the
    model's name. Approvals stored by code that knew only the base have none, and count for the base.
    """

    user_id: str
    team_id: str
    choice: Choice
    at: float
    reason: str = ""
    counts_for: tuple[str, ...] = ()

    @property
    def has_typed_name(self) -> bool:
        """Whether whoever approved typed the model's name."""
        return NAME_TYPED in self.counts_for

    def meets(self, key: str, base: str) -> bool:
        """Return whether an approval counts for the requirement with this key; `base` is the key of the base."""
        return key in self.counts_for if self.counts_for else key == base


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted and in which channel, for the audit trail."""

    user_id: str
    team_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Who carried a request out without the approvals that were missing, why, and who has reviewed that, if anybody.

    `is_posted`: it has been told where it has to be, without which nothing is deleted. `problem` is why it could not be
    told so far, in words for people, and empty if it has not failed.
    """

    by: str
    reason: str
    is_posted: bool = False
    reviewed_by: str = ""
    problem: str = ""
