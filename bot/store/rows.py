"""Converts rows to requests and targets, and back."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, and_, case, func, literal_column, select

from bot.refs import ModelRef
from bot.requests.decisions import Choice, Decision
from bot.requests.deliveries import LISTS, MAX_LIST_FAILURES, DeliveryKind
from bot.requests.history import Portion
from bot.requests.keep_note import KeepNote
from bot.requests.left_out import LeftOut
from bot.requests.outcomes import Outcome
from bot.requests.policy import Approvers
from bot.requests.request import CARRIED_OUT, ListState, Request, State, Target, TargetState
from bot.requests.terms import Terms
from bot.slowdown import Slowdown
from bot.store.async_core import AsyncConnection
from bot.store.glass_rows import break_glass_of
from bot.store.known_words import read_word
from bot.store.slowdowns import read_slowdowns
from bot.store.tables import DECISIONS, DELIVERIES, REQUESTS, TARGETS
from bot.untrusted_text import clean

_IS_ANSWERED = and_(TARGETS.c.sent_at >= REQUESTS.c.claimed_at, TARGETS.c.state != TargetState.PLANNED)
"""Whether a target's DELETE was sent since its request was last claimed, and was answered."""

STATE: ColumnElement[str] = case(
    (TARGETS.c.kept_by.is_not(None), literal_column(f"'{TargetState.KEPT}'", Text)), else_=TARGETS.c.state
)
"""A target's state, as code that knows keeps reads it."""


async def read_request(connection: AsyncConnection, row: Row[Any], seen: Request | None = None) -> Request:
    """Return the request of a row, with its decisions, the counts of its targets and the state of its list.

    `seen` is the request as it was read before. If its revision is that of the row, nothing has to be read again.
    """
    if seen is not None and seen.revision == row.revision:
        return _request(row, seen.decisions, seen.counts, seen.answered, seen.list_state, seen.slowdown)
    (request,) = await read_requests(connection, [row])
    return request


async def read_requests(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Request]:
    """Return the requests of rows, with four queries at most, however many rows there are."""
    ids = [row.id for row in rows]
    decided = select(DECISIONS).where(DECISIONS.c.request_id.in_(ids)).order_by(DECISIONS.c.decided_at)
    counted = (
        select(TARGETS.c.request_id, STATE, func.count(), func.count(case((_IS_ANSWERED, 1))))
        .join(REQUESTS)
        # Both, or PostgreSQL may read all requests to join the few.
        .where(TARGETS.c.request_id.in_(ids), REQUESTS.c.id.in_(ids))
        .group_by(TARGETS.c.request_id, STATE)
    )
    decisions: defaultdict[str, list[Decision]] = defaultdict(list)
    for d in await connection.execute(decided):
        decisions[d.request_id].append(decision_of(d))
    counts: defaultdict[str, Counter[TargetState]] = defaultdict(Counter)
    answered: Counter[str] = Counter()
    for request_id, state, count, sent_since in await connection.execute(counted):
        counts[request_id][read_word(TargetState, state, request_id)] = count
        answered[request_id] += sent_since
    lists = await _list_states(connection, rows)
    # It matters only where something is being deleted.
    slowdowns = await read_slowdowns(connection, {row.account for row in rows if row.state == State.DELETING})
    return [
        _request(row, decisions[row.id], counts[row.id], answered[row.id], lists[row.id], slowdowns.get(row.account))
        for row in rows
    ]


async def read_targets(connection: AsyncConnection, request_id: str) -> tuple[Target, ...]:
    """Return a request's targets in the order they were shown."""
    statement = select(TARGETS).where(TARGETS.c.request_id == request_id).order_by(TARGETS.c.position)
    return tuple(map(target_of, await connection.execute(statement)))


async def read_portions(connection: AsyncConnection, which: ColumnElement[bool]) -> dict[str, tuple[Portion, ...]]:
    """Return each request's targets that match `which`, counted by model in one query.

    `which` is a condition on TARGETS and REQUESTS.
    """
    model = (TARGETS.c.request_id, TARGETS.c.owner, TARGETS.c.name)
    counted = (
        select(*model, func.count(TARGETS.c.version_id).label("versions"))
        .join(REQUESTS)
        .where(which)
        .group_by(*model, TARGETS.c.version_id.is_(None))
        .order_by(func.min(TARGETS.c.position))
    )
    portions: defaultdict[str, list[Portion]] = defaultdict(list)
    for row in await connection.execute(counted):
        portions[row.request_id].append(Portion(ModelRef(row.owner, row.name), row.versions))
    return {request_id: tuple(found) for request_id, found in portions.items()}


def listed_request(row: Row[Any], counts: Mapping[TargetState, int]) -> Request:
    """Return the request of a row as a list tells it: without its decisions and the state of its full list."""
    return _request(row, (), counts, 0, ListState.TO_COME, None)


