"""What becomes of open requests when the database is restored from a backup. Pure.

A backup ends at a moment, and nothing in it tells what happened later: a request that it has as approved may have been
undone, stopped or carried out since. So nothing more is deleted for any request that is open in it.
"""

from __future__ import annotations

from dataclasses import replace

from bot.moments import spelled
from bot.requests.request import Event, Request, State
from bot.requests.transitions import Changed, Transition, TransitionResult


def end_restored(until: float) -> Transition:
    """End a request that is open in a database restored from a backup that ends at `until`, in seconds since 1970.

    One that was being carried out is stopped, so that the worker verifies what Replicate had accepted, and tells of the
    rest that nobody knows. Any other expires.
    """

    def step(request: Request, now: float) -> TransitionResult:
        if request.state is State.DELETING:
            return Changed(replace(request, stopping=True, restored_to=until), Event.RESTORED)
        return Changed(replace(request, state=State.EXPIRED, finished_at=now, restored_to=until), Event.RESTORED)

    return step


def not_known_since(until: float) -> str:
    """Return the reason of a target of which the backup does not tell what became of it."""
    return (
        f"the bot's database was restored from a backup that ends at {spelled(until)}, and nothing was sent for it "
        "since: whether it was deleted between the two is not known"
    )


def restored_detail(until: float) -> str:
    """Return the detail of the audit entry."""
    return f"from a backup that ends at {spelled(until)}"
