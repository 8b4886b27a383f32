"""Reads the audit trail and the snapshots. Nothing here writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import select

from bot.clock import Clock
from bot.requests.audit_filter import EVERYTHING, AuditFilter
from bot.requests.history import AuditEntry, Story, Summary
from bot.requests.snapshots import ModelSnapshot, StoredSchema, VersionSnapshot
from bot.store.async_core import AsyncConnection
from bot.store.audit_conditions import of_entry
from bot.store.audit_entries import entry_of, entry_pages
from bot.store.audit_requests import request_pages
from bot.store.audit_tail import AuditTail
from bot.store.database import Database
from bot.store.rows import read_request, read_targets
from bot.store.snapshots import model_of, version_of
from bot.store.tables import AUDIT, MODEL_SNAPSHOTS, REQUESTS, SCHEMA_SNAPSHOTS, VERSION_SNAPSHOTS

_PAGE = 200
"""Schemas per query."""


class AuditReader:
    """Reads requests with their history. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def now(self) -> float:
        """Return the time of the database's clock, in seconds since 1970."""
        async with self._database.reading() as connection:
            now: float = (await connection.execute(select(self._database.now))).scalar_one()
        return now

    def request_pages(self, asked: AuditFilter = EVERYTHING) -> AsyncIterator[list[Summary]]:
        """Yield the requests that are asked for in pages, newest first by the time at which they were asked for."""
        return request_pages(self._database, asked)

    def entry_pages(self, asked: AuditFilter = EVERYTHING) -> AsyncIterator[list[AuditEntry]]:
        """Yield the entries that are asked for in pages, newest first."""
        return entry_pages(self._database, asked)

    def tail(self, clock: Clock) -> AuditTail:
        """Return what reads new entries as they come."""
        return AuditTail(self._database, clock)

    async def story(self, request_id: str, asked: AuditFilter = EVERYTHING) -> Story | None:
        """Return everything about one request, or None if it does not exist; of its entries those asked for."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).one_or_none()
            if row is None:
                return None
            return Story(
                request=await read_request(connection, row),
                targets=await read_targets(connection, request_id),
                entries=await _entries(connection, request_id, asked),
                models=await _model_snapshots(connection, request_id),
                versions=await _version_snapshots(connection, request_id),
            )

    async def entries(self, request_id: str) -> tuple[AuditEntry, ...]:
        """Return every entry about one request, also where the request itself was removed."""
        async with self._database.reading() as connection:
            return await _entries(connection, request_id, EVERYTHING)

    async def schemas(self, digests: Sequence[str]) -> AsyncIterator[StoredSchema]:
        """Yield the stored schemas with these digests; one page of them is in memory at a time."""
        for start in range(0, len(digests), _PAGE):
            page = select(SCHEMA_SNAPSHOTS).where(SCHEMA_SNAPSHOTS.c.digest.in_(digests[start : start + _PAGE]))
            async with self._database.reading() as connection:
                rows = (await connection.execute(page.order_by(SCHEMA_SNAPSHOTS.c.digest))).all()
            for row in rows:
                yield StoredSchema(row.digest, row.body)


async def _entries(connection: AsyncConnection, request_id: str, asked: AuditFilter) -> tuple[AuditEntry, ...]:
    of_this = select(AUDIT).where(AUDIT.c.request_id == request_id, of_entry(asked, unindexed=True))
    return tuple(map(entry_of, await connection.execute(of_this.order_by(AUDIT.c.at, AUDIT.c.id))))


async def _model_snapshots(connection: AsyncConnection, request_id: str) -> tuple[ModelSnapshot, ...]:
    table = MODEL_SNAPSHOTS
    rows = select(table).where(table.c.request_id == request_id).order_by(table.c.owner, table.c.name)
    return tuple(model_of(row) for row in await connection.execute(rows))


async def _version_snapshots(connection: AsyncConnection, request_id: str) -> tuple[VersionSnapshot, ...]:
    table = VERSION_SNAPSHOTS
    newest_first = (table.c.owner, table.c.name, table.c.created_at.desc(), table.c.version_id)
    rows = select(table).where(table.c.request_id == request_id).order_by(*newest_first)
    return tuple(version_of(row) for row in await connection.execute(rows))
