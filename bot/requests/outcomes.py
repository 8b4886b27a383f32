"""What became of single targets. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests.gone_from import GoneFrom
from bot.requests.keep_note import KeepNote
from bot.requests.request import MAYBE_DELETED, Target, TargetState


@dataclass(frozen=True, slots=True)
class Outcome:
    """A target's new state, its reason if it needs one, who keeps it if it is KEPT, and from where it is gone."""

    target: Target
    state: TargetState
    reason: str = ""
    keep: KeepNote | None = None
    gone_from: frozenset[GoneFrom] = frozenset()

    def __str__(self) -> str:
        return f"{self.target}: {self.state}" + (f" ({self.reason})" if self.reason else "")


def ended_unsent(target: Target, state: TargetState, reason: str) -> Outcome:
    """Return the outcome of a target that gets no DELETE: `state`, or FAILED if an earlier DELETE went unanswered."""
    if not target.was_sent:
        return Outcome(target, state, reason)
    unknown = f"its deletion was asked for, the answer never came, and then {reason}. {MAYBE_DELETED}"
    return Outcome(target, TargetState.FAILED, unknown)
