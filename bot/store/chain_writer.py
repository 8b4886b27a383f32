"""Links entries of the audit trail into the chain, last in the transaction that wrote them.

The caller holds the lock of the chain, so that of all transactions one at a time reads the newest link and adds the
next. It commits at once: as nothing is waited for under the lock, no two transactions can wait for each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, func, insert, select
from sqlalchemy.sql.elements import ColumnElement

from bot.requests.audit_chain import ADOPTS_FOR, Link, LinkKind, entry_digest, next_link
from bot.store.async_core import AsyncConnection
from bot.store.chain_tables import AUDIT_LINKS
from bot.store.tables import AUDIT

Entry = Mapping[str, Any]
"""The columns of an entry as they are stored."""

OUT_OF_ORDER = 1_000
"""Ids by which an entry may be older than the newest linked one and still be on its way, on PostgreSQL.

Its sequences number entries as they are written, and not as they are committed. On SQLite both are the same.
"""

_WRITTEN = "entries written in this transaction"
_INSERT = insert(AUDIT_LINKS)
_FIRST = AUDIT_LINKS.alias("first_link")


@dataclass(frozen=True, slots=True)
class Tip:
    """The end of the chain: its newest link, and what is needed to go on. `now` is the database's time.

    `before`: the id of the newest entry from before the chain. `reach`: the id above which entries are linked late.
    """

    newest: Link
    began_at: float
    before: int
    reach: int
    now: float

    @property
    def adopts(self) -> bool:
        """Whether entries without a link may still come from the release before the chain."""
        return self.now < self.began_at + ADOPTS_FOR


class ChainWriter:
    """Adds links. What writes needs a transaction that holds the lock of the chain and ends at once."""

    def __init__(self, now: ColumnElement[float], *, is_postgres: bool) -> None:
        self._out_of_order = OUT_OF_ORDER if is_postgres else 0
        # Made once, as they are executed with every change.
        self._tip, self._now = _tip(now), select(now)

    async def link(self, connection: AsyncConnection, entries: Iterable[Entry]) -> None:
        """Link the entries that this transaction has written, after those that an older release wrote without links."""
        own = sorted(entries, key=lambda entry: int(entry["id"]))
        tip = await self.tip(connection) or await self._begin(connection, own)
        late = await self._late(connection, tip, {entry["id"] for entry in own}) if tip.adopts else ()
        links, newest = [], tip.newest
        for kind, some in ((LinkKind.LATE, late), (LinkKind.ENTRY, own)):
            for entry in some:
                newest = next_link(newest, kind, entry["id"], entry_digest(entry), tip.now)
                links.append(newest)
        await insert_links(connection, links)

    async def tip(self, connection: AsyncConnection) -> Tip | None:
        """Return the end of the chain, or None if it has not begun."""
        row = (await connection.execute(self._tip)).one_or_none()
        if row is None:
            return None
        reach = max(row.before, row.highest - self._out_of_order)
        return Tip(link_of(row), row.began_at, row.before, reach, float(row.now))

    async def has_late(self, connection: AsyncConnection, tip: Tip) -> bool:
        """Whether there are entries that an older release wrote, and that have no link yet."""
        return (await connection.execute(late_entries(tip.reach).limit(1))).first() is not None

    async def _begin(self, connection: AsyncConnection, own: Sequence[Entry]) -> Tip:
        """Add the first link. What the trail has so far is sealed later, as it may be millions of entries."""
        newest = select(func.coalesce(func.max(AUDIT.c.id), 0))
        if own:
            newest = newest.where(AUDIT.c.id < own[0]["id"])
        before: int = (await connection.execute(newest)).scalar_one()
        first = next_link(None, LinkKind.BEGIN, before, b"", float((await connection.execute(self._now)).scalar_one()))
        await insert_links(connection, [first])
        return Tip(first, first.linked_at, before, before, first.linked_at)

    async def _late(self, connection: AsyncConnection, tip: Tip, own: set[int]) -> list[Entry]:
        rows = await connection.execute(late_entries(tip.reach).order_by(AUDIT.c.id))
        return [row._asdict() for row in rows if row.id not in own]


def written(connection: AsyncConnection) -> list[Entry]:
    """The entries that the present transaction of this connection has written so far, as they are stored.

    `Database.writing` links them at its end.
    """
    entries: list[Entry] = connection.info.setdefault(_WRITTEN, [])
    return entries


def late_entries(reach: int) -> Select[Any]:
    """Select the entries above an id that have no link."""
    linked = select(AUDIT_LINKS.c.position).where(AUDIT_LINKS.c.entry_id == AUDIT.c.id, IS_OF_ONE_ENTRY)
    return select(AUDIT).where(AUDIT.c.id > reach, ~linked.exists())


IS_OF_ONE_ENTRY = AUDIT_LINKS.c.kind.in_((LinkKind.ENTRY, LinkKind.LATE))


async def insert_links(connection: AsyncConnection, links: Sequence[Link]) -> None:
    """Add links that follow the newest one."""
    rows = [_row(link) for link in links]
    if rows:
        # A single one by itself, as several are sent in a way that takes another round trip.
        await connection.execute(_INSERT, rows if len(rows) > 1 else rows[0])


def link_of(row: Row[Any]) -> Link:
    """Return the link of a row of `audit_links`."""
    kind = LinkKind(row.kind) if row.kind in LinkKind.__members__.values() else None
    return Link(row.position, kind, row.entry_id, row.entry_digest, row.linked_at, row.digest)


def _row(link: Link) -> dict[str, object]:
    return {
        "position": link.position,
        "kind": link.kind,
        "entry_id": link.entry_id,
        "entry_digest": link.entry_digest,
        "linked_at": link.linked_at,
        "digest": link.digest,
    }


def _tip(now: ColumnElement[float]) -> Select[Any]:
    """Select the newest link beside the first one, each read from its index; the first may have been removed."""
    newest = select(func.max(AUDIT_LINKS.c.position)).scalar_subquery()
    highest = select(func.max(AUDIT_LINKS.c.entry_id)).scalar_subquery()
    return (
        select(
            *AUDIT_LINKS.c,
            func.coalesce(_FIRST.c.linked_at, 0.0).label("began_at"),
            func.coalesce(_FIRST.c.entry_id, 0).label("before"),
            highest.label("highest"),
            now.label("now"),
        )
        .outerjoin(_FIRST, _FIRST.c.position == 0)
        .where(AUDIT_LINKS.c.position == newest)
    )
