"""The engine of a PostgreSQL server. Imported only where the database is one, as it loads psycopg."""

from __future__ import annotations

import math
import time
from typing import Any

import psycopg
from sqlalchemy import ExceptionContext, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.database_url import PostgresServer
from bot.store.async_core import AsyncEngine, create_async_engine
from bot.store.connection_deadlines import Deadlines
from bot.store.driver_errors import is_read_only
from bot.store.engines import PING_WITHIN, POOL_TIMEOUT

_POOL_SIZE = 6
"""Connections to PostgreSQL that are kept, one of them to listen; there may be ten more for a while."""

_OPTIONS: dict[str, int] = {
    "connect_timeout": 4,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
"""How soon a path on which nothing arrives is noticed (https://www.postgresql.org/docs/current/libpq-connect.html)."""

_NO_PREPARED_STATEMENTS: dict[str, None] = {"prepare_threshold": None}
"""A pooler in transaction mode gives each transaction another server connection, which has not prepared the same.

See https://www.psycopg.org/psycopg3/docs/advanced/prepare.html#using-prepared-statements-with-pgbouncer.
"""

_IDLE_SINCE = "idle_since"
_FRESH = 15.0
"""Seconds of rest after which a connection may have been cut. An idle bot uses its connections more often."""


def postgres_engine(server: PostgresServer) -> AsyncEngine:
    """Make an engine that pings a connection before its use only if it was idle for a while.

    This is SQLAlchemy's "Custom / legacy pessimistic ping", on its page about connection pooling. At the first
    statement that is refused as read-only all connections are replaced: after a failover they lead to a server that
    is a standby now.
    """
    options = {**_OPTIONS, **server.connection_parameters(), **_NO_PREPARED_STATEMENTS}
    engine = create_async_engine(
        "postgresql+psycopg://", pool_size=_POOL_SIZE, pool_timeout=POOL_TIMEOUT, connect_args=options
    )
    dialect = engine.sync_engine.dialect

    pings = Deadlines(PING_WITHIN)

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
    event.listen(engine.sync_engine, "handle_error", _drop_read_only)
    return engine


def _drop_read_only(failure: ExceptionContext) -> None:
    """Have SQLAlchemy treat a connection that takes no writes as broken: it then drops all older ones too."""
    if is_read_only(failure.original_exception):
        failure.is_disconnect = True
