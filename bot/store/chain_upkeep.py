"""Begins the chain over the audit trail, links what an older release writes beside, and seals what was there before.

Older entries are sealed in the background, a thousand with one link, so that a start with millions of them waits for
nothing, and the memory they take is that of a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Select, Table, func, select

from bot.requests.audit_chain import LinkKind, entry_digest, next_link, seal_digest
from bot.store.advisory_locks import AdvisoryLock
from bot.store.async_core import AsyncConnection
from bot.store.chain_tables import AUDIT_LINKS, REMOVED_ENTRIES
from bot.store.chain_writer import IS_OF_ONE_ENTRY, ChainWriter, Tip, insert_links
from bot.store.database import Database
from bot.store.tables import AUDIT

SEALED_TOGETHER = 1_000
"""Entries that one link covers. A change is told as one among these."""

RESTS = 0.5
"""Seconds between two such links: they take about 60 ms, so nobody waits longer for anything else because of them."""

SETTLES = 60.0
"""Seconds after which every transaction has ended that was open when the chain began, on PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Unsealed:
    """The next entries to seal: their digests, and the id up to which these are all that have no link."""

    sealed: int
    through: int
    digests: Mapping[int, bytes]


class ChainUpkeep:
    """What is left to do for the chain besides linking each new entry; nothing, a day after it began."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chain = ChainWriter(database.now, is_postgres=database.is_postgres)
        self._is_done = False

    async def step(self) -> float | None:
        """Do one thing, and return in how many seconds there may be more. Raises DatabaseUnavailable."""
        if self._is_done:
            return None
        async with self._database.reading() as connection:
            tip = await self._chain.tip(connection)
            is_behind = tip is None or (tip.adopts and await self._chain.has_late(connection, tip))
        if tip is None or is_behind:
            await self._link()
            return 0.0
        wait = tip.began_at + SETTLES - tip.now
        if self._database.is_postgres and tip.before and wait > 0:
            return wait
        if await self._seal(tip):
            return RESTS
        self._is_done = not tip.before or not tip.adopts
        return None

    async def _link(self) -> None:
        async with self._database.writing() as connection:
            await self._database.lock(connection, AdvisoryLock.CHAINING)
            await self._chain.link(connection, ())

    async def _seal(self, tip: Tip) -> bool:
        """Seal the next older entries; return whether there were any. Another process may have done it meanwhile."""
        async with self._database.reading() as connection:
            unsealed = await _unsealed(connection, tip)
        if unsealed is None:
            return False
        digest = seal_digest(unsealed.digests.values())
        async with self._database.writing() as connection:
            await self._database.lock(connection, AdvisoryLock.CHAINING)
            now = await self._chain.tip(connection)
            if now is not None and await sealed_through(connection) == unsealed.sealed:
                link = next_link(now.newest, LinkKind.SEAL, unsealed.through, digest, now.now)
                await insert_links(connection, [link])
        return True


async def sealed_through(connection: AsyncConnection) -> int:
    """Return the id of the newest entry that is sealed, 0 if none is."""
    newest = select(func.max(AUDIT_LINKS.c.entry_id)).where(AUDIT_LINKS.c.kind == "seal")
    return (await connection.execute(newest)).scalar() or 0


async def digests_without_link(
    connection: AsyncConnection, after: int, through: int, limit: int | None = None
) -> dict[int, bytes]:
    """Return the digests of the first entries in a range of ids that have no link of their own, in order.

    Entries that were removed with their request count, so that it is the same before and after.
    """
    # Nothing is missed that is removed between the two queries: it is then in both.
    entries = await connection.execute(_without_link(AUDIT, AUDIT.c.id, after, through).limit(limit))
    found = {row.id: entry_digest(row._asdict()) for row in entries}
    removed = await connection.execute(
        _without_link(REMOVED_ENTRIES, REMOVED_ENTRIES.c.entry_id, after, through).limit(limit)
    )
    # An entry that is still there counts as it is, whatever is said to have stayed of it.
    found = {row.entry_id: row.entry_digest for row in removed} | found
    return dict(sorted(found.items())[:limit])


def _without_link(table: Table, key: Column[int], after: int, through: int) -> Select[Any]:
    linked = select(AUDIT_LINKS.c.position).where(AUDIT_LINKS.c.entry_id == key, IS_OF_ONE_ENTRY)
    return select(table).where(key > after, key <= through, ~linked.exists()).order_by(key)


async def _unsealed(connection: AsyncConnection, tip: Tip) -> Unsealed | None:
    sealed = await sealed_through(connection)
    if sealed >= tip.before:
        return None
    digests = await digests_without_link(connection, sealed, tip.before, SEALED_TOGETHER)
    is_last = len(digests) < SEALED_TOGETHER
    return Unsealed(sealed, tip.before if is_last else max(digests), digests)
