"""Undo and Stop: what ends a request that was approved. Pure.

Until deleting begins it can be undone, and nothing is deleted. Once a worker has claimed it, it can only be stopped.
"""

from __future__ import annotations

from dataclasses import replace

from bot.requests.request import UNDER_WAY, Event, Request, State
from bot.requests.transitions import Changed, Refusal, Transition, TransitionResult, Unchanged


def undo(by: str, *, decides: bool) -> Transition:
    """The requester or any approver (`decides`) ends an approved request before deleting begins.

    It counts until the request is claimed, also where that comes later than the moment that was told.
    """

    def step(request: Request, now: float) -> TransitionResult:
        if request.requester != by and not decides:
            return Unchanged(request, Refusal.NOT_YOURS_TO_UNDO)
        if request.may_be_undone:
            return _undone(request, by, now)
        if request.state not in UNDER_WAY:
            return Unchanged(request, Refusal.NO_LONGER_OPEN)
        return Unchanged(request, Refusal.ALREADY_STOPPING if request.stopping else Refusal.DELETING_HAS_BEGUN)

    return step


def stop(by: str, *, decides: bool) -> Transition:
    """The requester or any approver (`decides`) stops the deletion once the calls in flight have ended.

    Where deleting has not begun and can be undone, it is undone: that leaves nothing to carry out.
    """

    def step(request: Request, now: float) -> TransitionResult:
        if request.requester != by and not decides:
            return Unchanged(request, Refusal.NOT_YOURS_TO_STOP)
        if request.may_be_undone:
            return _undone(request, by, now)
        if request.state not in UNDER_WAY:
            return Unchanged(request, Refusal.NO_LONGER_OPEN)
        if request.stopping:
            return Unchanged(request, Refusal.ALREADY_STOPPING)
        return Changed(replace(request, stopping=True, stopped_by=by), Event.STOPPED)

    return step


def _undone(request: Request, by: str, now: float) -> Changed:
    return Changed(replace(request, state=State.WITHDRAWN, undone_by=by, finished_at=now), Event.UNDONE)
