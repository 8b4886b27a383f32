"""Says in the database that events are sent, so that entries of the audit trail are noted for it."""

from __future__ import annotations

import uuid

from sqlalchemy import case, delete, func, select, update

from bot.store.advisory_locks import AdvisoryLock
from bot.store.database import Database
from bot.store.event_tables import EVENT_FEED, EVENT_STREAMS
from bot.store.tables import AUDIT

WANTED_FOR = 7 * 86_400.0
"""Seconds for which entries are noted after the last process that sends events said so: it may come back."""

_IDLE_FOR = 86_400.0
"""Seconds after which the row of a stream with nothing to send is removed; the next entry makes it again."""

_REMOVED_AT_ONCE = 1_000


class EventFeed:
    """The row that says that events are wanted. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def want(self) -> None:
        """Have entries noted from now on, for a week.

        Where nobody wanted them for a while, those of that time are not sent. The numbers of the later ones count them,
        which tells the receiver of the gap.
        """
        until = {"wanted_until": self._database.now + WANTED_FOR}
        still = update(EVENT_FEED).where(EVENT_FEED.c.wanted_until > self._database.now).values(until)
        new = self._database.insert(EVENT_FEED).values(name="audit", source=f"urn:uuid:{uuid.uuid4()}", **until)
        last = EVENT_STREAMS.c.last_sequence
        counted = select(func.count()).where(AUDIT.c.request_id == EVENT_STREAMS.c.request_id)
        entries = counted.correlate(EVENT_STREAMS).scalar_subquery()
        skipped = entries > last
        async with self._database.writing() as connection:
            await self._database.lock(connection, AdvisoryLock.WANTING_EVENTS)
            if (await connection.execute(still.returning(EVENT_FEED.c.name))).first() is not None:
                return
            await connection.execute(delete(EVENT_STREAMS).where(EVENT_STREAMS.c.due_at.is_(None)))
            await connection.execute(update(EVENT_STREAMS).values(last_sequence=case((skipped, entries), else_=last)))
            await connection.execute(new.on_conflict_do_update(index_elements=["name"], set_=until))

    async def try_at_once(self) -> None:
        """Put nothing off any longer: a process has started, perhaps with another address or secret."""
        put_off = (EVENT_STREAMS.c.due_at.is_not(None), EVENT_STREAMS.c.lease.is_(None))
        async with self._database.writing() as connection:
            await connection.execute(update(EVENT_STREAMS).where(*put_off).values(held_until=None))

    async def remove_idle(self) -> None:
        """Remove the rows of streams that have had nothing to send for a day, so that they do not become more."""
        idle = EVENT_STREAMS.c.idle_since < self._database.now - _IDLE_FOR
        found = select(EVENT_STREAMS.c.request_id).where(EVENT_STREAMS.c.due_at.is_(None), idle)
        some = found.limit(_REMOVED_AT_ONCE).with_for_update(skip_locked=True)
        async with self._database.writing() as connection:
            await connection.execute(delete(EVENT_STREAMS).where(EVENT_STREAMS.c.request_id.in_(some)))
