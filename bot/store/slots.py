"""Rate limits shared by every process on the database: one row each, the time of the next free slot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case

from bot.store.database import Database
from bot.store.tables import SLOTS


@dataclass(frozen=True, slots=True)
class Limit:
    """So many a minute, under one name; `burst` unused slots may be made up for at once."""

    name: str
    per_minute: float
    burst: int = 1

    @property
    def interval(self) -> float:
        """Seconds between two slots."""
        return 60.0 / self.per_minute


class SlotStore:
    """A generic cell rate algorithm, one row a limit: what one process takes, no other gets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limit: Limit, count: int = 1) -> tuple[float, ...]:
        """Take the next `count` slots; return in how many seconds each of them begins (0: now)."""
        now = self._database.now
        oldest = now - (limit.burst - 1) * limit.interval
        begins = case((SLOTS.c.next_free > oldest, SLOTS.c.next_free), else_=oldest)
        taken = count * limit.interval
        until_free = await self._move(limit, oldest + taken, begins + taken)
        first = until_free - taken
        return tuple(max(0.0, first + n * limit.interval) for n in range(count))

    async def wait(self, *limits: Limit) -> None:
        """Take a slot of each limit, and return once all of them have begun."""
        waits = [wait for limit in limits for wait in await self.take(limit)]
        await asyncio.sleep(max(waits))

    async def hold(self, limit: Limit, seconds: float) -> None:
        """Let nobody have a slot for this long."""
        until = self._database.now + seconds
        await self._move(limit, until, case((SLOTS.c.next_free > until, SLOTS.c.next_free), else_=until))

    async def _move(self, limit: Limit, first: ColumnElement[float], later: ColumnElement[float]) -> float:
        """Set the time of the next free slot, to `first` for a new limit; return in how many seconds that is."""
        statement = (
            self._database.insert(SLOTS)
            .values(name=limit.name, next_free=first)
            .on_conflict_do_update(index_elements=["name"], set_={"next_free": later})
            .returning(SLOTS.c.next_free - self._database.now)
        )
        async with self._database.single() as connection:
            seconds: float = (await connection.execute(statement)).scalar_one()
        return seconds
