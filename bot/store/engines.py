"""Engines: how to connect to each kind of database, and for how long to wait for it."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import psycopg
from sqlalchemy import Connection, CursorResult, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store.connection_deadlines import Deadlines

ANSWER_WITHIN, _PING_WITHIN, _POOL_TIMEOUT, _SQLITE_LOCKED = 5.0, 2.0, 3.0, 5.0
"""Seconds. Together with the time to connect they stay below the 10 s in which people get an answer."""

_POSTGRES_OPTIONS = {
    "connect_timeout": 4,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How soon a path on which nothing arrives is noticed (https://www.postgresql.org/docs/current/libpq-connect.html)."""

_IDLE_SINCE = "idle_since"
_FRESH = 15.0
"""Seconds of idleness after which a connection may have been cut; those of a bot at rest are used sooner again."""

SQLITE_BEGIN = "sqlite_begin"


class ShieldedConnection(AsyncConnection):
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
            await asyncio.wait({running})
            running.exception()  # retrieved, so that asyncio does not report it as never retrieved
            raise


def postgres_engine(url: str) -> AsyncEngine:
    """Make an engine that looks whether a connection still lives when it was idle, rather than at every use.

    The way to do so is SQLAlchemy's ("Custom / legacy pessimistic ping", in its page on connection pooling).
    """
    given = make_url(url).query
    options = {name: value for name, value in _POSTGRES_OPTIONS.items() if name not in given}
    engine = create_async_engine(url, pool_timeout=_POOL_TIMEOUT, connect_args=options)
    dialect = engine.sync_engine.dialect

    pings = Deadlines(_PING_WITHIN)

    def given_back(_dbapi_connection: Any, record: ConnectionPoolEntry) -> None:  # noqa: ANN401 - the driver's own
        record.info[_IDLE_SINCE] = time.monotonic()

    def taken(dbapi_connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:  # noqa: ANN401 - as above
        if time.monotonic() - record.info.get(_IDLE_SINCE, math.inf) < _FRESH:
            return
        try:
            with pings.of(getattr(dbapi_connection, "driver_connection", None)):
                dialect.do_ping(dbapi_connection)
        except psycopg.Error as exc:
            raise DisconnectionError from exc

    event.listen(engine.sync_engine, "checkin", given_back)
    event.listen(engine.sync_engine, "checkout", taken)
    return engine


def sqlite_engine(url: str) -> AsyncEngine:
    """Make an engine whose transactions begin as the connection's option `SQLITE_BEGIN` says."""
    engine = create_async_engine(url, pool_timeout=_POOL_TIMEOUT, connect_args={"timeout": _SQLITE_LOCKED})

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
