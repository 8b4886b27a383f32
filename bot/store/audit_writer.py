"""Writes the audit trail. The database refuses to change a row, and to delete it but with the whole request."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.requests.decisions import Actor
from bot.requests.request import Event
from bot.store.database import Database
from bot.store.tables import AUDIT
from bot.untrusted_text import clean


async def record(
    connection: AsyncConnection,
    database: Database,
    request_id: str | None,
    event: Event,
    actor: Actor | None = None,
    detail: str = "",
) -> None:
    """Add an entry in the transaction of the change it records, so that both are stored or neither.

    Without an actor the entry is the bot's own action; without an id it is about no request that there is.
    """
    row = {"at": database.now, "request_id": request_id, "event": event, "detail": clean(detail), **_who(actor)}
    await connection.execute(insert(AUDIT).values(row))


async def record_all(
    connection: AsyncConnection,
    database: Database,
    request_id: str,
    entries: Sequence[tuple[Event, str]],
    actor: Actor | None = None,
) -> None:
    """Add an entry for each event and its detail, all of them by the same person, or by the bot itself."""
    if not entries:
        return
    # Bound parameters, so that the statement is compiled once for all entries.
    words: dict[str, object] = {"event": bindparam("what"), "detail": bindparam("words")}
    entry = insert(AUDIT).values(at=database.now, request_id=request_id, **_who(actor), **words)
    await connection.execute(entry, [{"what": event, "words": clean(detail)} for event, detail in entries])


def _who(actor: Actor | None) -> dict[str, object]:
    return {"user_id": actor.user_id, "team_id": actor.team_id, "channel": actor.channel} if actor else {}
