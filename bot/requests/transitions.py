"""Every transition of a request from one state to the next. Pure.

    draft -> awaiting -> approved -> deleting -> finished
      |         |           |            +-----> stopped
      |         |           +-> undone (withdrawn), expired
      |         +-> rejected, withdrawn, expired
      +-> withdrawn, expired

A transition takes a request and returns the changed request, or why it stays unchanged. The store runs each
transition under the row's lock, so of two simultaneous clicks the second sees the result of the first.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from bot.requests.decisions import NAME_TYPED, Choice, Decision
from bot.requests.request import Event, Request, State
from bot.requests.terms import Requirement, Terms


class Refusal(enum.Enum):
    """Why a click changes nothing."""

    ALREADY_CONFIRMED = "already confirmed"
    NOT_YOUR_REQUEST = "not your request"
    NOT_YOURS_TO_STOP = "not yours to stop"
    NOT_YOURS_TO_UNDO = "not yours to undo"
    DELETING_HAS_BEGUN = "deleting has begun"
    OWN_REQUEST = "own request"
    ALREADY_APPROVED_BY_YOU = "already approved by you"
    ALREADY_STOPPING = "already stopping"
    REASON_MISSING = "reason missing"
    NAME_MISSING = "name not typed"
    TAKEN = "in another open request"
    KEPT = "kept meanwhile"
    UNVERIFIED = "somebody else decided meanwhile"
    NO_LONGER_OPEN = "no longer open"
    NOT_OVER = "not over yet"
    OWN_BREAK_GLASS = "own break-glass"
    NOTHING_TO_REVIEW = "nothing to review"
    ALREADY_REVIEWED = "reviewed already"


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

    `today` are the terms in force now, and `may_decide` is whether every requirement of them and of the request's own
    names the requester: if so, and if they need nobody else, the confirmation approves the request. `ttl` is how long,
    in seconds, the request stays open, and `remind_after` the seconds until a reminder of missing approvals (0: never).
    `reason` and `reference` are what stood in the preview's fields for them, and None where the preview had none: then
    what was given before stays.
    """

    card_channel: str
    ttl: float
    today: Terms
    may_decide: bool
    remind_after: float = 0.0
    reason: str | None = None
    reference: str | None = None
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
        reason = request.reason if confirmation.reason is None else confirmation.reason
        if confirmation.reason_required and not reason:
            return Unchanged(request, Refusal.REASON_MISSING)
        terms = request.terms.stricter_with(confirmation.today)
        decides = confirmation.may_decide and terms.needs_nobody_else
        remind_after = 0 if decides else confirmation.remind_after
        asked = replace(
            request,
            state=State.AWAITING,
            terms=terms,
            reason=reason,
            reference=request.reference if confirmation.reference is None else confirmation.reference,
            card_channel=confirmation.card_channel,
            requested_at=now,
            remind_at=now + remind_after if remind_after else None,
            expires_at=now + confirmation.ttl,
        )
        return Changed(approved(asked, now) if decides else asked, Event.ASKED)

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
        return result_if_closed(request, now) or Changed(
            replace(request, state=State.WITHDRAWN, finished_at=now), Event.WITHDRAWN
        )

    return step


