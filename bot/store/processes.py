"""The processes that use the database, each with its policy and a heartbeat."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, inspect, select, update

from bot.served_accounts import ServedAccounts
from bot.store.database import Database
from bot.store.process_tables import PROCESSES

LIVES_FOR = 45.0
"""Seconds after its last heartbeat for which a process counts as live."""

_DELETED_AFTER = 3600.0
_CLOCK_TOLERANCE = 1.0


@dataclass(frozen=True, slots=True)
class LiveProcess:
    """A process: its Replicate accounts as `ServedAccounts` writes them, its Slack workspace, and its stored policy."""

    account: str
    team_id: str
    policy: str

    @property
    def serves(self) -> ServedAccounts:
        """The accounts that it works for, as far as it knows them."""
        return ServedAccounts.parse(self.account)


class ProcessStore:
    """Stores heartbeats. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._id = secrets.token_hex(8)

    async def beat(self, own: LiveProcess) -> None:
        """Store a heartbeat of this process, and delete those of processes that died long ago.

        A heartbeat in the future was written before the database's clock was set back. It is set to the current time;
        otherwise a process that has died would count as live until the clock has caught up.
        """
        now = self._database.now
        values = {"account": own.account, "team_id": own.team_id, "policy": own.policy, "seen_at": now}
        beating = self._database.insert(PROCESSES).values(id=self._id, **values)
        async with self._database.writing() as connection:
            await connection.execute(delete(PROCESSES).where(PROCESSES.c.seen_at < now - _DELETED_AFTER))
            ahead = update(PROCESSES).where(PROCESSES.c.seen_at > now + _CLOCK_TOLERANCE)
            await connection.execute(ahead.values(seen_at=now))
            await connection.execute(beating.on_conflict_do_update(index_elements=["id"], set_=values))

    async def others(self) -> tuple[LiveProcess, ...]:
        """Return the other live processes; equal ones are returned once."""
        live = PROCESSES.c.seen_at > self._database.now - LIVES_FOR
        columns = (PROCESSES.c.account, PROCESSES.c.team_id, PROCESSES.c.policy)
        statement = select(*columns).where(live, PROCESSES.c.id != self._id).distinct()
        async with self._database.reading() as connection:
            return tuple(LiveProcess(*row) for row in await connection.execute(statement))

    async def count_live(self) -> int:
        """Return how many processes are live, this one included."""
        live = PROCESSES.c.seen_at > self._database.now - LIVES_FOR
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).where(live))).scalar_one()

    async def others_if_made(self) -> tuple[LiveProcess, ...]:
        """Return the same, or nothing if the tables do not exist; for callers that must not create them."""
        async with self._database.reading() as connection:
            is_made = await connection.run_sync(_is_made)
        return await self.others() if is_made else ()

    async def count_live_if_made(self) -> int:
        """Return how many processes are live, 0 if the tables do not exist."""
        async with self._database.reading() as connection:
            is_made = await connection.run_sync(_is_made)
        return await self.count_live() if is_made else 0

    async def leave(self) -> None:
        """Delete this process's heartbeat, as it is ending."""
        async with self._database.writing() as connection:
            await connection.execute(delete(PROCESSES).where(PROCESSES.c.id == self._id))


def _is_made(connection: Connection) -> bool:
    return bool(inspect(connection).has_table(PROCESSES.name))
