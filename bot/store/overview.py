"""What one person has to know at a glance, in a few bounded queries however many requests there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.overview import SHOWN, Entry, Listing, Overview
from bot.policy import Approvers, Terms
from bot.requests import State, Target
from bot.store.database import Database
from bot.store.rows import read_requests, target_of
from bot.store.tables import DECISIONS, REQUESTS, TARGETS

Rows = list[Row[Any]]


class OverviewStore:
    """Lists of requests. Raises DatabaseUnavailable when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def policies(self) -> tuple[Terms, ...]:
        """Return the different terms of the requests that wait for approval."""
        terms = (REQUESTS.c.approvals_required, REQUESTS.c.approvers, REQUESTS.c.self_approval)
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(*terms).where(self._is_open()).distinct())).all()
        return tuple(Terms(needed, Approvers.parse(approvers), own) for needed, approvers, own in rows)

    async def overview(self, user_id: str, decides_under: Iterable[Terms], today: Terms) -> Overview:
        """Return what concerns `user_id`, who may decide about requests with the terms `decides_under`."""
        decidable = REQUESTS.c.approvers.in_({str(terms.approvers) for terms in decides_under})
        waiting = and_(self._is_open(), decidable, _not_decided_by(user_id), _not_own(user_id, today))
        own = and_(self._is_open(), REQUESTS.c.requester == user_id)
        begun = and_(REQUESTS.c.requested_at.is_not(None), REQUESTS.c.state.not_in([State.DRAFT, State.AWAITING]))
        ended_last = (REQUESTS.c.finished_at.desc().nulls_first(), REQUESTS.c.decided_at.desc())
        async with self._database.reading() as connection:
            lists = [
                await _rows(connection, waiting, REQUESTS.c.expires_at),
                await _rows(connection, own, REQUESTS.c.requested_at.desc()),
                await _rows(connection, begun, *ended_last),
            ]
            entries = await _entries(connection, [row for rows in lists for row in rows])
            at = (await connection.execute(select(self._database.now))).scalar_one()
        return Overview(at, *(_listing(rows, entries) for rows in lists))

    def _is_open(self) -> ColumnElement[bool]:
        return and_(REQUESTS.c.state == State.AWAITING, REQUESTS.c.expires_at > self._database.now)


async def _rows(connection: AsyncConnection, which: ColumnElement[bool], *order: ColumnElement[Any]) -> Rows:
    """Return the first rows in this order, each with how many there are in all."""
    total = func.count().over().label("total")
    statement = select(*REQUESTS.c, total).where(which).order_by(*order, REQUESTS.c.id).limit(SHOWN)
    return list(await connection.execute(statement))


async def _entries(connection: AsyncConnection, rows: Rows) -> dict[str, Entry]:
    requests = await read_requests(connection, rows)
    ids = [request.id for request in requests]
    statement = select(TARGETS).where(TARGETS.c.request_id.in_(ids)).order_by(TARGETS.c.position)
    targets: defaultdict[str, list[Target]] = defaultdict(list)
    for row in await connection.execute(statement):
        targets[row.request_id].append(target_of(row))
    return {request.id: Entry(request, tuple(targets[request.id])) for request in requests}


def _listing(rows: Rows, entries: dict[str, Entry]) -> Listing:
    return Listing(tuple(entries[row.id] for row in rows), rows[0].total if rows else 0)


def _not_decided_by(user_id: str) -> ColumnElement[bool]:
    return ~exists().where(DECISIONS.c.request_id == REQUESTS.c.id, DECISIONS.c.user_id == user_id)


def _not_own(user_id: str, today: Terms) -> ColumnElement[bool]:
    """Whether somebody else asked, or the request's terms and today's both let people approve their own."""
    others = REQUESTS.c.requester != user_id
    return or_(others, REQUESTS.c.self_approval) if today.self_approval else others