def target_row(request_id: str, target: Target) -> dict[str, object]:
    """Return the row of a target of a new request."""
    return {
        "request_id": request_id,
        "position": target.position,
        "owner": target.ref.owner,
        "name": target.ref.name,
        "version_id": target.version_id,
        "version_created_at": target.created_at,
        "is_latest": target.is_latest,
        "state": target.state,
        "reason": target.reason,
    }


def columns_of(outcome: Outcome) -> dict[str, object]:
    """Return the columns of a target that its outcome decides."""
    keep = outcome.keep
    return {
        "state": TargetState.SKIPPED if keep else outcome.state,
        "reason": clean(outcome.reason),
        "kept_by": keep.by if keep else None,
        "kept_until": keep.until if keep else None,
    }


def target_of(row: Row[Any]) -> Target:
    """Return the target of a row."""
    keep = None if row.kept_by is None else KeepNote(row.kept_by, row.reason, row.kept_until)
    return Target(
        position=row.position,
        ref=ModelRef(row.owner, row.name),
        version_id=row.version_id,
        created_at=row.version_created_at,
        is_latest=row.is_latest,
        state=read_word(TargetState, row.state, row.request_id) if keep is None else TargetState.KEPT,
        reason=row.reason,
        was_sent=row.sent_at is not None,
        keep=keep,
    )


def decision_of(row: Row[Any]) -> Decision:
    """Return the decision of a row."""
    counts_for = tuple(json.loads(row.counts_for)) if row.counts_for else ()
    choice = read_word(Choice, row.choice, row.request_id)
    return Decision(row.user_id, row.team_id, choice, row.decided_at, row.reason, counts_for)


def terms_of(row: Row[Any]) -> Terms:
    """Return the terms of a request's row, or of a row with its columns `approvals_required` to `terms`."""
    return _terms(row.approvals_required, row.approvers, row.self_approval, row.terms)


@lru_cache(maxsize=256)
def _terms(approvals_required: int, approvers: str, self_approval: bool, more: str) -> Terms:  # noqa: FBT001
    """Return terms; most requests have the same ones, and a list of requests would read them again for each."""
    return Terms(approvals_required, Approvers.parse(approvers), self_approval).with_more(more)


def _request(
    row: Row[Any],
    decisions: Sequence[Decision],
    counts: Mapping[TargetState, int],
    answered: int,
    list_state: ListState,
    slowdown: Slowdown | None,
) -> Request:
    return Request(
        id=row.id,
        state=read_word(State, row.state, row.id),
        revision=row.revision,
        requester=row.requester,
        team_id=row.team_id,
        origin_channel=row.origin_channel,
        card_channel=row.card_channel,
        account=row.account,
        terms=terms_of(row),
        digest=row.digest,
        created_at=row.created_at,
        expires_at=row.expires_at,
        requested_at=row.requested_at,
        remind_at=row.remind_at,
        decided_at=row.decided_at,
        finished_at=row.finished_at,
        stopping=row.stopping,
        stopped_by=row.stopped_by,
        proposed_by=row.proposed_by,
        begins_at=row.begins_at,
        undone_by=row.undone_by,
        restored_to=row.restored_to,
        break_glass=break_glass_of(row),
        decisions=tuple(decisions),
        reason=row.reason,
        reference=row.reference or "",
        rules=row.rules,
        left_out=tuple(map(_left_out, json.loads(row.left_out))),
        claimed_at=row.claimed_at,
        answered=answered,
        slowdown=slowdown if row.state == State.DELETING else None,
        list_state=list_state,
        counts=counts,
    )


def _left_out(stored: Sequence[Any]) -> LeftOut:
    """Return what was left out. The oldest rows have nothing, or a count, in the place of `each`."""
    what, why, remedy, *more = stored
    each = more[0] if more and isinstance(more[0], list) else []
    keep = KeepNote(*more[1]) if len(more) > 1 and more[1] else None
    return LeftOut(what, why, remedy, tuple((version_id, note) for version_id, note in each), keep)


async def _list_states(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[str, ListState]:
    """Return for each request the state of its list: the result list once it was carried out, else the planned one."""
    asked = select(DELIVERIES).where(
        DELIVERIES.c.request_id.in_([row.id for row in rows]), DELIVERIES.c.kind.in_(LISTS)
    )
    found = {(one.request_id, one.kind): one for one in await connection.execute(asked)}
    kinds = {
        row.id: DeliveryKind.RESULT_LIST if row.state in CARRIED_OUT else DeliveryKind.PLANNED_LIST for row in rows
    }
    return {request_id: _list_state(found.get((request_id, kind))) for request_id, kind in kinds.items()}


def _list_state(delivery: Row[Any] | None) -> ListState:
    if delivery is None:
        return ListState.TO_COME
    if delivery.posted_at is not None:
        return ListState.POSTED
    return ListState.GIVEN_UP if delivery.failures >= MAX_LIST_FAILURES else ListState.TO_COME
