"""The database: its engine, its clock, short transactions, change notifications, and migrations."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, Double, Table, bindparam, case, func, inspect, literal_column, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.elements import ColumnElement

from bot.clock import Clock
from bot.errors import DatabaseUnavailable
from bot.store.connection_deadlines import Deadlines
from bot.store.engines import ANSWER_WITHIN, SQLITE_BEGIN, ShieldedConnection, postgres_engine, sqlite_engine
from bot.store.notify import NOTIFY_CHANNEL, ChangeBus, Topic, listen
from bot.store.sqlite_permissions import make_private

Insert = postgresql.Insert | sqlite.Insert

_MIGRATIONS = Path(__file__).parent.parent / "migrations"
_MIGRATION_LOCK = 7_023_114_902
"""Any number will do for PostgreSQL's advisory lock, as long as no other program uses it."""

_log = logging.getLogger(__name__)


class Database:
    """One SQLite file or one PostgreSQL database.

    Everything it raises for a database that is away is `DatabaseUnavailable`.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = make_url(url)
        self._clock = clock
        self.is_postgres = self._url.get_backend_name() == "postgresql"
        self._engine = postgres_engine(url) if self.is_postgres else sqlite_engine(url)
        self._writer = self._engine.execution_options(**{SQLITE_BEGIN: "BEGIN IMMEDIATE"})
        self._bare = self._engine.execution_options(isolation_level="AUTOCOMMIT") if self.is_postgres else self._engine
        self._connection = AsyncConnection if self.is_postgres else ShieldedConnection
        self._deadlines = Deadlines(ANSWER_WITHIN)
        self.changes = ChangeBus()
        clock.when_moved(self.changes.publish_all)
        self._listener: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Bring the tables up to date, one process at a time, and start listening for other processes' changes."""
        if not self.is_postgres:
            make_private(str(self._url.database))
        # Another process may hold the lock while it migrates.
        with _translated():
            async with self._connection(self._writer) as connection, connection.begin():
                await self._migrated(connection)
        if self.is_postgres:
            dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._listener = asyncio.create_task(listen(dsn, self.changes))

    async def _migrated(self, connection: AsyncConnection) -> None:
        if self.is_postgres:
            await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATION_LOCK)))
        await connection.run_sync(_migrate)

    def hurry(self, seconds: float) -> None:
        """From now on give up on a database that does not answer within so many seconds: the process is to end."""
        self._deadlines.shorten(seconds)

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

    def unless_far_ahead(self, moment: ColumnElement[float], furthest: float) -> ColumnElement[float]:
        """Return a moment, or 0 where it is NULL or further ahead than it can be, as after the clock was set back."""
        return case((moment <= self.now + furthest, moment), else_=0.0)

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

        On SQLite they see one snapshot. On PostgreSQL each sees what is committed when it begins, as it would in
        a transaction of its default level, so they are spared the transaction.
        """
        with _translated():
            async with self._connection(self._bare) as connection, self._answering(connection):
                yield connection

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One short transaction that writes; on SQLite it holds the file's write lock from its start."""
        with _translated():
            async with self._connection(self._writer) as connection, self._answering(connection), connection.begin():
                yield connection

    @contextlib.asynccontextmanager
    async def single(self) -> AsyncIterator[AsyncConnection]:
        """One statement that writes, a transaction by itself: PostgreSQL is spared BEGIN and COMMIT around it."""
        if not self.is_postgres:
            async with self.writing() as connection:
                yield connection
            return
        with _translated():
            async with self._bare.connect() as connection, self._answering(connection):
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
    async def _answering(self, connection: AsyncConnection) -> AsyncIterator[None]:
        """Cut a connection whose database has not answered everything in time; SQLite has a timeout of its own."""
        if not self.is_postgres:
            yield
            return
        driver_connection = (await connection.get_raw_connection()).driver_connection
        with self._deadlines.of(driver_connection):
            yield

    async def ping(self) -> None:
        """Return once the database has answered; raise DatabaseUnavailable when it does not."""
        async with self.reading() as connection:
            await connection.execute(text("SELECT 1"))


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


def _migrate(connection: Connection) -> None:
    """Bring the tables up to date, unless they are: Alembic takes 12 MiB and a tenth of a second only to be loaded."""
    if _revision(connection) == _newest_migration():
        return
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """Return the migration that the tables are at, as Alembic notes it; None for a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    return revision


def _newest_migration() -> str:
    """Return the number of the newest migration, with which its file's name begins."""
    return max(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))
