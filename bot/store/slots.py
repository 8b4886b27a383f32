"""Rate limits shared by every process on the database: one row each, the time of the next free slot."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite

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
    """A generic cell rate algorithm over one row: what one process takes, no other gets."""

    def __init__(self, database: Database, limit: Limit) -> None:
        self._database = database
        self._limit = limit

    async def take(self, count: int) -> tuple[float, ...]:
        """Take the next `count` slots; return in how many seconds each of them begins (0: now)."""
        interval = self._limit.interval
        now = self._database.now
        oldest = now - (self._limit.burst - 1) * interval
        begins = case((SLOTS.c.next_free > oldest, SLOTS.c.next_free), else_=oldest)
        insert = (postgresql if self._database.is_postgres else sqlite).insert(SLOTS)
        statement = (
            insert.values(name=self._limit.name, next_free=oldest + count * interval)
            .on_conflict_do_update(index_elements=["name"], set_={"next_free": begins + count * interval})
            .returning(SLOTS.c.next_free - self._database.now)
        )
        async with self._database.writing() as connection:
            until_free: float = (await connection.execute(statement)).scalar_one()
        first = until_free - count * interval
        return tuple(max(0.0, first + n * interval) for n in range(count))

    async def hold(self, seconds: float) -> None:
        """Let nobody have a slot for this long."""
        until = self._database.now + seconds
        later = case((SLOTS.c.next_free > until, SLOTS.c.next_free), else_=until)
        insert = (postgresql if self._database.is_postgres else sqlite).insert(SLOTS)
        statement = insert.values(name=self._limit.name, next_free=until).on_conflict_do_update(
            index_elements=["name"], set_={"next_free": later}
        )
        async with self._database.writing() as connection:
            await connection.execute(statement)
