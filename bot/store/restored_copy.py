"""Ends what is open in a database that was restored from a backup, before anything is carried out in it.

A backup of a SQLite file carries a mark in `user_version`, a number in the file's header that is the application's own
(https://www.sqlite.org/pragma.html#pragma_user_version). It is removed in the transaction that ends the requests.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import delete, func, select, text, update

from bot.moments import spelled
from bot.plurals import counted
from bot.requests.deliveries import LISTS, DeliveryKind
from bot.requests.request import Event, State
from bot.requests.restoring import end_restored, restored_detail
from bot.store.advisory_locks import AdvisoryLock
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record
from bot.store.backup_mark import has_mark
from bot.store.database import Database
from bot.store.keep_lifts import reject_open
from bot.store.process_tables import PROCESSES
from bot.store.requests import RequestStore
from bot.store.rows import read_requests
from bot.store.schedule import schedule
from bot.store.tables import AUDIT, DELIVERIES, REQUESTS

_OPEN = (State.DRAFT, State.AWAITING, State.APPROVED, State.DELETING)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Restored:
    """What was ended: `until` is when the last entry of the backup was made, in seconds since 1970."""

    until: float
    requests: tuple[str, ...]


async def end_if_restored(database: Database, note: str) -> None:
    """End what is open if this is a backup that was not started yet; new cards say `note`.

    Raises DatabaseUnavailable.
    """
    if database.is_postgres:
        return
    async with database.changing() as connection:
        if not await has_mark(connection):
            return  # another process that starts on it was first
        restored = await _end_open(connection, database, note)
    _log.warning(
        "the database is a backup that ends at %s: %s ended, and nothing more is deleted for what was open",
        spelled(restored.until),
        counted(len(restored.requests), "open request"),
    )


async def end_what_is_open(database: Database, note: str) -> Restored:
    """End what is open, whether the database carries a mark or not; new cards say `note`. No bot may be running.

    Raises DatabaseUnavailable.
    """
    async with database.changing() as connection:
        return await _end_open(connection, database, note)


async def _end_open(connection: AsyncConnection, database: Database, note: str) -> Restored:
    await database.lock(connection, AdvisoryLock.CONFIRMING)
    until = await _last_sign(connection)
    rows = (await connection.execute(select(REQUESTS).where(REQUESTS.c.state.in_(_OPEN)).order_by(REQUESTS.c.id))).all()
    now = float((await connection.execute(select(database.now))).scalar_one())
    store = RequestStore(database)
    for request in await read_requests(connection, rows):
        await store.change(connection, request, end_restored(until)(request, now), None)
        await _let_go(connection, request.id)
        await _have_card_posted_anew(connection, database, request.id, note)
    await reject_open(connection, database, restored_detail(until))
    await record(connection, database, None, Event.RESTORED, detail=restored_detail(until))
    # Those processes worked on the database before.
    await connection.execute(delete(PROCESSES))
    if not database.is_postgres:
        await connection.execute(text("PRAGMA user_version = 0"))
    return Restored(until, tuple(row.id for row in rows))


async def _last_sign(connection: AsyncConnection) -> float:
    """Return when something was last written: an entry of the audit trail, or the heartbeat of a process."""
    entry, beat = select(func.max(AUDIT.c.at)), select(func.max(PROCESSES.c.seen_at))
    found = [(await connection.execute(one)).scalar() for one in (entry, beat)]
    return max((float(at) for at in found if at is not None), default=0.0)


async def _let_go(connection: AsyncConnection, request_id: str) -> None:
    """End the lease of the process that had the request when the backup was made, and its pause, if there was one."""
    free = {"worker": None, "worker_until": None, "not_before": None}
    await connection.execute(update(REQUESTS).where(REQUESTS.c.id == request_id).values(**free))


async def _have_card_posted_anew(connection: AsyncConnection, database: Database, request_id: str, note: str) -> None:
    """Leave the card in Slack as it is, which may show more than the database knows, and post another one."""
    card = update(REQUESTS).where(REQUESTS.c.id == request_id, REQUESTS.c.card_ts.is_not(None))
    await connection.execute(card.values(card_ts=None, card_problem=note))
    again = DELIVERIES.c.kind.in_((DeliveryKind.CARD, *LISTS))
    fresh = {"posted_at": None, "held_until": None, "lease": None, "failures": 0, "pages": 0}
    await connection.execute(update(DELIVERIES).where(DELIVERIES.c.request_id == request_id, again).values(**fresh))
    await schedule(connection, database, request_id)
