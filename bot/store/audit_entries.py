"""Lists single entries of the audit trail newest first, a page at a time; no more than that is in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from bot.requests.audit_filter import AuditFilter
from bot.requests.decisions import Actor
from bot.requests.history import AuditEntry
from bot.store.async_core import AsyncConnection
from bot.store.audit_conditions import of_entry, of_request_of_entry
from bot.store.audit_narrowing import FEW, few_requests
from bot.store.audit_pages import Key, after, in_pages, in_portions, page_sizes
from bot.store.database import Database
from bot.store.known_words import read_event
from bot.store.tables import AUDIT

_NEWEST_FIRST = (AUDIT.c.at.desc(), AUDIT.c.id.desc())


async def entry_pages(database: Database, asked: AuditFilter) -> AsyncIterator[list[AuditEntry]]:
    """Yield the entries that are asked for in pages, newest first."""
    async with database.reading(patiently=True) as connection:
        keys = await _few(connection, asked)
    pages = _walk(database, asked) if keys is None else _at(database, [entry_id for _, entry_id in keys])
    async for page in pages:
        yield page


async def entries_of(connection: AsyncConnection, asked: AuditFilter, ids: Sequence[int]) -> list[AuditEntry]:
    """Return those of these entries that are asked for, oldest first by their ids."""
    those = select(AUDIT).where(AUDIT.c.id.in_(ids), _condition(asked, unindexed=True)).order_by(AUDIT.c.id)
    return list(map(entry_of, await connection.execute(those)))


def entry_of(row: Row[Any]) -> AuditEntry:
    """Return the entry of a row."""
    actor = None if row.user_id is None else Actor(row.user_id, row.team_id, row.channel)
    return AuditEntry(row.at, row.request_id, read_event(row.event), actor, row.detail, row.id)


async def _few(connection: AsyncConnection, asked: AuditFilter) -> list[Key] | None:
    """Return the places of all entries that are asked for, newest first, where their requests tell that they are few.

    What one person did is walked through an index of its own.
    """
    if asked.user is not None or not (asked.request or asked.is_about_requests):
        return None
    ids = await few_requests(connection, asked)
    keys: list[Key] = []
    for some in in_portions(sorted(ids or ())):
        those = select(AUDIT.c.at, AUDIT.c.id).where(AUDIT.c.request_id.in_(some), _condition(asked, unindexed=True))
        keys += [(at, entry_id) for at, entry_id in await connection.execute(those.limit(FEW + 1))]
        if len(keys) > FEW:
            return None
    return None if ids is None else sorted(keys, reverse=True)


async def _at(database: Database, ids: Sequence[int]) -> AsyncIterator[list[AuditEntry]]:
    for some in in_pages(ids):
        async with database.reading(patiently=True) as connection:
            rows = await connection.execute(select(AUDIT).where(AUDIT.c.id.in_(some)).order_by(*_NEWEST_FIRST))
            page = list(map(entry_of, rows))
        yield page


async def _walk(database: Database, asked: AuditFilter) -> AsyncIterator[list[AuditEntry]]:
    last: Key | None = None
    wanted = select(AUDIT).where(_condition(asked)).order_by(*_NEWEST_FIRST)
    for size in page_sizes():
        async with database.reading(patiently=True) as connection:
            rows = (await connection.execute(wanted.where(after(AUDIT.c.at, AUDIT.c.id, last)).limit(size))).all()
        if rows:
            yield list(map(entry_of, rows))
        if len(rows) < size:
            return
        last = (rows[-1].at, rows[-1].id)


def _condition(asked: AuditFilter, *, unindexed: bool = False) -> Any:  # noqa: ANN401 - a condition on AUDIT
    condition = of_entry(asked, unindexed=unindexed)
    if asked.request is not None:
        condition &= AUDIT.c.request_id == asked.request
    return condition & of_request_of_entry(asked) if asked.is_about_requests else condition
