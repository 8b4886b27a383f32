"""The database: its engine, its clock, short transactions, word of changes, and migrations."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, CursorResult, Double, Table, bindparam, event, func, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.sql.elements import ColumnElement

from bot.clock import Clock
from bot.errors import DatabaseUnavailable
from bot.store.word import CHANNEL, Topic, Word, listen, watch

Insert = postgresql.Insert | sqlite.Insert

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_MIGRATION_LOCK = 7_023_114_902
"""Any number will do for PostgreSQL's advisory lock, as long as nobody else's program uses it."""

_IDLE_SINCE = "idle_since"
_FRESH = 15.0
"""Seconds of idleness after which a connection may have been cut; those of a bot at rest are used sooner again."""

_SQLITE_BEGIN = "sqlite_begin"
_log = logging.getLogger(__name__)


class Database:
    """One SQLite file or one PostgreSQL database.

    Everything it raises for a database that is away is `DatabaseUnavailable`.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = make_url(url)
        self._clock = clock
        self.is_postgres = self._url.get_backend_name() == "postgresql"
        self._engine = _postgres_engine(url) if self.is_postgres else _sqlite_engine(url)
        self._writer = self._engine.execution_options(**{_SQLITE_BEGIN: "BEGIN IMMEDIATE"})
        self._bare = self._engine.execution_options(isolation_level="AUTOCOMMIT") if self.is_postgres else self._engine
        self._connection = AsyncConnection if self.is_postgres else _SeenThrough
        self.word = Word()
        clock.when_moved(self.word.spread_all)
        self._listener: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Bring the tables up to date, one process at a time, and start listening for other processes' changes."""
        async with self.writing() as connection:
            if self.is_postgres:
                await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
            await connection.run_sync(_migrate)
        self._listener = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        if self.is_postgres:
            await listen(self._url.set(drivername="postgresql").render_as_string(hide_password=False), self.word)
        else:
            await watch(str(self._url.database), self.word)

    async def close(self) -> None:
        """Stop listening and give every connection back."""
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

    async def seconds_until(self, moment: ColumnElement[float], *where: ColumnElement[bool]) -> float | None:
        """Return in how many seconds the earliest such moment of the rows that match comes, or None without any."""
        statement = select(func.min(moment) - self.now).where(*where)
        async with self.reading() as connection:
            seconds: float | None = (await connection.execute(statement)).scalar()
        return seconds

    def insert(self, table: Table) -> Insert:
        """An INSERT into this table that may say what to do `on_conflict`, which both databases word alike."""
        return postgresql.insert(table) if self.is_postgres else sqlite.insert(table)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A few statements that only read.

        On SQLite they see one moment. On PostgreSQL each sees what is committed when it begins, as it would in
        a transaction of its default level, so they are spared the transaction.
        """
        with _translated():
            async with self._connection(self._bare) as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One short transaction that writes; on SQLite it holds the file's write lock from its start."""
        with _translated():
            async with self._connection(self._writer) as connection, connection.begin():
                yield connection

    @contextlib.asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """One statement that writes, a transaction by itself: PostgreSQL is spared BEGIN and COMMIT around it."""
        if not self.is_postgres:
            async with self.writing() as connection:
                yield connection
            return
        with _translated():
            async with self._bare.connect() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def changing(self, *also: Topic) -> AsyncIterator[AsyncConnection]:
        """Like `writing`, and once committed every process hears that a card has to be drawn, and of `also`."""
        topics = (Topic.CARDS, *also)
        async with self.writing() as connection:
            yield connection
            if self.is_postgres:
                await connection.execute(select(*(func.pg_notify(CHANNEL, topic) for topic in topics)))
        for topic in topics:
            self.word.spread(topic)

    async def ping(self) -> None:
        """Return once the database has answered; raise DatabaseUnavailable when it does not."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))


class _SeenThrough(AsyncConnection):
    """A connection to SQLite whose statements end, also where whoever waits for one is cancelled.

    The thread that runs a statement knows nothing of that, and one whose rows nobody fetched would keep the file
    locked for as long as its cursor happens to live.
    """

    async def execute(self, *statement: Any, **options: Any) -> CursorResult[Any]:  # noqa: ANN401 - as it is inherited
        """Run a statement; a cancellation that comes meanwhile is raised after its end."""
        running = asyncio.ensure_future(super().execute(*statement, **options))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.wait({running})
            running.exception()  # looked at, so that asyncio does not report a failure as one that nobody saw
            raise


@contextlib.contextmanager
def _translated() -> Any:  # noqa: ANN401 - a generator-based context manager
    try:
        yield
    except (DBAPIError, PoolTimeoutError, OSError) as exc:
        if isinstance(exc, DBAPIError) and not _is_absence(exc):
            raise
        cause = str(getattr(exc, "orig", None) or exc)
        _log.warning("the database did not answer: %s", cause)
        raise DatabaseUnavailable(
            "The bot's database did not answer, so nothing was changed. Please try again in a minute.", cause
        ) from exc


def _is_absence(exc: DBAPIError) -> bool:
    """Whether the database was away, busy or a standby that takes no writes, rather than our statement wrong."""
    standby = isinstance(exc.orig, psycopg.errors.ReadOnlySqlTransaction)
    return standby or exc.connection_invalidated or type(exc).__name__ in ("OperationalError", "InterfaceError")


def _postgres_engine(url: str) -> AsyncEngine:
    """Make an engine that looks whether a connection still lives when it was idle, rather than at every use.

    The way to do so is SQLAlchemy's ("Custom / legacy pessimistic ping", in its page on connection pooling).
    """
    engine = create_async_engine(url, pool_timeout=10, connect_args={"connect_timeout": 5})
    dialect = engine.sync_engine.dialect

    def given_back(_dbapi_connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
        record.info[_IDLE_SINCE] = time.monotonic()

    def taken(dbapi_connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - as above
        if time.monotonic() - record.info.get(_IDLE_SINCE, math.inf) < _FRESH:
            return
        try:
            dialect.do_ping(dbapi_connection)
        except psycopg.Error as exc:
            raise DisconnectionError from exc

    event.listen(engine.sync_engine, "checkin", given_back)
    event.listen(engine.sync_engine, "checkout", taken)
    return engine


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, pool_timeout=10, connect_args={"timeout": 10})

    def prepare(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own objects
        dbapi_connection.isolation_level = None  # the driver would otherwise begin transactions by itself
        cursor = dbapi_connection.cursor()
        for pragma in (
            "busy_timeout = 10000",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(_SQLITE_BEGIN, "BEGIN"))

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", begin)
    return engine


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
