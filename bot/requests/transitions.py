"""Every transition of a request from one state to the next. Pure.

    draft -> awaiting -> approved -> deleting -> finished
      |         |           |            +-----> stopped
      |         |           +-> expired
      |         +-> rejected, withdrawn, expired
      +-> withdrawn, expired

A transition takes a request and returns the changed request, or why it stays unchanged. The store runs each
transition under the row's lock, so of two simultaneous clicks the second sees the result of the first.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.requests.policy import Terms
from bot.requests.request import UNDER_WAY, Choice, Decision, Event, Request, State


class Refusal(enum.Enum):
    """Why a click changes nothing."""

    ALREADY_CONFIRMED = "already confirmed"
    NOT_YOUR_REQUEST = "not your request"
    NOT_YOURS_TO_STOP = "not yours to stop"
    OWN_REQUEST = "own request"
    ALREADY_APPROVED_BY_YOU = "already approved by you"
    ALREADY_STOPPING = "already stopping"
    REASON_MISSING = "reason missing"
    TAKEN = "in another open request"
    UNVERIFIED = "somebody else decided meanwhile"
    NO_LONGER_OPEN = "no longer open"


@dataclass(frozen=True, slots=True)
class Changed:
    """The request changed: its new value, and the event for the audit trail."""

    request: Request
    event: Event


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The request stays unchanged, and why; `other` is the id of the request that already has a target, if any."""

    request: Request
    refusal: Refusal
    other: str = ""


TransitionResult = Changed | Unchanged
Transition = Callable[[Request, float], TransitionResult]
"""A transition: takes the request as read under the lock, and the database's time in seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What applies to a request from its confirmation on.

    `today` are the terms in force now, and `may_decide` is whether the requester is an approver under them: if so,
    and if no approvals are required, the confirmation approves the request. `ttl` is how long, in seconds, the
    request stays open, and `remind_after` the seconds until a reminder of missing approvals (0: never).
    """

    card_channel: str
    ttl: float
    today: Terms
    may_decide: bool
    remind_after: float = 0.0
    reason: str = ""
    reason_required: bool = False


def confirm(by: str, confirmation: Confirmation) -> Transition:
    """The requester confirms their preview."""

    def step(request: Request, now: float) -> TransitionResult:
        if request.requester != by:
            return Unchanged(request, Refusal.NOT_YOUR_REQUEST)
        if request.state is not State.DRAFT:
            return Unchanged(request, Refusal.ALREADY_CONFIRMED)
        if now >= request.expires_at:
            return _expired(request, now)
        reason = request.reason or confirmation.reason
        if confirmation.reason_required and not reason:
            return Unchanged(request, Refusal.REASON_MISSING)
        terms = request.terms.stricter_with(confirmation.today)
        decides = confirmation.may_decide and terms.approvals_required == 0
        remind_after = 0 if decides else confirmation.remind_after
        asked = replace(
            request,
            state=State.APPROVED if decides else State.AWAITING,
            terms=terms,
            reason=reason,
            card_channel=confirmation.card_channel,
            requested_at=now,
            decided_at=now if decides else None,
            remind_at=now + remind_after if remind_after else None,
            expires_at=now + confirmation.ttl,
        )
        return Changed(asked, Event.ASKED)

    return step


def cancel(by: str) -> Transition:
    """The requester cancels their preview."""

    def step(request: Request, now: float) -> TransitionResult:
        if request.requester != by:
            return Unchanged(request, Refusal.NOT_YOUR_REQUEST)
        if request.state is not State.DRAFT:
            return Unchanged(request, Refusal.ALREADY_CONFIRMED)
        return Changed(replace(request, state=State.WITHDRAWN, finished_at=now), Event.CANCELLED)

    return step


def withdraw(by: str) -> Transition:
    """The requester withdraws the request while it awaits approval."""

    def step(request: Request, now: float) -> TransitionResult:
        if request.requester != by:
            return Unchanged(request, Refusal.NOT_YOUR_REQUEST)
        return _result_if_closed(request, now) or Changed(
            replace(request, state=State.WITHDRAWN, finished_at=now), Event.WITHDRAWN
        )

    return step


def approve(by: str, team_id: str, verified: Mapping[str, bool], today: Terms) -> Transition:
    """An approver approves; the last approval needed makes the request approved, exactly once.

    `today` are the terms in force now; the stricter of them and the request's own apply. `verified` maps earlier
    approvers to whether they still may approve. An approval no longer counts if its approver may not approve any
    more, or is the requester and self-approval is no longer allowed. If an earlier approver is missing from
    `verified`, the request stays unchanged (`UNVERIFIED`).
    """

    def step(request: Request, now: float) -> TransitionResult:
        terms = request.terms.stricter_with(today)
        if not terms.let_approve(by, request.requester):
            return Unchanged(request, Refusal.OWN_REQUEST)
        if closed := _result_if_closed(request, now):
            return closed
        if any(d.user_id == by for d in request.approvals):
            return Unchanged(request, Refusal.ALREADY_APPROVED_BY_YOU)
        if any(d.user_id not in verified for d in request.approvals):
            return Unchanged(request, Refusal.UNVERIFIED)
        decision = Decision(by, team_id, Choice.APPROVE, now)
        standing = tuple(
            d for d in request.decisions if verified[d.user_id] and terms.let_approve(d.user_id, request.requester)
        )
        decided = replace(request, terms=terms, decisions=(*standing, decision))
        if decided.approvals_missing == 0:
            decided = replace(decided, state=State.APPROVED, decided_at=now)
        return Changed(decided, Event.APPROVED)

    return step


def reject(by: str, team_id: str, reason: str = "") -> Transition:
    """An approver rejects, possibly after having approved; one rejection ends the request."""

    def step(request: Request, now: float) -> TransitionResult:
        if closed := _result_if_closed(request, now):
            return closed
        decision = Decision(by, team_id, Choice.REJECT, now, reason)
        others = tuple(d for d in request.decisions if d.user_id != by)
        rejected = replace(
            request, state=State.REJECTED, decisions=(*others, decision), decided_at=now, finished_at=now
        )
        return Changed(rejected, Event.REJECTED)

    return step


def stop(by: str, *, decides: bool) -> Transition:
    """The requester or any approver (`decides`) stops the deletion once the calls in flight have ended."""

    def step(request: Request, now: float) -> TransitionResult:
        del now
        if request.requester != by and not decides:
            return Unchanged(request, Refusal.NOT_YOURS_TO_STOP)
        if request.state not in UNDER_WAY:
            return Unchanged(request, Refusal.NO_LONGER_OPEN)
        if request.stopping:
            return Unchanged(request, Refusal.ALREADY_STOPPING)
        return Changed(replace(request, stopping=True, stopped_by=by), Event.STOPPED)

    return step


def _result_if_closed(request: Request, now: float) -> TransitionResult | None:
    """Return the result of a decision that comes too late, or None while the request awaits approval."""
    if request.state is not State.AWAITING:
        return Unchanged(request, Refusal.NO_LONGER_OPEN)
    return _expired(request, now) if now >= request.expires_at else None


def _expired(request: Request, now: float) -> Changed:
    return Changed(replace(request, state=State.EXPIRED, finished_at=now), Event.EXPIRED)
