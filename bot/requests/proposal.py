"""What cleanup rules have proposed: one request of a rule, and what became of its earlier ones. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from bot.requests.request import UNDER_WAY, State, Target


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is stored of a rule's proposal beside its request.

    `owner` is the user who is told of it, and `not_found` are names and patterns of the rule for which there is no
    model.
    """

    request_id: str
    rule: str
    owner: str
    not_found: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PastProposals:
    """What became of a rule's proposals: its latest, and those that were refused.

    `latest` is the id of the latest, empty where there is none, `state` its state, and `deleted` how many of its
    targets were deleted. `refused` has the identities of what each proposal asked for that was rejected, expired or
    withdrawn lately, with the moment (seconds since 1970) until which it is not proposed again.
    """

    latest: str = ""
    state: State | None = None
    deleted: int = 0
    refused: tuple[tuple[float, frozenset[str]], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the latest proposal is still to be decided about or carried out."""
        return self.state in (State.AWAITING, *UNDER_WAY)

    def quiet_until(self, targets: Iterable[Target]) -> float | None:
        """Return until when exactly these targets are not proposed again; None if they may be."""
        wanted = frozenset(map(identity, targets))
        return max((until for until, refused in self.refused if refused == wanted), default=None)


def identity(target: Target) -> str:
    """Return what tells a target from all others; a version is the same under any name of its model."""
    return target.version_id or str(target.ref).lower()
