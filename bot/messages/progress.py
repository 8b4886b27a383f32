"""A request's progress, and the estimated time left. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.durations import spell_duration
from bot.messages.message import user
from bot.messages.state_words import tally
from bot.messages.waiting import rough_duration, why_slow
from bot.requests.request import Request, TargetState

_BAR_CHARS = 20
_NOTICED = 200.0
"""Requests a minute from which on the card does not say why it is slow."""


def bar(ended: int, begun: int, total: int) -> str:
    """Return a progress bar of 20 characters: ended, accepted by Replicate, and planned."""
    done = ended * _BAR_CHARS // max(1, total)
    in_progress = begun * _BAR_CHARS // max(1, total) - done
    return "█" * done + "▒" * in_progress + "░" * (_BAR_CHARS - done - in_progress)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the deletion is: `heading` counts and estimates, `picture` is the bar with what became of them so far."""

    heading: str
    picture: str


def progress(request: Request, now: float) -> Progress:
    """Return the counts, the estimated time left if there is an estimate, a bar, and why it is slow if it is."""
    total, ended = sum(request.counts.values()), sum(n for state, n in request.counts.items() if state.is_end)
    begun = ended + request.counts.get(TargetState.ACCEPTED, 0)
    rate = _lowered_rate(request, now)
    seconds = _seconds_left(request, now, rate)
    heading = _stopping(request) if request.stopping else "Deleting"
    why = f"\n{why_slow(rate)}" if rate is not None else ""
    return Progress(
        f"{heading}: {ended:,} of {total:,}{_left(seconds, rate)}",
        # Not as code, which Slack draws in red.
        f"{bar(ended, begun, total)} {tally(request.counts)}{why}",
    )


def _stopping(request: Request) -> str:
    asked = f", as {user(request.stopped_by)} asked" if request.stopped_by else ""
    return f"Stopping after the deletions on their way{asked}"


def _left(seconds: float | None, rate: float | None) -> str:
    if seconds is None:
        return ""
    if rate is None:
        return f", about {spell_duration(seconds)} left"
    return f", {rough_duration(seconds)} left at Replicate's present limit"


def _lowered_rate(request: Request, now: float) -> float | None:
    """Return the requests a minute that Replicate lets through; None where that is no reason to be slow."""
    slowdown = request.slowdown
    return slowdown.rate(now) if slowdown is not None and slowdown.holds(now, _NOTICED) else None


def _seconds_left(request: Request, now: float, rate: float | None) -> float | None:
    """Return how long sending the rest will take.

    That goes by the average speed since the worker claimed the request, or, while Replicate lowers the rate, by that
    rate. None if there is no speed yet or the request is stopping. Also None below a second: what is left then is a
    model that waits until its versions are gone.
    """
    to_send = request.counts.get(TargetState.PLANNED, 0)
    if request.stopping or not to_send:
        return None
    if rate is not None:
        return 60 / rate * to_send
    if request.claimed_at is None or not request.answered:
        return None
    seconds = (now - request.claimed_at) / request.answered * to_send
    return seconds if seconds >= 1 else None
