"""The outbox of events: which entries of the audit trail are still to be sent, and who sends them.

A trigger writes to it (`event_trigger.py`). What is handed out is a stream: the events of one request, which its holder
sends one after the other. So a later one is never sent before an earlier one was accepted, and the events of other
requests do not wait for it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, Select, Update, UpdateBase, bindparam, case, delete, func, select, update

from bot.store.async_core import AsyncConnection
from bot.store.claim_first import claim_first
from bot.store.database import Database
from bot.store.event_rows import NotedEvent, read_noted
from bot.store.event_tables import EVENT_FEED, EVENT_OUTBOX, EVENT_STREAMS

MAX_DELAY = 86_400.0
"""Seconds for which a stream is put off at most."""

GIVE_UP_AFTER = 7 * 86_400.0
"""Seconds after which an event that a receiver still does not accept is sent no more."""

PORTION = 20
"""Events of one stream that are handed out at once; the other streams come next."""


class StreamLost(Exception):
    """Another process sends these events now; this one must not send or record any more of them."""


@dataclass(frozen=True, slots=True)
class EventStream:
    """The next events of one request, which its holder sends in this order; every write checks `lease`.

    `request_id` is empty for entries of no request. Once all of them are sent, everything up to the number `through`
    is. `source` names the database in each event, and `failures` counts the tries in a row at which the first one was
    not accepted.
    """

    request_id: str
    lease: str
    source: str
    failures: int
    through: int
    events: tuple[NotedEvent, ...]

    def __str__(self) -> str:
        return self.request_id or "entries of no request"


@dataclass(frozen=True, slots=True)
class EventBacklog:
    """How many events are still to be sent, and how many seconds ago the oldest of them happened; None without any.

    `given_up` is how many no receiver accepted in time, ever.
    """

    waiting: int
    oldest: float | None
    given_up: int


class EventOutbox:
    """Hands out streams of events under a lease of so many seconds. Every method raises DatabaseUnavailable.

    What is written for a stream raises StreamLost where the lease is over.
    """

    def __init__(self, database: Database, *, lease: float = 60.0) -> None:
        self._database = database
        self._lease = lease

    async def claim(self) -> EventStream | None:
        """Claim the stream that has waited longest, or return None if nothing is due."""
        lease = secrets.token_hex(8)
        async with self._database.writing() as connection:
            row = (await connection.execute(self._claiming, {"new_lease": lease})).one_or_none()
            if row is None:
                return None
            source = (await connection.execute(select(EVENT_FEED.c.source))).scalar_one()
            events, last_read = await read_noted(connection, row.request_id, PORTION)
        # The row is locked, so every entry up to its last number was committed before they were read.
        through = row.last_sequence if last_read is None else last_read
        return EventStream(row.request_id, lease, source, row.failures, through, events)

    async def wait(self) -> float | None:
        """Return in how many seconds something is due, as things stand, or None when nothing will be."""
        return await self._database.seconds(self._next_due)

    async def accepted(self, stream: EventStream, event: NotedEvent) -> None:
        """Record that the receiver has this event, and renew the lease for the next one."""
        async with self._database.writing() as connection:
            await self._write(connection, stream, held_until=self._database.now + self._lease, failures=0)
            await connection.execute(delete(EVENT_OUTBOX).where(EVENT_OUTBOX.c.audit_id == event.audit_id))

    async def give_back(self, stream: EventStream, through: int) -> bool:
        """Let go of a stream whose events up to this number were sent; what is left of it comes after others.

        Return whether the receiver failed until now, and at no request's events any more.
        """
        # Compared within the row: an entry that is committed meanwhile has raised its last number.
        is_more = EVENT_STREAMS.c.last_sequence > through
        async with self._database.writing() as connection:
            await self._write(
                connection,
                stream,
                lease=None,
                held_until=None,
                failures=0,
                due_at=case((is_more, self._database.now), else_=None),
                idle_since=case((is_more, None), else_=self._database.now),
            )
            if not stream.events:
                return False
            failing = select(EVENT_STREAMS).where(EVENT_STREAMS.c.due_at.is_not(None), EVENT_STREAMS.c.failures > 0)
            recovered = update(EVENT_FEED).where(EVENT_FEED.c.failing_since.is_not(None), ~failing.exists())
            return await _changes(connection, recovered.values(failing_since=None))

    async def let_go(self, stream: EventStream) -> None:
        """Let go of a stream of which there is more to send, as it is: whoever claims it goes on with it."""
        async with self._database.writing() as connection:
            await self._write(connection, stream, lease=None, held_until=None)

    async def put_off(self, stream: EventStream, seconds: float) -> tuple[bool, int]:
        """Try the stream again later.

        Return whether the receiver begins to fail with this, and how many events are given up, being too old by now.
        """
        too_old = EVENT_OUTBOX.c.at < self._database.now - GIVE_UP_AFTER
        old = delete(EVENT_OUTBOX).where(EVENT_OUTBOX.c.request_id == stream.request_id, too_old)
        later = self._database.now + min(seconds, MAX_DELAY)
        async with self._database.writing() as connection:
            await self._write(connection, stream, lease=None, held_until=later, failures=stream.failures + 1)
            given_up = len((await connection.execute(old.returning(EVENT_OUTBOX.c.audit_id))).all())
            if given_up:
                await connection.execute(update(EVENT_FEED).values(given_up=EVENT_FEED.c.given_up + given_up))
            begins = update(EVENT_FEED).where(EVENT_FEED.c.failing_since.is_(None))
            return await _changes(connection, begins.values(failing_since=self._database.now)), given_up

    async def backlog(self) -> EventBacklog:
        """Return how much is still to be sent. It reads the rows of what waits alone, and no history."""
        waiting = select(func.count(), self._database.now - func.min(EVENT_OUTBOX.c.at)).select_from(EVENT_OUTBOX)
        async with self._database.reading() as connection:
            count, oldest = (await connection.execute(waiting)).one()
            given_up = (await connection.execute(select(EVENT_FEED.c.given_up))).scalar_one_or_none()
        return EventBacklog(count, oldest, given_up or 0)

    @cached_property
    def _claiming(self) -> UpdateBase:
        """Claim the stream that has waited longest, with a `new_lease`."""
        streams = EVENT_STREAMS.c
        return claim_first(
            streams.request_id,
            streams.due_at.is_not(None),
            self._ready_at() <= self._database.now,
            order=(streams.due_at, streams.request_id),
            values={"held_until": self._database.now + self._lease, "lease": bindparam("new_lease")},
        )

    @cached_property
    def _next_due(self) -> Select[float]:
        return self._database.until(self._ready_at(), EVENT_STREAMS.c.due_at.is_not(None))

    def _ready_at(self) -> ColumnElement[float]:
        """When a stream that is due may be claimed: when it is not held or put off.

        It is due from the moment on at which its first event was noted, also if the clock was ahead then.
        """
        return self._database.unless_far_ahead(EVENT_STREAMS.c.held_until, MAX_DELAY + self._lease)

    async def _write(self, connection: AsyncConnection, stream: EventStream, **changes: object) -> None:
        held = (EVENT_STREAMS.c.request_id == stream.request_id, EVENT_STREAMS.c.lease == stream.lease)
        statement = update(EVENT_STREAMS).where(*held).values(changes).returning(EVENT_STREAMS.c.request_id)
        if (await connection.execute(statement)).first() is None:
            raise StreamLost(stream.request_id)


async def _changes(connection: AsyncConnection, statement: Update) -> bool:
    """Carry out an UPDATE of the one row of the feed; return whether it changed it."""
    return (await connection.execute(statement.returning(EVENT_FEED.c.name))).first() is not None
