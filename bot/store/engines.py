"""The engine of a SQLite file, and the connections of both kinds of database; for how long each is waited for."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any, Self

from sqlalchemy import URL, Connection, CursorResult, event

from bot.database_url import SqliteFile
from bot.store.async_core import AsyncConnection, AsyncEngine, create_async_engine

ANSWER_WITHIN, PING_WITHIN, POOL_TIMEOUT, _SQLITE_LOCKED = 5.0, 2.0, 3.0, 5.0
"""Seconds. Together with the time to connect they stay below the 10 s in which people get an answer."""

_LET_GO_WITHIN = 1.0
"""Seconds for which whoever cancels waits for a connection to be made; one in the making can be cancelled itself."""

SQLITE_BEGIN = "sqlite_begin"

REQUIRE_WRITES = """
DO $$ BEGIN
  IF pg_is_in_recovery() OR current_setting('transaction_read_only')::boolean THEN
    RAISE EXCEPTION USING ERRCODE = 'read_only_sql_transaction', MESSAGE = 'the server takes no writes';
  END IF;
END $$
"""
"""Fails as a write would on a PostgreSQL server that is a standby or set to be read-only, and writes nothing."""


class PooledConnection(AsyncConnection):
    """A connection that goes back to its pool when its task is cancelled while it is taken from there.

    SQLAlchemy sets the isolation level at the end of that, which psycopg may be cancelled in; the connection would be
    left to the garbage collector, which cannot close it.
    """

    async def start(self, is_ctxmanager: bool = False) -> Self:  # noqa: FBT001, FBT002 - as it is inherited
        """Take a connection from the pool; a cancellation is raised once it was given back."""
        starting = asyncio.ensure_future(super().start(is_ctxmanager))
        try:
            await asyncio.shield(starting)
        except asyncio.CancelledError:
            await _ended(asyncio.ensure_future(self._let_go(starting)))
            raise
        return self

    async def _let_go(self, starting: asyncio.Future[Any]) -> None:
        await asyncio.wait({starting}, timeout=_LET_GO_WITHIN)
        starting.cancel()
        await asyncio.wait({starting}, timeout=_LET_GO_WITHIN)
        if starting.done() and not starting.cancelled() and starting.exception() is None:
            await self.close()


class ShieldedConnection(PooledConnection):
    """A connection to SQLite that lets a running statement finish when its task is cancelled.

    The thread that runs a statement is not cancelled, and a cursor whose rows are not fetched would keep the file
    locked until it is collected.
    """

    async def execute(self, *statement: Any, **options: Any) -> CursorResult[Any]:  # noqa: ANN401 - as it is inherited
        """Run a statement; a cancellation is raised after its end."""
        running = asyncio.ensure_future(super().execute(*statement, **options))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await _ended(running)
            running.exception()  # retrieved, so that asyncio does not report it as never retrieved
            raise


async def _ended(running: asyncio.Future[Any]) -> None:
    """Wait for the end of what a cancelled task began, however often that task is cancelled meanwhile.

    Each task group around a task cancels it once more. The caller raises the first cancellation.
    """
    while not running.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.wait({running})


def sqlite_engine(file: SqliteFile) -> AsyncEngine:
    """Make an engine whose transactions begin as the connection's option `SQLITE_BEGIN` says."""
    url = URL.create("sqlite+aiosqlite", database=file.path)
    engine = create_async_engine(url, pool_timeout=POOL_TIMEOUT, connect_args={"timeout": _SQLITE_LOCKED})

    def prepare(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - the driver's own objects
        dbapi_connection.isolation_level = None  # the driver would otherwise begin transactions by itself
        cursor = dbapi_connection.cursor()
        for pragma in (
            f"busy_timeout = {int(_SQLITE_LOCKED * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(SQLITE_BEGIN, "BEGIN"))

    event.listen(engine.sync_engine, "connect", prepare)
    event.listen(engine.sync_engine, "begin", begin)
    return engine
