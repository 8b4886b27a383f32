"""A plan: one verdict for everything that a command asked for, what would be deleted and what would not. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from bot.planning.prior_requests import PastRefusal, PriorRequests
from bot.refs import ModelRef
from bot.replicate import Account, Version
from bot.requests.left_out import LeftOut


class Rule(enum.Enum):
    """The rule that prevents a deletion."""

    NOT_FOUND = "not found"
    NOT_YOURS = "not yours"
    RENAMED = "renamed"
    REMADE = "made anew"
    UNLISTED = "its versions cannot be listed"
    PUBLIC = "public"
    PROTECTED = "protected"
    DEPLOYED = "deployed"
    TRAINED_ON = "trained on"
    HAS_VERSIONS = "has versions"
    VERSIONS_STAY = "some of its versions cannot be deleted"
    NO_VERSIONS = "no versions"
    AMBIGUOUS = "ambiguous"
    NOT_SELECTED = "not selected"
    REQUESTED = "in another open request"


@dataclass(frozen=True, slots=True)
class WillDelete:
    """No known rule forbids the deletion of this target; a version is pinned by its full id."""

    ref: ModelRef
    version: Version | None = None
    is_latest: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """It will not be deleted: the rule that forbids it, and the explanation that people see."""

    rule: Rule
    left_out: LeftOut


Verdict = WillDelete | Blocked


@dataclass(frozen=True, slots=True)
class Plan:
    """The verdicts on everything a command asked for, in that order.

    `selected_by` are the rules that selected its versions, as they would be typed. `adds_versions` is the number of
    versions that were not asked for, but have to be deleted before their models.
    """

    account: Account
    verdicts: tuple[Verdict, ...]
    selected_by: str = ""
    adds_versions: int = 0

    @property
    def deletions(self) -> tuple[WillDelete, ...]:
        """The targets that would be deleted, each once."""
        return tuple(dict.fromkeys(v for v in self.verdicts if isinstance(v, WillDelete)))

    def refused_before(self, prior: PriorRequests) -> tuple[tuple[WillDelete, PastRefusal], ...]:
        """Return the planned deletions that Replicate refused before, each with its last refusal."""
        keys = ((d, (d.ref, d.version.id if d.version else None)) for d in self.deletions)
        return tuple((d, prior.refused[key]) for d, key in keys if key in prior.refused)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was asked for and would not be deleted, each once."""
        return tuple(dict.fromkeys(v.left_out for v in self.verdicts if isinstance(v, Blocked)))
