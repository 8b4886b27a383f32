"""A rule's turn: one evaluation by one process, and what it brings about. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.cleanup.notices import Notice, Standing
from bot.cleanup.rule import CleanupRule

MAX_DELAY = 14_400.0
"""Seconds after which an evaluation that failed is tried again at the latest."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A rule's turn as its holder has it.

    `due_at` is when it began, and `now` the database's time when it was claimed. `failures` counts the attempts before
    this one. `told` are the problems of which the owner knows. `standing` is how the rule stood when its channel last
    heard of it, at `spoke_at`; both are None before that.
    """

    rule: CleanupRule
    lease: str
    due_at: float
    now: float
    failures: int = 0
    told: frozenset[str] = frozenset()
    standing: Standing | None = None
    spoke_at: float | None = None


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """What a turn brings about: whom to tell what, and what to remember.

    `told` are the problems of which the owner then knows. `standing` is how the rule stands by what its channel hears
    of it now; None where it hears nothing. `again_in` are the seconds until the same turn is tried again, and None
    where it is over.
    """

    told: Collection[str] = ()
    standing: Standing | None = None
    again_in: float | None = None
    notices: Sequence[tuple[str, Notice]] = ()
