"""How far a request is, and how long the rest will take. Pure."""

from __future__ import annotations

from bot.durations import spell_duration
from bot.messages.message import user
from bot.messages.wording import tally
from bot.requests.request import Request, TargetState

_BAR = 20


def bar(ended: int, begun: int, total: int) -> str:
    """Draw how far it is in 20 characters: what has ended, what is on its way, what is to come."""
    done = ended * _BAR // max(1, total)
    on_its_way = begun * _BAR // max(1, total) - done
    return "█" * done + "▒" * on_its_way + "░" * (_BAR - done - on_its_way)


def progress(request: Request, now: float) -> str:
    """Return a bar, counts, and the time that the rest will take at the speed so far, where there is one."""
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
    """Return how long it will take to send the rest at the speed since the worker took the request up.

    None where that is not known, or nothing more will be sent; and for less than a second, as what is left is
    then a model that waits until its versions are gone.
    """
    to_send = request.counts.get(TargetState.PLANNED, 0)
    if request.stopping or request.claimed_at is None or not request.answered:
        return None
    seconds = (now - request.claimed_at) / request.answered * to_send
    return seconds if seconds >= 1 else None
