"""Rate limits shared by every process on the database: one row each, the time of the next free slot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case

from bot.store.database import Database
from bot.store.tables import RATE_LIMITS

_MAX_QUEUE = 60.0
"""Seconds' worth of slots that all processes together may have taken ahead; each of them takes under a second's."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many a minute, under one name; `burst` unused slots may be made up for at once.

    `longest_hold` is for how many seconds it may be held at most.
    """

    name: str
    per_minute: float
    burst: int = 1
    longest_hold: float = 0.0

    @property
    def interval(self) -> float:
        """Seconds between two slots."""
        return 60.0 / self.per_minute

    @property
    def furthest(self) -> float:
        """Seconds that the next free slot can lie ahead: behind the longest hold, and what others have taken then."""
        return self.longest_hold + max(_MAX_QUEUE, self.burst * self.interval)


class RateLimitStore:
    """A generic cell rate algorithm, one row a limit: what one process takes, no other gets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limit: Limit, count: int = 1) -> tuple[float, ...]:
        """Take the next `count` slots; return in how many seconds each of them begins (0: now).

        A time further ahead than `limit.furthest` is from before the database's clock was set back, and counts as over.
        """
        now = self._database.now
        oldest, furthest = now - (limit.burst - 1) * limit.interval, now + limit.furthest
        begins = case((RATE_LIMITS.c.next_free.between(oldest, furthest), RATE_LIMITS.c.next_free), else_=oldest)
        taken = count * limit.interval
        until_free = await self._move(limit, oldest + taken, begins + taken)
        first = until_free - taken
        return tuple(max(0.0, first + n * limit.interval) for n in range(count))

    async def wait(self, *limits: Limit) -> None:
        """Take a slot of each limit, and return once all of them have begun."""
        waits = [wait for limit in limits for wait in await self.take(limit)]
        await asyncio.sleep(max(waits))

    async def wait_renewing(self, renew: Callable[[], Awaitable[None]], every: float, *limits: Limit) -> None:
        """The same for the holder of a lease: `renew` it every so many seconds, and once more at the end.

        Raises what `renew` raises; the slots are lost then.
        """
        waits = [wait for limit in limits for wait in await self.take(limit)]
        left = max(waits)
        while left > 0:
            await asyncio.sleep(min(left, every))
            left -= every
            if left > 0:
                await renew()
        await renew()

    async def hold(self, limit: Limit, seconds: float) -> None:
        """Let nobody have a slot for this long."""
        until, furthest = self._database.now + seconds, self._database.now + limit.furthest
        longer = RATE_LIMITS.c.next_free.between(until, furthest)
        await self._move(limit, until, case((longer, RATE_LIMITS.c.next_free), else_=until))

    async def _move(self, limit: Limit, first: ColumnElement[float], later: ColumnElement[float]) -> float:
        """Set the time of the next free slot, to `first` for a new limit; return in how many seconds that is."""
        statement = (
            self._database.insert(RATE_LIMITS)
            .values(name=limit.name, next_free=first)
            .on_conflict_do_update(index_elements=["name"], set_={"next_free": later})
            .returning(RATE_LIMITS.c.next_free - self._database.now)
        )
        async with self._database.single() as connection:
            seconds: float = (await connection.execute(statement)).scalar_one()
        return seconds
