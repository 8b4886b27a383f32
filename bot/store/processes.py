"""Which processes live on this database, and with which settings, by the database's clock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, inspect, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.in_force import Policy, Process
from bot.store.database import Database
from bot.store.tables import PROCESSES

LIFE = 30.0
"""Seconds after its last heartbeat for which a process counts as alive."""

_LOCK = 7_023_114_903
"""Of two processes that begin at once, the second sees the first. A number of PostgreSQL's advisory locks."""


class ProcessStore:
    """The rows of live processes. Raises DatabaseUnavailable when the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def beat(self, process: Process, policy: Policy) -> tuple[Process, ...]:
        """Note that a process is alive; return all that are, the one that has been so for longest first.

        One whose heartbeat ran out begins anew. A moment too far ahead was written before the clock was set back,
        and is brought back, so that a process which died then does not count for as long as that.
        """
        now = self._database.now
        alive = self._database.insert(PROCESSES).values(
            id=process.id,
            team_id=process.team_id,
            account=process.account,
            policy=policy.written,
            joined_at=now,
            live_until=now + LIFE,
        )
        async with self._database.writing() as connection:
            if self._database.is_postgres:
                await connection.execute(select(func.pg_advisory_xact_lock(_LOCK)))
            await connection.execute(delete(PROCESSES).where(PROCESSES.c.live_until <= now))
            await connection.execute(
                update(PROCESSES)
                .where(PROCESSES.c.live_until > now + LIFE)
                .values(live_until=now + LIFE, joined_at=now)
            )
            again = {"live_until": now + LIFE}
            await connection.execute(alive.on_conflict_do_update(index_elements=["id"], set_=again))
            return await self._read(connection)

    async def leave(self, process: Process) -> None:
        """Forget a process that ends."""
        async with self._database.writing() as connection:
            await connection.execute(delete(PROCESSES).where(PROCESSES.c.id == process.id))

    async def live(self) -> tuple[Process, ...]:
        """Return the processes that are alive, the one that has been so for longest first."""
        async with self._database.reading() as connection:
            return await self._read(connection)

    async def live_if_made(self) -> tuple[Process, ...]:
        """The same, and none where the tables have not been made: for those who only look."""
        async with self._database.reading() as connection:
            return await self._read(connection) if await connection.run_sync(_is_made) else ()

    async def _read(self, connection: AsyncConnection) -> tuple[Process, ...]:
        return tuple(_process_of(row) for row in await connection.execute(self._living()))

    def _living(self) -> Select[Any]:
        living = select(PROCESSES).where(PROCESSES.c.live_until > self._database.now)
        return living.order_by(PROCESSES.c.joined_at, PROCESSES.c.id)


def _is_made(connection: Connection) -> bool:
    return bool(inspect(connection).has_table(PROCESSES.name))


def _process_of(row: Row[Any]) -> Process:
    try:
        policy = Policy.read(row.policy)
    except (ValueError, KeyError, TypeError):
        policy = None
    return Process(row.id, row.team_id, row.account, policy)
