"""The terms of a request: whose approvals it needs, and what else holds for it. Pure.

A request keeps the terms it was made under. The stricter of these and today's hold, in every part; a looser one never
does. The approvers of the base are those of the process through which it was made; those of other processes count while
these are alive.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from bot.requests.policy import Approvers

Number = TypeVar("Number", int, float)


@dataclass(frozen=True, slots=True)
class Requirement:
    """How many approvals are needed, and from whom."""

    approvers: Approvers
    approvals: int

    @property
    def key(self) -> str:
        """What tells it from other requirements: whose approvals count for it."""
        return str(self.approvers)

    @property
    def needed(self) -> int:
        """How many approvals meet it where the requester does not decide alone: one even if none are required."""
        return max(1, self.approvals)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one request may have at most; None where there is no limit.

    `versions`: how many versions. `share_of_a_model`: which part of a model's versions, where the model itself is not
    deleted. `used_within`: no version that this account ran within so many seconds.
    """

    versions: int | None = None
    share_of_a_model: float | None = None
    used_within: float | None = None

    def stricter_with(self, other: Limits) -> Limits:
        """Return the stricter limit of each kind."""
        return Limits(
            _least(self.versions, other.versions),
            _least(self.share_of_a_model, other.share_of_a_model),
            max(self.used_within or 0.0, other.used_within or 0.0) or None,
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may approve and how many approvals are required, and what else the policy says about one request.

    `approvals_required` and `approvers` are the base that the settings give; `further` is what the policy file requires
    of others beside them. `requesters` are whom a requester has to be among, each of them. `undo_for` is the number of
    seconds between the last approval and the first DELETE. `confirm_name`: the last approver types the model's name.
    """

    approvals_required: int
    approvers: Approvers
    self_approval: bool = False
    further: tuple[Requirement, ...] = ()
    requesters: tuple[Approvers, ...] = ()
    limits: Limits = field(default_factory=Limits)
    undo_for: float = 0.0
    confirm_name: bool = False

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement, the base first. Each has to be met; one approval counts for all that name its giver."""
        return (self.base, *self.further)

    @property
    def base(self) -> Requirement:
        """What the settings require, with what the policy file requires of the same people."""
        return Requirement(self.approvers, self.approvals_required)

    @property
    def deciders(self) -> Approvers:
        """Those whom at least one requirement names, who may decide."""
        named = [one.approvers for one in self.requirements]
        return Approvers(
            frozenset().union(*(people.users for people in named)),
            frozenset().union(*(people.groups for people in named)),
            any(people.everyone for people in named),
        )

    @property
    def needs_nobody_else(self) -> bool:
        """Whether a requester whom every requirement names decides alone, by their confirmation."""
        return not self.confirm_name and all(requirement.approvals == 0 for requirement in self.requirements)

    def let_approve(self, user_id: str, requester: str) -> bool:
        """Return whether an approval by this user counts for a request of `requester`, who may be the same person."""
        return self.self_approval or user_id != requester

    def stricter_with(self, today: Terms) -> Terms:
        """Return the stricter of these terms and today's, but with these approvers as the base.

        An approver of the base has to be among both; that is checked at each decision. What is required of the same
        people as the base is part of the base.
        """
        further = merged(self.further, today.further)
        of_base = (one.approvals for one in further if one.approvers == self.approvers)
        return Terms(
            max(self.approvals_required, today.approvals_required, *of_base),
            self.approvers,
            self.self_approval and today.self_approval,
            tuple(one for one in further if one.approvers != self.approvers),
            tuple(dict.fromkeys((*self.requesters, *today.requesters))),
            self.limits.stricter_with(today.limits),
            max(self.undo_for, today.undo_for),
            self.confirm_name or today.confirm_name,
        )

    def more_to_json(self) -> str:
        """Return, as JSON, all but the base; empty where there is no more."""
        base = Terms(self.approvals_required, self.approvers, self.self_approval)
        if self == base:
            return ""
        return json.dumps(
            {
                "further": [[one.key, one.approvals] for one in self.further],
                "requesters": [str(people) for people in self.requesters],
                "versions": self.limits.versions,
                "share_of_a_model": self.limits.share_of_a_model,
                "used_within": self.limits.used_within,
                "undo_for": self.undo_for,
                "confirm_name": self.confirm_name,
            }
        )

    def with_more(self, text: str) -> Terms:
        """Return these terms with what `more_to_json` returned.

        Raises ValueError, KeyError or TypeError for other text.
        """
        if not text:
            return self
        more: dict[str, Any] = json.loads(text)
        return Terms(
            self.approvals_required,
            self.approvers,
            self.self_approval,
            tuple(Requirement(Approvers.parse(key), int(approvals)) for key, approvals in more["further"]),
            tuple(map(Approvers.parse, more["requesters"])),
            Limits(more["versions"], more["share_of_a_model"], more["used_within"]),
            float(more["undo_for"]),
            bool(more["confirm_name"]),
        )


def merged(*sets: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """Return requirements with one for each set of approvers, the highest, in the order of their keys."""
    highest: dict[Approvers, int] = {}
    for requirement in (one for requirements in sets for one in requirements):
        highest[requirement.approvers] = max(requirement.approvals, highest.get(requirement.approvers, 0))
    return tuple(sorted((Requirement(*one) for one in highest.items()), key=lambda one: one.key))


def _least(one: Number | None, other: Number | None) -> Number | None:
    return min((value for value in (one, other) if value is not None), default=None)
