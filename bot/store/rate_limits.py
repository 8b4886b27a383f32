"""Rate limits shared by all processes on the database: one row per limit, with the time of the next free slot."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, case

from bot.store.database import Database
from bot.store.tables import RATE_LIMITS

_MAX_QUEUE = 60.0
"""Seconds of slots that all processes together may have taken in advance; each process takes less than one second."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A named limit of `per_minute` slots a minute; up to `burst` unused slots may be taken at once.

    `longest_hold` is the maximum of seconds for which the limit may be put on hold.
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
        """Seconds that the next free slot can be in the future: the longest hold, plus slots taken in advance."""
        return self.longest_hold + max(_MAX_QUEUE, self.burst * self.interval)


class RateLimitStore:
    """The generic cell rate algorithm with one row per limit, so that no two processes get the same slot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limit: Limit, count: int = 1) -> tuple[float, ...]:
        """Take the next `count` slots; return in how many seconds each of them begins (0: now).

        A stored time more than `limit.furthest` ahead is from before the database's clock was set back; it is ignored.
        """
        now = self._database.now
        oldest, furthest = now - (limit.burst - 1) * limit.interval, now + limit.furthest
        begins = case((RATE_LIMITS.c.next_free.between(oldest, furthest), RATE_LIMITS.c.next_free), else_=oldest)
        taken = count * limit.interval
        until_free = await self._move(limit, oldest + taken, begins + taken)
        first = until_free - taken
        return tuple(max(0.0, first + n * limit.interval) for n in range(count))

    async def wait(self, *limits: Limit) -> None:
        """Take a slot of each limit, and sleep until all of them have begun."""
        waits = [wait for limit in limits for wait in await self.take(limit)]
        await asyncio.sleep(max(waits))

    async def wait_renewing(self, renew: Callable[[], Awaitable[None]], every: float, *limits: Limit) -> None:
        """Do the same while holding a lease: call `renew` every `every` seconds, and once more at the end.

        Raises what `renew` raises; the slots are then lost.
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
        """Let no slot begin for this many seconds."""
        until, furthest = self._database.now + seconds, self._database.now + limit.furthest
        longer = RATE_LIMITS.c.next_free.between(until, furthest)
        await self._move(limit, until, case((longer, RATE_LIMITS.c.next_free), else_=until))

    async def _move(self, limit: Limit, first: ColumnElement[float], later: ColumnElement[float]) -> float:
        """Set the next free slot to `later`, or `first` for a new limit; return in how many seconds that is."""
        statement = (
            self._database.insert(RATE_LIMITS)
            .values(name=limit.name, next_free=first)
            .on_conflict_do_update(index_elements=["name"], set_={"next_free": later})
            .returning(RATE_LIMITS.c.next_free - self._database.now)
        )
        async with self._database.single() as connection:
            seconds: float = (await connection.execute(statement)).scalar_one()
        return seconds
