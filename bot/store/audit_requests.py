"""Lists requests newest first, a page at a time; no more than that is in memory."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Text, func, literal_column, select

from bot.refs import ModelRef
from bot.requests.audit_filter import AuditFilter
from bot.requests.history import Portion, Summary
from bot.requests.request import TargetState
from bot.store.async_core import AsyncConnection
from bot.store.audit_conditions import of_request
from bot.store.audit_indexes import ASKED_AT
from bot.store.audit_narrowing import few_requests
from bot.store.audit_pages import Key, after, in_pages, in_portions, page_sizes
from bot.store.database import Database
from bot.store.known_words import read_word
from bot.store.rows import STATE, listed_request
from bot.store.tables import REQUESTS, TARGETS

_LEFT_OUT = literal_column("'[]'", Text).label("left_out")
_COLUMNS = (*(column for column in REQUESTS.c if column.name != "left_out"), _LEFT_OUT, ASKED_AT.label("asked_at"))
"""What a list needs of a request: not what it leaves out, which may be as long as thousands of targets."""

_NEWEST_FIRST = (ASKED_AT.desc(), REQUESTS.c.id.desc())


async def request_pages(database: Database, asked: AuditFilter) -> AsyncIterator[list[Summary]]:
    """Yield the requests that are asked for in pages, newest first by the time at which they were asked for."""
    async with database.reading(patiently=True) as connection:
        ids = None if asked.is_everything else await few_requests(connection, asked)
        keys = None if ids is None else await request_keys(connection, asked, ids)
    pages = _walk(database, asked) if keys is None else _at(database, [request_id for _, request_id in keys])
    async for page in pages:
        yield page


async def request_keys(connection: AsyncConnection, asked: AuditFilter, ids: Collection[str]) -> list[Key]:
    """Return the places of those of these requests that are asked for, newest first."""
    keys: list[Key] = []
    for some in in_portions(sorted(ids)):
        those = select(ASKED_AT, REQUESTS.c.id).where(REQUESTS.c.id.in_(some), of_request(asked))
        keys += [(at, request_id) for at, request_id in await connection.execute(those)]
    return sorted(keys, reverse=True)


async def summaries_of(connection: AsyncConnection, ids: Sequence[str]) -> list[Summary]:
    """Return these requests, newest first."""
    rows = select(*_COLUMNS).where(REQUESTS.c.id.in_(ids)).order_by(*_NEWEST_FIRST)
    return await _summaries(connection, (await connection.execute(rows)).all())


async def _at(database: Database, ids: Sequence[str]) -> AsyncIterator[list[Summary]]:
    for some in in_pages(ids):
        async with database.reading(patiently=True) as connection:
            page = await summaries_of(connection, some)
        yield page


async def _walk(database: Database, asked: AuditFilter) -> AsyncIterator[list[Summary]]:
    last: Key | None = None
    wanted = select(*_COLUMNS).where(of_request(asked)).order_by(*_NEWEST_FIRST)
    for size in page_sizes():
        async with database.reading(patiently=True) as connection:
            rows = (await connection.execute(wanted.where(after(ASKED_AT, REQUESTS.c.id, last)).limit(size))).all()
            page = await _summaries(connection, rows)
        if page:
            yield page
        if len(rows) < size:
            return
        last = (rows[-1].asked_at, rows[-1].id)


@dataclass
class _Targets:
    """The targets of one request, counted by state, and by model in the order they were asked for."""

    states: Counter[TargetState] = field(default_factory=Counter)
    models: Counter[tuple[ModelRef, bool]] = field(default_factory=Counter)

    @property
    def portions(self) -> tuple[Portion, ...]:
        return tuple(Portion(ref, count if of_versions else 0) for (ref, of_versions), count in self.models.items())


async def _summaries(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Summary]:
    """Return the requests of these rows with their targets counted, with one query for all."""
    of_versions = TARGETS.c.version_id.is_not(None)
    kinds = (TARGETS.c.request_id, TARGETS.c.owner, TARGETS.c.name, of_versions, STATE)
    counted = (
        select(*kinds, func.count())
        .where(TARGETS.c.request_id.in_([row.id for row in rows]))
        .group_by(*kinds)
        .order_by(func.min(TARGETS.c.position))
    )
    targets: defaultdict[str, _Targets] = defaultdict(_Targets)
    for request_id, owner, name, has_version, state, count in await connection.execute(counted):
        found = targets[request_id]
        found.states[read_word(TargetState, state, request_id)] += count
        found.models[ModelRef(owner, name), bool(has_version)] += count
    return [Summary(listed_request(row, targets[row.id].states), targets[row.id].portions) for row in rows]
