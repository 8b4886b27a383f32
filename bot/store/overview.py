"""One user's overview of requests, read in a few bounded queries however many requests there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.requests.overview import Overview, OverviewEntry, OverviewList, OverviewSizes
from bot.requests.policy import Approvers, Terms
from bot.requests.request import UNDER_WAY, State, Target
from bot.store.database import Database
from bot.store.rows import read_portions, read_requests, target_of
from bot.store.tables import DECISIONS, REQUESTS, TARGETS

Rows = list[Row[Any]]


class OverviewStore:
    """Reads lists of requests. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database, sizes: OverviewSizes) -> None:
        self._database = database
        self._sizes = sizes

    async def policies(self) -> tuple[Terms, ...]:
        """Return the distinct terms of the requests that wait for approval."""
        terms = (REQUESTS.c.approvals_required, REQUESTS.c.approvers, REQUESTS.c.self_approval)
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(*terms).where(self._is_open()).distinct())).all()
        return tuple(Terms(needed, Approvers.parse(approvers), own) for needed, approvers, own in rows)

    async def overview(self, user_id: str, decides_under: Iterable[Terms], today: Terms) -> Overview:
        """Return the overview for `user_id`, who may decide about requests with the terms `decides_under`.

        `today` are the terms in force.
        """
        decidable = REQUESTS.c.approvers.in_({str(terms.approvers) for terms in decides_under})
        waiting = and_(self._is_open(), decidable, _not_decided_by(user_id), _not_own(user_id, today))
        own = and_(self._is_open(), REQUESTS.c.requester == user_id)
        under_way = REQUESTS.c.state.in_(UNDER_WAY)
        ended = and_(REQUESTS.c.requested_at.is_not(None), REQUESTS.c.finished_at.is_not(None))
        async with self._database.reading() as connection:
            lists = [
                await self._rows(connection, waiting, REQUESTS.c.expires_at),
                await self._rows(connection, own, REQUESTS.c.requested_at.desc()),
                await self._rows(connection, under_way, REQUESTS.c.decided_at.desc()),
                await self._rows(connection, ended, REQUESTS.c.finished_at.desc()),
            ]
            entries = await self._entries(connection, lists[0], [row for rows in lists for row in rows])
            at = (await connection.execute(select(self._database.now))).scalar_one()
        return Overview(at, *(_listing(rows, entries) for rows in lists))

    def _is_open(self) -> ColumnElement[bool]:
        return and_(REQUESTS.c.state == State.AWAITING, REQUESTS.c.expires_at > self._database.now)

    async def _rows(self, connection: AsyncConnection, which: ColumnElement[bool], *order: ColumnElement[Any]) -> Rows:
        """Return the first rows in this order, each with the total number of rows."""
        total = func.count().over().label("total")
        statement = select(*REQUESTS.c, total).where(which).order_by(*order, REQUESTS.c.id).limit(self._sizes.requests)
        return list(await connection.execute(statement))

    async def _entries(self, connection: AsyncConnection, listed: Rows, rows: Rows) -> dict[str, OverviewEntry]:
        """Read the requests of `rows`, but targets only for those in `listed`, as a request may have thousands."""
        requests = await read_requests(connection, rows)
        shown = and_(TARGETS.c.request_id.in_([row.id for row in listed]), self._is_read())
        statement = select(TARGETS).join(REQUESTS).where(shown).order_by(TARGETS.c.position)
        targets: defaultdict[str, list[Target]] = defaultdict(list)
        for row in await connection.execute(statement):
            targets[row.request_id].append(target_of(row))
        counted = and_(TARGETS.c.request_id.in_([row.id for row in rows]), ~shown)
        others = await read_portions(connection, counted)
        return {one.id: OverviewEntry(one, tuple(targets[one.id]), others.get(one.id, ())) for one in requests}

    def _is_read(self) -> ColumnElement[bool]:
        """Whether a target is read: all of a short request's are, else the first and last ones."""
        return or_(
            REQUESTS.c.target_count <= self._sizes.targets,
            TARGETS.c.position < self._sizes.first_targets,
            TARGETS.c.position >= REQUESTS.c.target_count - self._sizes.last_targets,
        )


def _listing(rows: Rows, entries: dict[str, OverviewEntry]) -> OverviewList:
    return OverviewList(tuple(entries[row.id] for row in rows), rows[0].total if rows else 0)


def _not_decided_by(user_id: str) -> ColumnElement[bool]:
    return ~exists().where(DECISIONS.c.request_id == REQUESTS.c.id, DECISIONS.c.user_id == user_id)


def _not_own(user_id: str, today: Terms) -> ColumnElement[bool]:
    """Whether the requester is someone else, or the request's terms and those in force both allow self-approval."""
    others = REQUESTS.c.requester != user_id
    return or_(others, REQUESTS.c.self_approval) if today.self_approval else others
