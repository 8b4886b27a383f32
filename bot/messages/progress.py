"""A request's progress, and the estimated time left. Pure."""

from __future__ import annotations

from bot.durations import spell_duration
from bot.messages.message import user
from bot.messages.wording import tally
from bot.requests.request import Request, TargetState

_BAR_CHARS = 20


def bar(ended: int, begun: int, total: int) -> str:
    """Return a progress bar of 20 characters: ended, accepted by Replicate, and planned."""
    done = ended * _BAR_CHARS // max(1, total)
    in_progress = begun * _BAR_CHARS // max(1, total) - done
    return "█" * done + "▒" * in_progress + "░" * (_BAR_CHARS - done - in_progress)


def progress(request: Request, now: float) -> str:
    """Return a bar, the counts, and the estimated time left if there is an estimate."""
    total, ended = sum(request.counts.values()), sum(n for state, n in request.counts.items() if state.is_end)
    begun = ended + request.counts.get(TargetState.ACCEPTED, 0)
    seconds = _seconds_left(request, now)
    left = f", about {spell_duration(seconds)} left" if seconds is not None else ""
    heading = _stopping(request) if request.stopping else "Deleting"
    return f"{heading}: {ended:,} of {total:,}{left}.\n`{bar(ended, begun, total)}` {tally(request.counts)}"


def _stopping(request: Request) -> str:
    asked = f", as {user(request.stopped_by)} asked" if request.stopped_by else ""
    return f"Stopping after the deletions on their way{asked}"


def _seconds_left(request: Request, now: float) -> float | None:
    """Return how long sending the rest will take at the average speed since the worker claimed the request.

    None if there is no speed yet or the request is stopping. Also None below a second: what is left then is a model
    that waits until its versions are gone.
    """
    to_send = request.counts.get(TargetState.PLANNED, 0)
    if request.stopping or request.claimed_at is None or not request.answered:
        return None
    seconds = (now - request.claimed_at) / request.answered * to_send
    return seconds if seconds >= 1 else None
