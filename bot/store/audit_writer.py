"""Writes the audit trail. The database refuses to change a row, and to delete it but with the whole request.

What is written is linked into the chain at the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Insert, bindparam, insert

from bot.requests.decisions import Actor
from bot.requests.recorded import Recorded
from bot.requests.request import Event
from bot.store.async_core import AsyncConnection
from bot.store.chain_writer import written
from bot.store.database import Database
from bot.store.journal import note
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
    note(connection, Recorded(event, request_id, actor, detail))
    row = {"at": database.now, "request_id": request_id, "event": event, "detail": clean(detail), **_who(actor)}
    await _add(connection, insert(AUDIT).values(row))


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
    for event, detail in entries:
        note(connection, Recorded(event, request_id, actor, detail))
    # Bound parameters, so that the statement is compiled once for all entries.
    words: dict[str, object] = {"event": bindparam("what"), "detail": bindparam("words")}
    entry = insert(AUDIT).values(at=database.now, request_id=request_id, **_who(actor), **words)
    await _add(connection, entry, [{"what": event, "words": clean(detail)} for event, detail in entries])


async def _add(
    connection: AsyncConnection, entry: Insert, parameters: Sequence[dict[str, object]] | None = None
) -> None:
    """Add entries, and note them as they were stored, which their digests are of."""
    stored = await connection.execute(entry.returning(*AUDIT.c), parameters)
    written(connection).extend(row._asdict() for row in stored)


def _who(actor: Actor | None) -> dict[str, object]:
    return {"user_id": actor.user_id, "team_id": actor.team_id, "channel": actor.channel} if actor else {}
