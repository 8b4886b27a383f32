"""Writes the audit trail, which is append-only: the database refuses to change or delete a row."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.requests.request import Actor, Event
from bot.store.database import Database
from bot.store.tables import AUDIT
from bot.untrusted_text import clean


async def record(
    connection: AsyncConnection,
    database: Database,
    request_id: str,
    event: Event,
    actor: Actor | None = None,
    detail: str = "",
) -> None:
    """Add an entry in the transaction of the change it records, so that both are stored or neither.

    Without an actor the entry is the bot's own action.
    """
    who = {"user_id": actor.user_id, "team_id": actor.team_id, "channel": actor.channel} if actor else {}
    row = {"at": database.now, "request_id": request_id, "event": event, "detail": clean(detail), **who}
    await connection.execute(insert(AUDIT).values(row))


async def record_all(
    connection: AsyncConnection, database: Database, request_id: str, event: Event, details: Sequence[str]
) -> None:
    """Add an entry of the bot's own action for each of `details`."""
    if not details:
        return
    # A bound parameter, so that the statement is compiled once for all entries.
    entry = insert(AUDIT).values(at=database.now, request_id=request_id, event=event, detail=bindparam("words"))
    await connection.execute(entry, [{"words": clean(detail)} for detail in details])
