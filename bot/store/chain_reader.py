"""Reads the chain over the audit trail beside the entries, page by page. Nothing here writes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import Row, and_, select

from bot.requests.audit_chain import Link
from bot.requests.chain_walk import LinkedEntry, Removed
from bot.store.append_only import triggers_of
from bot.store.chain_tables import AUDIT_LINKS, REMOVED_ENTRIES
from bot.store.chain_upkeep import digests_without_link
from bot.store.chain_writer import IS_OF_ONE_ENTRY, ChainWriter, Entry, Tip, late_entries, link_of
from bot.store.database import Database
from bot.store.removed_entries import first_unaccounted, may_be_missing
from bot.store.schema import read_tables
from bot.store.tables import AUDIT

_PAGE, _IDS = 1_000, 10_000
"""Links with their entries, or ids, per query."""

_LOWEST, _HIGHEST = -(2**31), 2**31 - 1
"""Numbers that fit into the column of ids, on PostgreSQL."""


class ChainReader:
    """Reads the chain. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tip(self) -> Tip | None:
        """Return the end of the chain, or None if it has not begun."""
        chain = ChainWriter(self._database.now, is_postgres=self._database.is_postgres)
        async with self._database.reading() as connection:
            return await chain.tip(connection)

    async def unprotected(self) -> tuple[str, ...] | None:
        """Return the tables of trail and chain that have lost their triggers, or None if not all of them are there."""
        names = [table.name for table in (AUDIT, AUDIT_LINKS, REMOVED_ENTRIES)]
        async with self._database.reading() as connection:
            found = await connection.run_sync(read_tables, names)
        if found.keys() < set(names):
            return None
        is_postgres = self._database.is_postgres
        return tuple(name for name in names if not triggers_of(name, is_postgres=is_postgres) <= found[name].triggers)

    async def at(self, position: int) -> Link | None:
        """Return the link at a position."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(AUDIT_LINKS).where(AUDIT_LINKS.c.position == position))
            row = found.one_or_none()
        return None if row is None else link_of(row)

    async def walk(self, last: int) -> AsyncIterator[LinkedEntry]:
        """Yield every link up to a position in order, each with its entry, or with what stayed of one removed."""
        position = -1
        while page := await self._links(position, last):
            for linked in page:
                yield linked
            position = page[-1].link.position

    async def sealed(self, after: int, through: int) -> Sequence[bytes]:
        """Return the digests that a seal of these ids is made of."""
        async with self._database.reading() as connection:
            return list((await digests_without_link(connection, after, through)).values())

    async def first_unaccounted(self) -> tuple[int, Link | None] | None:
        """Return the first entry that was removed without a word in the trail, with its link if it has one."""
        async with self._database.reading(patiently=True) as connection:
            entry_id = await first_unaccounted(connection)
            if entry_id is None:
                return None
            link = select(AUDIT_LINKS).where(AUDIT_LINKS.c.entry_id == entry_id, IS_OF_ONE_ENTRY)
            row = (await connection.execute(link)).one_or_none()
        return entry_id, None if row is None else link_of(row)

    async def without_link(self, after: int) -> AsyncIterator[Entry]:
        """Yield the entries that have no link, in order: those above an id, and before them what no database numbers.

        Ids begin with 1.
        """
        for low, high in ((_LOWEST, 0), (after, _HIGHEST)):
            async for entry in self._between(low, high):
                yield entry

    async def _between(self, after: int, through: int) -> AsyncIterator[Entry]:
        while True:
            # A page of ids first: looking through millions in one query would take longer than an answer may.
            ids = select(AUDIT.c.id).where(AUDIT.c.id > after, AUDIT.c.id <= through)
            async with self._database.reading() as connection:
                page = (await connection.execute(ids.order_by(AUDIT.c.id).limit(_IDS))).scalars().all()
                if not page:
                    return
                entries = late_entries(after).where(AUDIT.c.id <= page[-1]).order_by(AUDIT.c.id)
                rows = (await connection.execute(entries)).all()
            for row in rows:
                yield row._asdict()
            after = page[-1]

    async def _links(self, after: int, last: int) -> Sequence[LinkedEntry]:
        of_entry = and_(AUDIT.c.id == AUDIT_LINKS.c.entry_id, IS_OF_ONE_ENTRY)
        of_removed = and_(REMOVED_ENTRIES.c.entry_id == AUDIT_LINKS.c.entry_id, IS_OF_ONE_ENTRY)
        page = (
            select(AUDIT_LINKS, *_ENTRY, *_REMOVED)
            .select_from(AUDIT_LINKS.outerjoin(AUDIT, of_entry).outerjoin(REMOVED_ENTRIES, of_removed))
            .where(AUDIT_LINKS.c.position > after, AUDIT_LINKS.c.position <= last)
            .order_by(AUDIT_LINKS.c.position)
            .limit(_PAGE)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(page)).all()
            requests = {row.removed_request_id for row in rows if row.removed_request_id is not None}
            allowed = await may_be_missing(connection, sorted(requests)) if requests else set()
        return [_linked(row, allowed) for row in rows]


_ENTRY = [column.label(f"of_entry_{column.name}") for column in AUDIT.c]
_REMOVED = [column.label(f"removed_{column.name}") for column in REMOVED_ENTRIES.c]


def _linked(row: Row[Any], allowed: set[str]) -> LinkedEntry:
    entry = None
    if row.of_entry_id is not None:
        entry = {column.name: getattr(row, f"of_entry_{column.name}") for column in AUDIT.c}
    removed = None
    if row.removed_request_id in allowed:
        removed = Removed(row.removed_request_id, row.removed_entry_digest)
    return LinkedEntry(link_of(row), entry, removed)
