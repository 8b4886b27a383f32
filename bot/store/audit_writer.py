"""Writing the audit trail. Rows are only ever added: the database refuses to change or delete one."""

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
    """Add an entry in the transaction of what it is about: both are stored, or neither.

    Without an actor it is the bot's own doing.
    """
    who = {"user_id": actor.user_id, "team_id": actor.team_id, "channel": actor.channel} if actor else {}
    row = {"at": database.now, "request_id": request_id, "event": event, "detail": clean(detail), **who}
    await connection.execute(insert(AUDIT).values(row))


async def record_all(
    connection: AsyncConnection, database: Database, request_id: str, event: Event, details: Sequence[str]
) -> None:
    """Add an entry of the bot's own doing for each of `details`."""
    if not details:
        return
    # One statement that is compiled once, however many entries there are.
    entry = insert(AUDIT).values(at=database.now, request_id=request_id, event=event, detail=bindparam("words"))
    await connection.execute(entry, [{"words": clean(detail)} for detail in details])
