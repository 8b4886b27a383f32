"""Break-glass: a request carried out without the approvals that are missing, and reviewed afterwards. Pure.

It lifts the number of approvals and nothing else. Protection, keeps, limits, who may ask, Replicate's rules, the time
to undo and the checks just before the deletion hold as for any other request.

awaiting -> approved, by one of BREAK_GLASS: with a reason of some length and the typed name of the model. The requester
may be that person. Nothing is deleted before the approvers have been told in Slack. A request that was carried out so,
however it ended, is to be reviewed until an approver other than that person signs it off.
"""

from __future__ import annotations

import unicodedata
from dataclasses import replace

from bot.requests.decisions import BreakGlass
from bot.requests.request import Event, Request
from bot.requests.terms import Terms
from bot.requests.transitions import (
    Changed,
    Refusal,
    Transition,
    TransitionResult,
    Unchanged,
    approved,
    result_if_closed,
)

MIN_REASON_CHARS = 20
"""How many characters that people see a reason has to have, with each run of white space counted as one."""

_BLANK_LETTERS = dict.fromkeys(map(ord, "\u115f\u1160\u2800\u3164\uffa0"), " ")
"""Characters that Unicode counts among the letters or symbols, and that look like spaces."""

_UNSEEN = ("C", "M")
"""The first letters of the categories of characters that add nothing to the length of what people read: control and
format characters, and marks on other characters (https://www.unicode.org/reports/tr44/#General_Category_Values)."""


def squeezed(reason: str) -> str:
    """Return a reason without white space around it, and with one space for each run of it within."""
    return " ".join(reason.translate(_BLANK_LETTERS).split())


def is_reason_enough(reason: str) -> bool:
    """Whether a reason is long enough; white space and what nobody sees does not make it so."""
    return sum(unicodedata.category(c)[0] not in _UNSEEN for c in squeezed(reason)) >= MIN_REASON_CHARS


def break_glass(by: str, reason: str, today: Terms) -> Transition:
    """Somebody who may, which the caller has checked, carries the request out without the approvals that are missing.

    `today` are the terms in force now. A reason that is too short changes nothing (`REASON_MISSING`).
    """

    def step(request: Request, now: float) -> TransitionResult:
        if closed := result_if_closed(request, now):
            return closed
        if not is_reason_enough(reason):
            return Unchanged(request, Refusal.REASON_MISSING)
        terms = request.terms.stricter_with(today)
        broken = replace(request, terms=terms, break_glass=BreakGlass(by, squeezed(reason)))
        return Changed(approved(broken, now), Event.GLASS_BROKEN)

    return step


def told(request: Request, now: float) -> Request:
    """Return a request that was carried out without approvals, once the approvers have been told: it may be begun.

    The time to undo it begins now, as they could not know before. It is not shortened by that: the request expires as
    much later.
    """
    if request.break_glass is None:
        raise ValueError(f"{request.id} was not carried out without approvals")
    known = replace(request, break_glass=replace(request.break_glass, is_posted=True, problem=""))
    if request.begins_at is None:
        return known
    anew = approved(request, now)
    begins_at = max(request.begins_at, anew.begins_at or 0.0)
    return replace(known, begins_at=begins_at, expires_at=request.expires_at + begins_at - request.begins_at)


def sign_off(by: str) -> Transition:
    """An approver, which the caller has checked, has reviewed what somebody else carried out without approvals.

    That is possible once the request has ended, and once.
    """

    def step(request: Request, now: float) -> TransitionResult:
        del now
        broken = request.break_glass
        if broken is None:
            return Unchanged(request, Refusal.NOTHING_TO_REVIEW)
        if broken.by == by:
            return Unchanged(request, Refusal.OWN_BREAK_GLASS)
        if broken.reviewed_by:
            return Unchanged(request, Refusal.ALREADY_REVIEWED)
        if not request.state.is_end:
            return Unchanged(request, Refusal.NOT_OVER)
        reviewed = replace(request, break_glass=replace(broken, reviewed_by=by))
        return Changed(reviewed, Event.GLASS_REVIEWED)

    return step


def is_untold(request: Request) -> bool:
    """Whether it was carried out without approvals, and the approvers have not been told yet."""
    return request.break_glass is not None and not request.break_glass.is_posted


def is_to_be_reviewed(request: Request) -> bool:
    """Whether it was carried out without approvals, and nobody has signed that off."""
    return request.break_glass is not None and not request.break_glass.reviewed_by
