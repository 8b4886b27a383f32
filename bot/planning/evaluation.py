"""What a cleanup rule would propose at one moment, and what keeps it from proposing that. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.cleanup.notices import Problem
from bot.cleanup.rule import CleanupRule
from bot.planning.drafts import targets_of
from bot.planning.plan import Plan
from bot.requests.request import Target
from bot.requests.terms import Terms


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a rule proposes nothing although it may have something to propose; `words` are sentences for its owner."""

    problem: Problem
    words: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A rule, evaluated `at` a moment (seconds since 1970).

    `plan` has what it selects, and why all else stays, as a preview would; None where no model is known to which the
    rule could be applied, or where `trouble` kept it from being read. `not_found` are names and patterns of the rule
    for which there is no model. `terms` are what a request for the plan needs; None where it selects nothing.
    """

    rule: CleanupRule
    at: float
    plan: Plan | None = None
    not_found: tuple[str, ...] = ()
    terms: Terms | None = None
    trouble: Trouble | None = None

    @property
    def targets(self) -> tuple[Target, ...]:
        """The pinned targets, exactly as a request would have them."""
        return () if self.plan is None else targets_of(self.plan)
