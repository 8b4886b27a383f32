"""Reads what a receipt tells of a request. Nothing here writes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select

from bot.requests.history import AuditEntry
from bot.requests.receipt import Receipt, TargetReceipt, TargetTimes
from bot.store.async_core import AsyncConnection
from bot.store.audit_entries import entry_of
from bot.store.database import Database
from bot.store.rows import read_request, target_of
from bot.store.tables import AUDIT, MODEL_SNAPSHOTS, REQUESTS, TARGETS, VERSION_SNAPSHOTS


class ReceiptReader:
    """Reads requests with the times of each target. It raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, request_id: str, version: str) -> Receipt | None:
        """Return the receipt of a request, made now by this version of the bot; None if there is no such request."""
        asked = select(REQUESTS).where(REQUESTS.c.id == request_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
            if row is None:
                return None
            made_at = (await connection.execute(select(self._database.now))).scalar_one()
            models = await _snapshot_times(connection, request_id)
            return Receipt(
                made_at=made_at,
                version=version,
                request=await read_request(connection, row),
                targets=await _targets(connection, request_id, models),
                entries=await _entries(connection, request_id),
                kept_models=len(models),
                kept_versions=await _count_versions(connection, request_id),
            )


async def _targets(
    connection: AsyncConnection, request_id: str, models: dict[tuple[str, str], float]
) -> tuple[TargetReceipt, ...]:
    rows = await connection.execute(
        select(TARGETS).where(TARGETS.c.request_id == request_id).order_by(TARGETS.c.position)
    )
    return tuple(TargetReceipt(target_of(row), _times_of(row), models.get((row.owner, row.name))) for row in rows)


def _times_of(row: Row[Any]) -> TargetTimes:
    return TargetTimes(
        row.sent_at, row.accepted_at, row.ended_at, row.list_gone_at, row.address_gone_at, row.confirm_at
    )


async def _snapshot_times(connection: AsyncConnection, request_id: str) -> dict[tuple[str, str], float]:
    table = MODEL_SNAPSHOTS
    rows = select(table.c.owner, table.c.name, table.c.kept_at).where(table.c.request_id == request_id)
    return {(owner, name): kept_at for owner, name, kept_at in await connection.execute(rows)}


async def _count_versions(connection: AsyncConnection, request_id: str) -> int:
    counting = select(func.count()).select_from(VERSION_SNAPSHOTS).where(VERSION_SNAPSHOTS.c.request_id == request_id)
    return int((await connection.execute(counting)).scalar_one())


async def _entries(connection: AsyncConnection, request_id: str) -> tuple[AuditEntry, ...]:
    rows = select(AUDIT).where(AUDIT.c.request_id == request_id).order_by(AUDIT.c.at, AUDIT.c.id)
    return tuple(map(entry_of, await connection.execute(rows)))
