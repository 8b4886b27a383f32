"""The pace that all processes keep together: while the database gives no slots, and how many are taken ahead."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.errors import DatabaseUnavailable, ReplicateHeld
from bot.replicate.rate_limit import Urgency
from bot.shared_rate_limit import SharedRateLimiter
from bot.store import Database, RateLimitStore
from bot.store.rate_limits import Limit
from tests.bot.stored import stored

LIMIT = Limit("replicate", 600, burst=10)


@contextlib.asynccontextmanager
async def slots_refused(database: Database) -> AsyncIterator[None]:
    """Let PostgreSQL refuse every statement about slots for as long as the block lasts, though it answers."""
    await _rename(database, "slots", "slots_away")
    try:
        yield
    finally:
        await _rename(database, "slots_away", "slots")


async def _rename(database: Database, old: str, new: str) -> None:
    async with database.writing() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def test_a_refusal_by_the_database_is_survived(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """While the database refuses slots, people are told and the worker waits; afterwards everybody is served again."""
    async with stored(postgres_url) as stores:
        limiter = SharedRateLimiter(RateLimitStore(stores.database), LIMIT)
        await limiter.start()
        async with slots_refused(stores.database):
            deletion = asyncio.create_task(limiter.acquire(Urgency.BULK))
            with pytest.raises(DatabaseUnavailable, match="nothing was changed"):
                await limiter.acquire(Urgency.INTERACTIVE)
            assert not deletion.done()
        await deletion
        await limiter.acquire(Urgency.INTERACTIVE)
        await limiter.stop()
    assert "gave no slots" in caplog.text
    assert "UndefinedTable" in caplog.text


async def test_a_pace_can_be_stopped_while_slots_are_refused(postgres_url: str) -> None:
    """A pace that the database refuses slots at the moment stops like any other."""
    async with stored(postgres_url) as stores:
        limiter = SharedRateLimiter(RateLimitStore(stores.database), LIMIT)
        await limiter.start()
        async with slots_refused(stores.database):
            with pytest.raises(DatabaseUnavailable):
                await limiter.acquire(Urgency.INTERACTIVE)
            await limiter.stop()


async def test_slots_are_taken_shortly_before_they_begin(sqlite_url: str) -> None:
    """However many wait, no slot is taken long before it begins: a hold by another process comes too late for one."""
    slow = Limit("replicate", 6)
    async with stored(sqlite_url) as stores:
        slots = RateLimitStore(stores.database)
        limiter = SharedRateLimiter(slots, slow)
        waiting = {asyncio.create_task(limiter.acquire(Urgency.BULK)) for _ in range(5)}
        await asyncio.sleep(0)
        await limiter.start()
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        [next_free] = await slots.take(slow)
        await limiter.stop()
    assert next_free <= 2 * slow.interval
    for one in waiting:
        one.cancel()


@contextlib.asynccontextmanager
async def serving(slots: RateLimitStore, limit: Limit = LIMIT) -> AsyncIterator[SharedRateLimiter]:
    """Serve turns for as long as the block lasts."""
    limiter = SharedRateLimiter(slots, limit)
    await limiter.start()
    try:
        yield limiter
    finally:
        await limiter.stop()


async def test_a_hold_turns_people_away(sqlite_url: str) -> None:
    """While Replicate asks to wait for a minute, people are told so at once, also who waited before; deletions wait."""
    async with stored(sqlite_url) as stores:
        slots = RateLimitStore(stores.database)
        await slots.hold(LIMIT, 2.0)
        async with serving(slots) as limiter:
            before = [asyncio.create_task(limiter.acquire(urgency)) for urgency in (Urgency.INTERACTIVE, Urgency.BULK)]
            await asyncio.sleep(0)
            await limiter.hold(60.0)
            with pytest.raises(ReplicateHeld, match="nothing for another 1 min, so it was not asked"):
                await before[0]
            with pytest.raises(ReplicateHeld):
                await limiter.acquire(Urgency.INTERACTIVE)
            assert not before[1].done()
            before[1].cancel()


async def test_a_hold_by_another_process_turns_people_away(any_url: str) -> None:
    """Also where another process was asked to wait, people are told so, and their asking takes no further slots."""
    async with stored(any_url) as stores:
        slots = RateLimitStore(stores.database)
        await slots.hold(LIMIT, 60.0)
        async with serving(slots) as limiter:
            for _ in range(50):
                with pytest.raises(ReplicateHeld):
                    await limiter.acquire(Urgency.INTERACTIVE)
            [next_free] = await slots.take(LIMIT)
    assert next_free <= 60 + 2 * LIMIT.interval


async def test_a_short_hold_is_waited_out(sqlite_url: str) -> None:
    """Where Replicate asks to wait only briefly, a person is served after that, and not before."""
    async with stored(sqlite_url) as stores, serving(RateLimitStore(stores.database)) as limiter:
        await limiter.hold(0.5)
        held_until = limiter._held_until
        await limiter.acquire(Urgency.INTERACTIVE)
        assert time.monotonic() >= held_until > 0


async def test_a_hold_delays_slots_taken_before_it(sqlite_url: str) -> None:
    """Slots that this process had taken when Replicate asked to wait are not used before the wait is over."""
    limit = Limit("replicate", 600, burst=1)
    async with stored(sqlite_url) as stores, serving(RateLimitStore(stores.database), limit) as limiter:
        waiting = [asyncio.create_task(limiter.acquire(Urgency.BULK)) for _ in range(4)]
        await waiting[0]
        await limiter.hold(1.0)
        held_until = limiter._held_until
        await waiting[1]
        assert time.monotonic() >= held_until
        await asyncio.gather(*waiting)


async def test_a_slow_pace_is_no_hold(sqlite_url: str) -> None:
    """Where the slots of a slow pace are taken for half a minute ahead, a person waits: nobody asked for a hold."""
    slow = Limit("replicate", 6, burst=10)
    async with stored(sqlite_url) as stores:
        slots = RateLimitStore(stores.database)
        await slots.take(slow, slow.burst + 3)
        async with serving(slots, slow) as limiter:
            person = asyncio.create_task(limiter.acquire(Urgency.INTERACTIVE))
            while not limiter._begins_at:  # noqa: ASYNC110 - the pace tells nobody that it has taken a slot
                await asyncio.sleep(0.01)
            await asyncio.sleep(0)
            assert not person.done()
            person.cancel()
