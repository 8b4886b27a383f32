"""A plan: one verdict for everything that a command asked for, what would be deleted and what would not. Pure."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from bot.planning.facts import Facts, UnreadUses
from bot.planning.prior_requests import Key, PastRefusal
from bot.refs import ModelRef
from bot.replicate.types import Account, Model, Version
from bot.requests.left_out import LeftOut


class Rule(enum.Enum):
    """The rule that prevents a deletion."""

    NOT_FOUND = "not found"
    NOT_YOURS = "not yours"
    RENAMED = "renamed"
    UNLISTED = "its versions cannot be listed"
    PUBLIC = "public"
    UNKNOWN_VISIBILITY = "of a visibility that the bot does not know"
    PROTECTED = "protected"
    KEPT = "kept"
    DEPLOYED = "deployed"
    TRAINED_ON = "trained on"
    MAYBE_IN_USE = "perhaps deployed or trained on"
    UNREADABLE = "not readable"
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


def blocked(rule: Rule, what: str, why: str, remedy: str) -> Blocked:
    """Return the verdict that a rule forbids deleting `what`: why, and what the requester can do, if anything."""
    return Blocked(rule, LeftOut(what, why, remedy))


Verdict = WillDelete | Blocked


@dataclass(frozen=True, slots=True)
class Plan:
    """The verdicts on everything a command asked for, in that order.

    `selected_by` are the rules that selected its versions, as they would be typed. `adds_versions` is the number of
    versions that were not asked for, but have to be deleted before their models. `unread_uses` are deployments and
    trainings that may use any version. `nearest` has known models that may have been meant by names that Replicate does
    not know. `models` are those that Replicate showed, with how many versions each has, None
    if not all of them were read. `refused` are earlier refusals by Replicate of these models and their versions.
    """

    account: Account
    verdicts: tuple[Verdict, ...]
    selected_by: str = ""
    adds_versions: int = 0
    unread_uses: UnreadUses = field(default_factory=UnreadUses)
    nearest: Mapping[ModelRef, ModelRef] = field(default_factory=dict)
    models: Mapping[ModelRef, tuple[Model, int | None]] = field(default_factory=dict)
    refused: Mapping[Key, PastRefusal] = field(default_factory=dict)

    @classmethod
    def from_facts(cls, facts: Facts, verdicts: Iterable[Verdict], selected_by: str = "") -> Plan:
        """Return the plan of verdicts that were passed on these facts."""
        shown = [found for found in facts.models.values() if found]
        models = {found.model.ref: (found.model, found.count if found.is_whole else None) for found in shown}
        return cls(
            facts.account,
            tuple(verdicts),
            selected_by,
            unread_uses=facts.unread_uses,
            nearest=facts.nearest,
            models=models,
            refused=facts.prior.refused,
        )

    @property
    def deletions(self) -> tuple[WillDelete, ...]:
        """The targets that would be deleted, each once."""
        return tuple(dict.fromkeys(v for v in self.verdicts if isinstance(v, WillDelete)))

    @property
    def refused_before(self) -> tuple[tuple[WillDelete, PastRefusal], ...]:
        """The planned deletions that Replicate refused before, each with its last refusal."""
        keys = ((d, (d.ref, d.version.id if d.version else None)) for d in self.deletions)
        return tuple((d, self.refused[key]) for d, key in keys if key in self.refused)

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """What was asked for and would not be deleted, each once."""
        return tuple(dict.fromkeys(v.left_out for v in self.verdicts if isinstance(v, Blocked)))
