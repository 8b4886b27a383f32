"""What a policy file says about requests: entries for models, for sizes, limits, and the time to undo. Pure.

Every entry that matches holds, so each one makes a policy stricter and none makes it looser.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.refs import ModelRef
from bot.requests.policy import Approvers, Protected
from bot.requests.terms import Limits, Requirement, Terms, merged

MAX_UNDO = 7 * 86_400
"""Seconds: the longest time to undo that can be set."""


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """What holds for the models that one of the globs matches, without regard to case.

    `requesters`: who may ask; None: every full member. `approvals` of `approvers`; None: as the settings say, each.
    """

    match: tuple[str, ...]
    requesters: Approvers | None = None
    approvers: Approvers | None = None
    approvals: int | None = None
    protected: bool = False

    def matches(self, ref: ModelRef) -> bool:
        """Whether it holds for this model."""
        return Protected(self.match).glob_for(ref) is not None


@dataclass(frozen=True, slots=True)
class SizeEntry:
    """What holds for requests with more than so many targets."""

    more_than: int
    approvals: int | None = None
    confirm_name: bool = False


@dataclass(frozen=True, slots=True)
class UndoTime:
    """The seconds between the last approval and the first DELETE, for requests with more than so many targets."""

    seconds: float
    more_than: int = 0


@dataclass(frozen=True, slots=True)
class PolicyRules:
    """All that a policy file says about requests."""

    models: tuple[ModelEntry, ...] = ()
    sizes: tuple[SizeEntry, ...] = ()
    limits: Limits = field(default_factory=Limits)
    undo: tuple[UndoTime, ...] = ()

    @property
    def count(self) -> int:
        """How many rules there are for models and sizes, and how many limits."""
        limits = (self.limits.versions, self.limits.share_of_a_model, self.limits.used_within)
        return len(self.models) + len(self.sizes) + sum(limit is not None for limit in limits)

    @property
    def protected(self) -> Protected:
        """The models that entries protect."""
        return Protected(tuple(dict.fromkeys(glob for e in self.models if e.protected for glob in e.match)))

    def applied(self, base: Terms, refs: Collection[ModelRef], targets: int) -> Terms:
        """Return the terms of a request with these models and so many targets, with `base` as what the settings say."""
        entries = [entry for entry in self.models if any(map(entry.matches, refs))]
        sizes = [size for size in self.sizes if targets > size.more_than]
        wanted = [Requirement(base.approvers, base.approvals_required)]
        for entry in entries:
            approvals = base.approvals_required if entry.approvals is None else entry.approvals
            wanted.append(Requirement(entry.approvers or base.approvers, approvals))
        wanted += [Requirement(base.approvers, size.approvals or 0) for size in sizes]
        requirements = {requirement.approvers: requirement for requirement in merged(wanted)}
        own = requirements.pop(base.approvers)
        more = replace(
            base,
            further=tuple(requirements.values()),
            requesters=tuple(dict.fromkeys(entry.requesters for entry in entries if entry.requesters)),
            limits=self.limits,
            undo_for=max((time.seconds for time in self.undo if targets > time.more_than), default=0.0),
            confirm_name=any(size.confirm_name for size in sizes),
        )
        return replace(base, approvals_required=own.approvals).stricter_with(more)

    def to_fields(self) -> dict[str, Any]:
        """Return this as what JSON can hold."""
        return {
            "models": [
                {
                    "match": list(entry.match),
                    "requesters": _text(entry.requesters),
                    "approvers": _text(entry.approvers),
                    "approvals": entry.approvals,
                    "protected": entry.protected,
                }
                for entry in self.models
            ],
            "sizes": [[size.more_than, size.approvals, size.confirm_name] for size in self.sizes],
            "limits": [self.limits.versions, self.limits.share_of_a_model, self.limits.used_within],
            "undo": [[time.seconds, time.more_than] for time in self.undo],
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> PolicyRules:
        """Read what `to_fields` returned. Raises ValueError, KeyError or TypeError for anything else."""
        return cls(
            models=tuple(
                ModelEntry(
                    tuple(entry["match"]),
                    _people(entry["requesters"]),
                    _people(entry["approvers"]),
                    entry["approvals"],
                    bool(entry["protected"]),
                )
                for entry in fields["models"]
            ),
            sizes=tuple(SizeEntry(*size) for size in fields["sizes"]),
            limits=Limits(*fields["limits"]),
            undo=tuple(UndoTime(*time) for time in fields["undo"]),
        )


def _text(people: Approvers | None) -> str | None:
    return None if people is None else str(people)


def _people(text: str | None) -> Approvers | None:
    return None if text is None else Approvers.parse(text)