def approve(
    by: str,
    team_id: str,
    verified: Mapping[str, Collection[str]],
    today: Terms,
    comment: str = "",
    *,
    counts_for: Collection[str],
    typed_name: str = "",
) -> Transition:
    """An approver approves; the last approval needed makes the request approved, exactly once.

    `today` are the terms that hold now: the stricter of those in force and the request's own. `counts_for` has the keys
    of those of their requirements that name the approver, at least one, and `verified` the keys of those that still
    name each earlier approver. An approval no longer counts if nothing names its approver any more, or if they are the
    requester and self-approval is no longer allowed. The request stays unchanged (`UNVERIFIED`) if an earlier approver
    is missing from `verified`, or if it requires approvals of others than `today` by now. `typed_name` is the model's
    name that they typed, empty if they typed none or another one; where one is needed, the last approval without it
    changes nothing (`NAME_MISSING`).
    """
    known = {requirement.key for requirement in today.requirements}

    def step(request: Request, now: float) -> TransitionResult:
        terms = request.terms.stricter_with(today)
        if not terms.let_approve(by, request.requester):
            return Unchanged(request, Refusal.OWN_REQUEST)
        if closed := result_if_closed(request, now):
            return closed
        if any(d.user_id == by for d in request.approvals):
            return Unchanged(request, Refusal.ALREADY_APPROVED_BY_YOU)
        is_known = counts_for and all(one.key in known for one in terms.further)
        if not is_known or any(d.user_id not in verified for d in request.approvals):
            return Unchanged(request, Refusal.UNVERIFIED)
        keys = (*sorted(counts_for), *([NAME_TYPED] if typed_name else []))
        decision = Decision(by, team_id, Choice.APPROVE, now, comment, keys)
        decided = replace(request, terms=terms, decisions=(*_standing(request, verified, terms), decision))
        if decided.missing:
            return Changed(decided, Event.APPROVED)
        if terms.confirm_name and not typed_name:
            return Unchanged(request, Refusal.NAME_MISSING)
        return Changed(approved(decided, now), Event.APPROVED)

    return step


def missing_after(request: Request, today: Terms, counts_for: Collection[str]) -> dict[Requirement, int]:
    """Return what a request would miss after an approval that counts for these requirements, if all before it stand."""
    decision = Decision("", "", Choice.APPROVE, 0.0, counts_for=tuple(counts_for))
    terms = request.terms.stricter_with(today)
    return replace(request, terms=terms, decisions=(*request.decisions, decision)).missing


def _standing(request: Request, verified: Mapping[str, Collection[str]], terms: Terms) -> tuple[Decision, ...]:
    """Return the approvals that still count, each with what it counts for now."""
    return tuple(
        replace(d, counts_for=(*sorted(verified[d.user_id]), *([NAME_TYPED] if d.has_typed_name else [])))
        for d in request.approvals
        if verified[d.user_id] and terms.let_approve(d.user_id, request.requester)
    )


def reject(by: str, team_id: str, reason: str = "", *, reason_required: bool = False) -> Transition:
    """An approver rejects, possibly after having approved; one rejection ends the request."""

    def step(request: Request, now: float) -> TransitionResult:
        if closed := result_if_closed(request, now):
            return closed
        if reason_required and not reason:
            return Unchanged(request, Refusal.REASON_MISSING)
        decision = Decision(by, team_id, Choice.REJECT, now, reason)
        others = tuple(d for d in request.decisions if d.user_id != by)
        rejected = replace(
            request, state=State.REJECTED, decisions=(*others, decision), decided_at=now, finished_at=now
        )
        return Changed(rejected, Event.REJECTED)

    return step


def approved(request: Request, now: float) -> Request:
    """Return a request for which nothing is missing any more: it may be carried out, now or after the time to undo it.

    The moment at which deleting begins is a whole second, as Slack shows no fractions: what is shown is what is acted
    on. The request does not expire while it waits; the time that it had left counts from that moment on.
    """
    decided = replace(request, state=State.APPROVED, decided_at=now)
    if not request.terms.undo_for:
        return decided
    begins_at = float(math.ceil(now + request.terms.undo_for))
    return replace(decided, begins_at=begins_at, expires_at=request.expires_at + begins_at - now)


def result_if_closed(request: Request, now: float) -> TransitionResult | None:
    """Return the result of a decision that comes too late, or None while the request awaits approval."""
    if request.state is not State.AWAITING:
        return Unchanged(request, Refusal.NO_LONGER_OPEN)
    return _expired(request, now) if now >= request.expires_at else None


def _expired(request: Request, now: float) -> Changed:
    return Changed(replace(request, state=State.EXPIRED, finished_at=now), Event.EXPIRED)
