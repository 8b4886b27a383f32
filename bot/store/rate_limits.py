"""Rate limits shared by all processes on the database: one row per limit, with the time of the next free slot.

Where the service may lower a limit, its row also has the rate after the latest refusal.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, case, update

from bot.slowdown import Slowdown
from bot.store.database import Database
from bot.store.process_tables import RATE_LIMITS
from bot.store.slowdowns import slowdown_of

_MAX_QUEUE = 60.0
"""Seconds of slots that all processes together may have taken in advance; each process takes less than one second."""

_MAX_SLOW_QUEUE = 300.0
_MAX_SLOW_SLOTS = 32
"""The same for a limit that may be lowered: slots are then far apart, and each process takes one at a time.

The longer of the two counts: so many seconds, or so many slots, one for each process.
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """A named limit of `per_minute` slots a minute; up to `burst` unused slots may be taken at once.

    `longest_hold`: seconds for which the limit may be put on hold at most.
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
        queue = max(_MAX_SLOW_QUEUE, _MAX_SLOW_SLOTS * self.interval) if self.longest_hold else _MAX_QUEUE
        return self.longest_hold + max(queue, self.burst * self.interval)

    def slowed_by(self, slowdown: Slowdown | None, now: float) -> Limit:
        """Return the limit as it is at `now`, by the clock of the slowdown: while slowed, no slots are saved up."""
        if slowdown is None or not slowdown.holds(now, self.per_minute):
            return self
        return replace(self, per_minute=slowdown.rate(now), burst=1)


@dataclass(frozen=True, slots=True)
class Taken:
    """Slots, each of which begins in so many seconds (`waits`), the limit's slowdown, and the database's time."""

    waits: tuple[float, ...]
    slowdown: Slowdown | None
    now: float


class RateLimitStore:
    """The generic cell rate algorithm with one row per limit, so that no two processes get the same slot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limit: Limit, count: int = 1) -> Taken:
        """Take the next `count` slots; return in how many seconds each of them begins (0: now).

        A stored time more than `limit.furthest` ahead is from before the database's clock was set back; it is ignored.
        """
        now = self._database.now
        oldest, furthest = now - (limit.burst - 1) * limit.interval, now + limit.furthest
        begins = case((RATE_LIMITS.c.next_free.between(oldest, furthest), RATE_LIMITS.c.next_free), else_=oldest)
        taken = count * limit.interval
        row = await self._move(limit, oldest + taken, begins + taken)
        first = row.next_free - row.now - taken
        waits = tuple(max(0.0, first + n * limit.interval) for n in range(count))
        return Taken(waits, slowdown_of(row), row.now)

    async def until_free(self, limit: Limit) -> float:
        """Return in how many seconds the next slot begins, without taking it."""
        now = self._database.now
        begins = case((RATE_LIMITS.c.next_free <= now + limit.furthest, RATE_LIMITS.c.next_free), else_=now)
        wait = await self._database.seconds(self._database.until(begins, RATE_LIMITS.c.name == limit.name))
        return max(0.0, wait or 0.0)

    async def wait(self, *limits: Limit) -> None:
        """Take a slot of each limit, and sleep until all of them have begun."""
        waits = [wait for limit in limits for wait in (await self.take(limit)).waits]
        await asyncio.sleep(max(waits))

    async def wait_renewing(self, renew: Callable[[], Awaitable[None]], every: float, *limits: Limit) -> None:
        """Do the same while holding a lease: call `renew` every `every` seconds, and once more at the end.

        Raises what `renew` raises; the slots are then lost.
        """
        waits = [wait for limit in limits for wait in (await self.take(limit)).waits]
        left = max(waits)
        while left > 0:
            await asyncio.sleep(min(left, every))
            left -= every
            if left > 0:
                await renew()
        await renew()

    async def hold(self, limit: Limit, seconds: float) -> None:
        """Let no slot begin for this many seconds."""
        await self._move(limit, self._database.now + seconds, self._held(limit, seconds))

    async def refused(
        self, limit: Limit, seconds: float, slowed: Callable[[Slowdown | None, float], Slowdown]
    ) -> Taken:
        """Let no slot begin for this many seconds, and store the new slowdown; return it, without any slots.

        `slowed` makes it from the one before and the database's time, under the row's lock.
        """
        lock = (
            self._database.insert(RATE_LIMITS)
            .values(name=limit.name, next_free=self._database.now)
            .on_conflict_do_update(index_elements=["name"], set_={"name": limit.name})
            .returning(*RATE_LIMITS.c, self._database.now.label("now"))
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(lock)).one()
            after = slowed(slowdown_of(row), row.now)
            changes = {
                "next_free": self._held(limit, seconds),
                "per_minute": after.per_minute,
                "slowed_at": after.since,
            }
            await connection.execute(update(RATE_LIMITS).where(RATE_LIMITS.c.name == limit.name).values(changes))
        return Taken((), after, row.now)

    def _held(self, limit: Limit, seconds: float) -> ColumnElement[float]:
        """Return the next free slot after a hold; a longer hold stays."""
        until, furthest = self._database.now + seconds, self._database.now + limit.furthest
        return case((RATE_LIMITS.c.next_free.between(until, furthest), RATE_LIMITS.c.next_free), else_=until)

    async def _move(self, limit: Limit, first: ColumnElement[float], later: ColumnElement[float]) -> Row[Any]:
        """Set the next free slot to `later`, or `first` for a new limit; return the row, and the time as `now`."""
        statement = (
            self._database.insert(RATE_LIMITS)
            .values(name=limit.name, next_free=first)
            .on_conflict_do_update(index_elements=["name"], set_={"next_free": later})
            .returning(*RATE_LIMITS.c, self._database.now.label("now"))
        )
        async with self._database.single() as connection:
            return (await connection.execute(statement)).one()
