"""Notices what other processes on a PostgreSQL database change: by LISTEN/NOTIFY, or by polling where that fails.

LISTEN belongs to a session. A pooler in transaction mode, such as PgBouncer's, gives a client a session for one
transaction only, and notifications reach nobody (https://www.pgbouncer.org/features.html). So a listener first tests
its connection: it sends itself a notification through another one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator

import psycopg
from sqlalchemy import Select, func, literal, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.exc import SQLAlchemyError

from bot.backoff import Backoff
from bot.requests.request import UNDER_WAY, State
from bot.store.async_core import AsyncConnection, AsyncEngine
from bot.store.connection_deadlines import Deadlines
from bot.store.engines import PooledConnection
from bot.store.notify import NOTIFY_CHANNEL, ChangeBus, publish_named
from bot.store.tables import DELIVERIES, REQUESTS

POLL_EVERY = 1.0
"""Seconds between two looks at the database while notifications do not arrive."""

_HEARD_WITHIN = 5.0
"""Seconds within which a notification arrives."""

_BACKOFF = Backoff(first=1.0, longest=10.0)
_WHERE_UNHEARD = Backoff(first=60.0, longest=1800.0)
"""Waits before LISTEN is tried again: after the connection failed, and after no notification arrived."""

_FAILURES = (psycopg.Error, SQLAlchemyError, OSError)
_POLLS = (
    "notifications do not arrive through DATABASE_URL, as behind a connection pooler in transaction mode: "
    "looking every %g s for what other processes change"
)
_log = logging.getLogger(__name__)


class ChangeListener:
    """Publishes on `changes` what other processes change.

    `engine` commits each statement by itself, and `deadlines` cuts connections without an answer. A connection is
    tested every `prove_every` seconds: if its server vanishes, no error says so.
    """

    def __init__(
        self, engine: AsyncEngine, changes: ChangeBus, deadlines: Deadlines, *, prove_every: float = 60.0
    ) -> None:
        self._engine = engine
        self._changes = changes
        self._prove_every = prove_every
        self._own_channel = f"{NOTIFY_CHANNEL}_{secrets.token_hex(8)}"
        self._deadlines = deadlines
        self._deaf = asyncio.Event()
        self._deaf.set()
        self._failures, self._unheard = 0, 0

    async def run(self) -> None:
        """Listen, and poll while no notifications arrive, until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll())
            tasks.create_task(self._listen())

    async def receives_notifications(self) -> bool:
        """Whether notifications arrive through this database's address. Raises psycopg.Error and SQLAlchemyError."""
        async with self._connection() as connection:
            return await self._begin(connection)

    async def _listen(self) -> None:
        while True:
            try:
                if await self._listen_once():
                    continue  # nothing arrives by this connection any more, so it is replaced at once
                self._unheard += 1
                wait = _WHERE_UNHEARD.wait(self._unheard)
            except _FAILURES as exc:
                self._failures += 1
                wait = _BACKOFF.wait(self._failures)
                if self._failures == 1:
                    _log.warning("no notifications of other processes for now: %s", type(exc).__name__)
            self._deaf.set()
            await asyncio.sleep(wait)

    async def _listen_once(self) -> bool:
        """Pass notifications on for as long as they arrive; return False at once if they do not arrive at all."""
        async with self._connection() as connection:
            if not await self._begin(connection):
                if not self._unheard:
                    _log.warning(_POLLS, POLL_EVERY)
                return False
            await self._execute(connection, f"LISTEN {NOTIFY_CHANNEL}")
            self._deaf.clear()
            self._failures, self._unheard = 0, 0
            is_heard = True
            while is_heard:
                # For what was missed before, and for what arrived in one packet with the test, at which reading stops.
                self._changes.publish_all()
                await self._pass_on(connection, self._prove_every)
                is_heard = await self._hears_itself(connection)
            return True

    async def _begin(self, connection: psycopg.AsyncConnection) -> bool:
        """Listen to this listener's own channel; return whether what is sent to it arrives."""
        await self._execute(connection, f"LISTEN {self._own_channel}")
        if await self._hears_itself(connection):
            return True
        # Through a pooler it is chance whether this reaches the session that listens; elsewhere it does no harm.
        await self._execute(connection, f"UNLISTEN {self._own_channel}")
        return False

    async def _hears_itself(self, connection: psycopg.AsyncConnection) -> bool:
        async with self._answering() as other:
            await other.execute(select(func.pg_notify(self._own_channel, "")))
        return await self._pass_on(connection, _HEARD_WITHIN, until=self._own_channel)

    async def _pass_on(self, connection: psycopg.AsyncConnection, seconds: float, until: str = "") -> bool:
        """Publish what arrives within so many seconds; return True as soon as something arrives on channel `until`."""
        async with contextlib.aclosing(connection.notifies(timeout=seconds)) as arriving:
            async for notification in arriving:
                if notification.channel == until:
                    return True
                if notification.channel == NOTIFY_CHANNEL:
                    publish_named(notification.payload, self._changes)
        return False

    async def _execute(self, connection: psycopg.AsyncConnection, statement: str) -> None:
        with self._deadlines.of(connection):
            await connection.execute(statement.encode())

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        """A connection of its own, closed at the end: given back to the pool, it would still be listening."""
        async with PooledConnection(self._engine) as pooled:
            driver_connection = (await pooled.get_raw_connection()).driver_connection
            assert isinstance(driver_connection, psycopg.AsyncConnection)  # noqa: S101 - the engine's driver
            try:
                yield driver_connection
            finally:
                await pooled.invalidate()

    @contextlib.asynccontextmanager
    async def _answering(self) -> AsyncIterator[AsyncConnection]:
        """A connection of the pool for one statement, cut if it is not answered in time."""
        async with PooledConnection(self._engine) as connection:
            with self._deadlines.of((await connection.get_raw_connection()).driver_connection):
                yield connection

    async def _poll(self) -> None:
        """While no notifications arrive, wake all subscribers at each change and when the database is back."""
        seen = ""
        while True:
            await asyncio.sleep(POLL_EVERY)
            await self._deaf.wait()
            try:
                async with self._answering() as connection:
                    now = (await connection.execute(_state_of_work())).scalar_one()
            except _FAILURES:
                seen = ""
                continue
            if now != seen:
                self._changes.publish_all()
            seen = now


def _state_of_work() -> Select[str]:
    """Return a query for one value that changes with every change that another process may have to act on.

    It reads open requests and due deliveries alone, through their indexes.
    """
    request = func.concat_ws(
        ":", REQUESTS.c.id, REQUESTS.c.revision, REQUESTS.c.worker.is_(None), REQUESTS.c.not_before, REQUESTS.c.attempts
    )
    delivery = func.concat_ws(":", DELIVERIES.c.id, DELIVERIES.c.revision, DELIVERIES.c.due_at)
    is_open = REQUESTS.c.state.in_((State.AWAITING, *UNDER_WAY))
    requests = select(func.string_agg(request, aggregate_order_by(literal(" "), REQUESTS.c.id))).where(is_open)
    is_due = DELIVERIES.c.due_at.is_not(None)
    deliveries = select(func.string_agg(delivery, aggregate_order_by(literal(" "), DELIVERIES.c.id))).where(is_due)
    return select(func.md5(func.concat_ws("/", requests.scalar_subquery(), deliveries.scalar_subquery())))
