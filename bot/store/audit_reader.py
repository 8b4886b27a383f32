"""Reads the audit trail and the snapshots. Nothing here writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.requests.decisions import Actor
from bot.requests.history import AuditEntry, Story, Summary
from bot.requests.request import Event, State
from bot.requests.snapshots import ModelSnapshot, StoredSchema, VersionSnapshot
from bot.store.database import Database
from bot.store.rows import read_portions, read_request, read_requests, read_targets
from bot.store.snapshots import model_of, version_of
from bot.store.tables import AUDIT, MODEL_SNAPSHOTS, REQUESTS, SCHEMA_SNAPSHOTS, TARGETS, VERSION_SNAPSHOTS

_PAGE = 200
"""Requests or schemas per query."""


class AuditReader:
    """Reads requests with their history. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summaries(self, since: float | None = None) -> AsyncIterator[Summary]:
        """Yield every request, newest first, read page by page.

        With `since`, yield only those with an audit entry in the last `since` seconds. Previews that were neither
        confirmed nor cancelled do not count as requests.
        """
        statement = select(REQUESTS.c.id).where(self._in_period(since)).order_by(REQUESTS.c.created_at.desc())
        async with self._database.reading() as connection:
            ids: Sequence[str] = (await connection.execute(statement)).scalars().all()
        for start in range(0, len(ids), _PAGE):
            async with self._database.reading() as connection:
                page = await _summaries(connection, ids[start : start + _PAGE])
            for summary in page:
                yield summary

    async def story(self, request_id: str, since: float | None = None) -> Story | None:
        """Return everything about one request, or None if it does not exist.

        With `since`, it has only the audit entries of the last `since` seconds.
        """
        async with self._database.reading() as connection:
            row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).one_or_none()
            if row is None:
                return None
            return Story(
                request=await read_request(connection, row),
                targets=await read_targets(connection, request_id),
                entries=await self._entries(connection, request_id, since),
                models=await _model_snapshots(connection, request_id),
                versions=await _version_snapshots(connection, request_id),
            )

    async def entries(self, request_id: str) -> tuple[AuditEntry, ...]:
        """Return every entry about one request, also where the request itself was removed."""
        async with self._database.reading() as connection:
            return await self._entries(connection, request_id, None)

    async def schemas(self, digests: Sequence[str]) -> AsyncIterator[StoredSchema]:
        """Yield the stored schemas with these digests; one page of them is in memory at a time."""
        for start in range(0, len(digests), _PAGE):
            page = select(SCHEMA_SNAPSHOTS).where(SCHEMA_SNAPSHOTS.c.digest.in_(digests[start : start + _PAGE]))
            async with self._database.reading() as connection:
                rows = (await connection.execute(page.order_by(SCHEMA_SNAPSHOTS.c.digest))).all()
            for row in rows:
                yield StoredSchema(row.digest, row.body)

    def _in_period(self, since: float | None) -> Any:  # noqa: ANN401 - a condition on REQUESTS
        is_request = or_(REQUESTS.c.requested_at.is_not(None), REQUESTS.c.state == State.WITHDRAWN)
        if since is None:
            return is_request
        recent = select(AUDIT.c.id).where(AUDIT.c.request_id == REQUESTS.c.id, AUDIT.c.at >= self._database.now - since)
        return and_(is_request, recent.exists())

    async def _entries(
        self, connection: AsyncConnection, request_id: str, since: float | None
    ) -> tuple[AuditEntry, ...]:
        statement = select(AUDIT).where(AUDIT.c.request_id == request_id).order_by(AUDIT.c.at, AUDIT.c.id)
        if since is not None:
            statement = statement.where(AUDIT.c.at >= self._database.now - since)
        return tuple(_entry(row) for row in await connection.execute(statement))


async def _summaries(connection: AsyncConnection, ids: Sequence[str]) -> list[Summary]:
    rows = select(REQUESTS).where(REQUESTS.c.id.in_(ids)).order_by(REQUESTS.c.created_at.desc())
    requests = await read_requests(connection, (await connection.execute(rows)).all())
    portions = await read_portions(connection, TARGETS.c.request_id.in_(ids))
    return [Summary(request, portions.get(request.id, ())) for request in requests]


async def _model_snapshots(connection: AsyncConnection, request_id: str) -> tuple[ModelSnapshot, ...]:
    table = MODEL_SNAPSHOTS
    rows = select(table).where(table.c.request_id == request_id).order_by(table.c.owner, table.c.name)
    return tuple(model_of(row) for row in await connection.execute(rows))


async def _version_snapshots(connection: AsyncConnection, request_id: str) -> tuple[VersionSnapshot, ...]:
    table = VERSION_SNAPSHOTS
    newest_first = (table.c.owner, table.c.name, table.c.created_at.desc(), table.c.version_id)
    rows = select(table).where(table.c.request_id == request_id).order_by(*newest_first)
    return tuple(version_of(row) for row in await connection.execute(rows))


def _entry(row: Row[Any]) -> AuditEntry:
    actor = None if row.user_id is None else Actor(row.user_id, row.team_id, row.channel)
    return AuditEntry(row.at, row.request_id, Event(row.event), actor, row.detail)
