"""What stays in the chain of entries that are removed with their request: their ids and digests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlalchemy import func, insert, select

from bot.requests.audit_chain import entry_digest
from bot.requests.request import Event
from bot.store.async_core import AsyncConnection
from bot.store.chain_tables import REMOVED_ENTRIES
from bot.store.tables import AUDIT, REMOVED

_IDS = re.compile(r"R-[0-9A-Z]+")
_SOME = 500
"""Ids in one query, of requests of which none is accounted for."""


async def keep_digests(connection: AsyncConnection, request_ids: Sequence[str]) -> None:
    """Store the digests of all entries of these requests; to be called in the transaction that then removes them."""
    entries = select(AUDIT).where(AUDIT.c.request_id.in_(request_ids)).order_by(AUDIT.c.id)
    rows = [
        {"entry_id": row.id, "request_id": row.request_id, "entry_digest": entry_digest(row._asdict())}
        for row in await connection.execute(entries)
    ]
    if rows:
        await connection.execute(insert(REMOVED_ENTRIES), rows)


async def may_be_missing(connection: AsyncConnection, request_ids: Sequence[str]) -> set[str]:
    """Return those of these requests that were removed in the ordinary way, so that their entries may be missing."""
    listed = select(REMOVED.c.request_id).where(REMOVED.c.request_id.in_(request_ids))
    return set((await connection.execute(listed)).scalars())


async def first_unaccounted(connection: AsyncConnection) -> int | None:
    """Return the id of the first removed entry whose request is named by no entry about removals; None without one.

    Whoever removes a request past the bot can note that it was removed, but not add an entry to the chain unseen.
    """
    found = await connection.execute(select(REMOVED_ENTRIES.c.request_id).distinct())
    unaccounted = set(found.scalars())
    removals = select(AUDIT.c.detail).where(AUDIT.c.request_id.is_(None), AUDIT.c.event == Event.REMOVED)
    for detail in (await connection.execute(removals)).scalars() if unaccounted else ():
        unaccounted.difference_update(_IDS.findall(detail))
    if not unaccounted:
        return None
    first = select(func.min(REMOVED_ENTRIES.c.entry_id)).where(
        REMOVED_ENTRIES.c.request_id.in_(sorted(unaccounted)[:_SOME])
    )
    return int((await connection.execute(first)).scalar_one())
