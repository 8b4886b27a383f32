"""The database: its engine, its clock, short transactions and change notifications."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Self

from sqlalchemy import Double, Select, Table, bindparam, case, func, literal_column, select, text
from sqlalchemy.sql.elements import ColumnElement

from bot.clock import Clock
from bot.database_url import DatabaseUrl, PostgresServer, SqliteFile
from bot.store.advisory_locks import AdvisoryLock
from bot.store.async_core import AsyncConnection, AsyncEngine
from bot.store.chain_writer import ChainWriter, written
from bot.store.connection_deadlines import Deadlines
from bot.store.connection_problems import in_one_sentence
from bot.store.engines import (
    ANSWER_WITHIN,
    REQUIRE_WRITES,
    SQLITE_BEGIN,
    PooledConnection,
    ShieldedConnection,
    sqlite_engine,
)
from bot.store.journal import Journal, begin
from bot.store.migration import bring_up_to_date, examine
from bot.store.notify import NOTIFY_CHANNEL, ChangeBus, Topic
from bot.store.sqlite_inspection import inspect_sqlite_file
from bot.store.sqlite_permissions import make_private
from bot.store.sqlite_requirements import require_usable_place, require_wal_of
from bot.store.unavailable import outages_translated

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

    from bot.store.change_listener import ChangeListener

    Insert = postgresql.Insert | sqlite.Insert

# What only one of the two databases needs is imported once it is known which one it is.


class Database:
    """One SQLite file or one PostgreSQL database. `close` it, or use it as an async context manager.

    Everything it raises for a database that is away is `DatabaseUnavailable`.
    """

    def __init__(self, url: DatabaseUrl, clock: Clock) -> None:
        self._url = url
        self._clock = clock
        self.is_postgres = isinstance(url, PostgresServer)
        self._engine = _engine(url)
        self._writer = self._engine.execution_options(**{SQLITE_BEGIN: "BEGIN IMMEDIATE"})
        self._bare = self._engine.execution_options(isolation_level="AUTOCOMMIT") if self.is_postgres else self._engine
        self._connection = PooledConnection if self.is_postgres else ShieldedConnection
        self._deadlines = Deadlines(ANSWER_WITHIN)
        self._unlimited = Deadlines(math.inf)
        self._chain = ChainWriter(self.now, is_postgres=self.is_postgres)
        self.changes = ChangeBus()
        self.journal = Journal(self.now)
        clock.when_moved(self.changes.publish_all)
        self._listener: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Bring the tables up to date, one process at a time, and start listening for other processes' changes.

        Raises DatabaseUnusable with one sentence where that cannot be.
        """
        if isinstance(self._url, SqliteFile):
            require_usable_place(self._url.file)
            make_private(self._url.path)
        # Another process may hold the lock while it migrates.
        with in_one_sentence(self._url):
            async with (
                self._connection(self._writer) as connection,
                self._answering(connection, self._unlimited),
                connection.begin(),
            ):
                await self.lock(connection, AdvisoryLock.MIGRATING)
                if not self.is_postgres:
                    await connection.run_sync(require_wal_of)
                await connection.run_sync(bring_up_to_date)
        if self.is_postgres:
            self._listener = asyncio.create_task(self._change_listener().run())

    async def inspect(self) -> bool:
        """Return whether the tables are up to date. Raises DatabaseUnusable if `open` would; changes nothing."""
        with in_one_sentence(self._url):
            if isinstance(self._url, SqliteFile):
                return await asyncio.to_thread(inspect_sqlite_file, self._url.file)
            async with self._engine.connect() as connection, self._answering(connection):
                return (await connection.run_sync(examine)).is_up_to_date

    def hurry(self, seconds: float) -> None:
        """From now on give up on a database that does not answer within so many seconds: the process is to end."""
        self._deadlines.shorten(seconds)
        self._unlimited.shorten(seconds)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop listening and close every connection."""
        if self._listener is not None:
            self._listener.cancel()
            await asyncio.gather(self._listener, return_exceptions=True)
        await self._engine.dispose()

    @property
    def now(self) -> ColumnElement[float]:
        """The database's clock as an SQL expression, in seconds since 1970."""
        shift = bindparam("clock_shift", callable_=lambda: self._clock.shift, type_=Double, unique=True)
        if self.is_postgres:
            seconds: ColumnElement[float] = literal_column("extract(epoch from clock_timestamp())", Double)
        else:
            seconds = literal_column("((julianday('now') - 2440587.5) * 86400.0)", Double)
        return seconds + shift

    def later_of(self, one: ColumnElement[float], other: ColumnElement[float]) -> ColumnElement[float]:
        """The later of two moments, neither of them NULL, as an SQL expression."""
        return func.greatest(one, other) if self.is_postgres else func.max(one, other)

    def unless_far_ahead(self, moment: ColumnElement[float], furthest: float) -> ColumnElement[float]:
        """Return a moment, or 0 where it is NULL or further ahead than it can be, as after the clock was set back."""
        return case((moment <= self.now + furthest, moment), else_=0.0)

    async def lock(self, connection: AsyncConnection, what: AdvisoryLock) -> None:
        """Wait for other transactions that do this. On SQLite nobody waits: one that writes is the only one."""
        if self.is_postgres:
            await connection.execute(select(func.pg_advisory_xact_lock(what.value)))

    def until(self, moment: ColumnElement[float], *where: ColumnElement[bool]) -> Select[float]:
        """Return a query: in how many seconds the earliest such moment of the rows that match comes."""
        return select(func.min(moment) - self.now).where(*where)

    async def seconds(self, until: Select[float]) -> float | None:
        """Return the answer to such a query, or None where no row matches."""
        async with self.reading() as connection:
            seconds: float | None = (await connection.execute(until)).scalar()
        return seconds

    def insert(self, table: Table) -> Insert:
        """An INSERT into this table that may say what to do `on_conflict`, which both databases word alike."""
        if self.is_postgres:
            from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - see above

            return postgresql.insert(table)
        from sqlalchemy.dialects import sqlite  # noqa: PLC0415 - see above

        return sqlite.insert(table)

    @contextlib.asynccontextmanager
    async def reading(self, *, patiently: bool = False) -> AsyncIterator[AsyncConnection]:
        """A few statements that only read; `patiently`: which may take as long as they need, as somebody waits.

        On SQLite they see one snapshot. On PostgreSQL each sees what is committed when it begins, as it would in
        a transaction of its default level, so they are spared the transaction.
        """
        limit = self._unlimited if patiently else None
        with outages_translated():
            async with self._connection(self._bare) as connection, self._answering(connection, limit):
                yield connection

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One short transaction that writes; on SQLite it holds the file's write lock from its start."""
        with outages_translated() as attempt:
            async with self._connection(self._writer) as connection, self._answering(connection), connection.begin():
                begin(connection)
                written(connection).clear()
                yield connection
                recorded = await self.journal.noted(connection)
                if entries := written(connection):
                    await self.lock(connection, AdvisoryLock.CHAINING)
                    await self._chain.link(connection, entries)
                attempt.is_committing = True
        self.journal.tell(recorded)

    @contextlib.asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """One statement that writes, a transaction by itself: PostgreSQL is spared BEGIN and COMMIT around it."""
        if not self.is_postgres:
            async with self.writing() as connection:
                yield connection
            return
        with outages_translated():
            async with self._connection(self._bare) as connection, self._answering(connection):
                yield connection

    @contextlib.asynccontextmanager
    async def changing(self, *also: Topic) -> AsyncIterator[AsyncConnection]:
        """Like `writing`, and once committed every process is notified that a card has to be drawn, and of `also`."""
        topics = (Topic.CARDS, *also)
        async with self.writing() as connection:
            yield connection
            if self.is_postgres:
                await connection.execute(select(*(func.pg_notify(NOTIFY_CHANNEL, topic) for topic in topics)))
        for topic in topics:
            self.changes.publish(topic)

    @contextlib.asynccontextmanager
    async def _answering(self, connection: AsyncConnection, limit: Deadlines | None = None) -> AsyncIterator[None]:
        """Cut a connection whose database has not answered everything in time; SQLite has a timeout of its own."""
        if not self.is_postgres:
            yield
            return
        driver_connection = (await connection.get_raw_connection()).driver_connection
        with (limit or self._deadlines).of(driver_connection):
            yield

    async def ping(self) -> None:
        """Return once the database has answered, on PostgreSQL that it takes writes. Raises DatabaseUnavailable."""
        async with self.reading() as connection:
            await connection.execute(text(REQUIRE_WRITES if self.is_postgres else "SELECT 1"))

    async def receives_notifications(self) -> bool:
        """Whether notifications of this PostgreSQL server arrive, which not every pooler passes on."""
        with outages_translated():
            return await self._change_listener().receives_notifications()

    def _change_listener(self) -> ChangeListener:
        from bot.store.change_listener import ChangeListener  # noqa: PLC0415 - see above

        return ChangeListener(self._bare, self.changes, self._deadlines)


def _engine(url: DatabaseUrl) -> AsyncEngine:
    if isinstance(url, PostgresServer):
        from bot.store.postgres_engine import postgres_engine  # noqa: PLC0415 - see above

        return postgres_engine(url)
    return sqlite_engine(url)
