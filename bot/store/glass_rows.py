"""What a request's row says of its being carried out without the approvals that were missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import Row, select, update

from bot.requests.break_glass import told
from bot.requests.decisions import BreakGlass
from bot.requests.deliveries import Glass
from bot.requests.history import waiting_detail
from bot.requests.request import Event, Request, State
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record
from bot.store.database import Database
from bot.store.tables import AUDIT, REQUESTS
from bot.untrusted_text import clean


def break_glass_of(row: Row[Any]) -> BreakGlass | None:
    """Return who did it and why; None if nobody did."""
    if not row.glass_broken_by:
        return None
    is_posted = row.glass_posted_at is not None
    return BreakGlass(row.glass_broken_by, row.glass_reason, is_posted, row.glass_reviewed_by, row.glass_problem)


def glass_of(row: Row[Any]) -> Glass:
    """Return what is to be told of it."""
    if not row.glass_broken_by:
        return Glass.WHOLE
    return Glass.UNTOLD if row.glass_problem and row.glass_posted_at is None else Glass.BROKEN


def glass_columns(request: Request) -> dict[str, object]:
    """Return the columns that people's decisions change; whether it is told is written by the outbox."""
    broken = request.break_glass
    if broken is None:
        return {}
    return {
        "glass_broken_by": broken.by,
        "glass_reason": clean(broken.reason),
        "glass_reviewed_by": broken.reviewed_by,
    }


async def is_broken_and_told(connection: AsyncConnection, row: Row[Any]) -> bool:
    """Whether by the audit trail the person of the row carried it out without approvals, and the approvers were told.

    The row alone does not tell: whoever can write to the database could have changed it. One that is stopping is only
    to be ended, for which nobody has to be told.
    """
    entries = select(AUDIT.c.event, AUDIT.c.user_id).where(
        AUDIT.c.request_id == row.id, AUDIT.c.event.in_((Event.GLASS_BROKEN, Event.GLASS_TOLD))
    )
    events = {(entry.event, entry.user_id) for entry in await connection.execute(entries)}
    is_told = any(event == Event.GLASS_TOLD for event, _ in events)
    return (Event.GLASS_BROKEN, row.glass_broken_by) in events and (is_told or row.stopping)


async def note_told(connection: AsyncConnection, database: Database, request: Request, channel: str) -> None:
    """Note that the approvers were told in `channel`, and until when it can be undone; nothing if it has ended."""
    lock = update(REQUESTS).where(REQUESTS.c.id == request.id).values(revision=REQUESTS.c.revision + 1)
    row = (await connection.execute(lock.returning(*REQUESTS.c, database.now.label("now")))).one()
    await record(connection, database, request.id, Event.GLASS_TOLD, detail=f"in {channel}")
    if row.state != State.APPROVED:
        return
    before = replace(request, begins_at=row.begins_at, expires_at=row.expires_at)
    after = told(before, row.now)
    begins = {"begins_at": after.begins_at, "expires_at": after.expires_at}
    known = {"glass_posted_at": database.now, "glass_problem": ""}
    await connection.execute(update(REQUESTS).where(REQUESTS.c.id == request.id).values(**known, **begins))
    if waits := waiting_detail(before, after):
        await record(connection, database, request.id, Event.WAITS, detail=waits)
