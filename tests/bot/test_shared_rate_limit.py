"""The pace that all processes keep together: while the database gives no slots, and how many are taken ahead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from itertools import pairwise

import pytest
from sqlalchemy import text

from bot.errors import DatabaseUnavailable, ReplicateHeld
from bot.replicate.rate_limit import RateLimitRefusal, Urgency
from bot.shared_rate_limit import SharedRateLimiter
from bot.store.database import Database
from bot.store.rate_limits import Limit, RateLimitStore
from tests.bot.stored import Stored, stored

LIMIT = Limit("replicate", 600, burst=10)
SLOWED = Limit("replicate", 1500, burst=10, longest_hold=120)


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
        limiter = SharedRateLimiter(RateLimitStore(stores.database), LIMIT, stores.clock)
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
        limiter = SharedRateLimiter(RateLimitStore(stores.database), LIMIT, stores.clock)
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
        limiter = SharedRateLimiter(slots, slow, stores.clock)
        waiting = {asyncio.create_task(limiter.acquire(Urgency.BULK)) for _ in range(5)}
        await asyncio.sleep(0)
        await limiter.start()
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        [next_free] = (await slots.take(slow)).waits
        await limiter.stop()
    assert next_free <= 2 * slow.interval
    for one in waiting:
        one.cancel()


@contextlib.asynccontextmanager
async def serving(stores: Stored, limit: Limit = LIMIT) -> AsyncIterator[SharedRateLimiter]:
    """Serve turns for as long as the block lasts."""
    limiter = SharedRateLimiter(RateLimitStore(stores.database), limit, stores.clock)
    await limiter.start()
    try:
        yield limiter
    finally:
        await limiter.stop()


def asked(limiter: SharedRateLimiter, *urgencies: Urgency) -> list[asyncio.Task[None]]:
    """Let so many wait for their turns."""
    return [asyncio.create_task(limiter.acquire(urgency)) for urgency in urgencies]


async def until(done: Callable[[], bool]) -> None:
    """Return once this is so."""
    async with asyncio.timeout(30):
        while not done():  # noqa: ASYNC110 - a limiter tells nobody that it has taken a slot
            await asyncio.sleep(0.01)


async def test_people_wait_for_the_end_of_a_hold(sqlite_url: str) -> None:
    """While Replicate asks to wait for a minute, people and deletions wait, and the outlook says for how long."""
    async with stored(sqlite_url) as stores, serving(stores) as limiter:
        await limiter.hold(60.0)
        person, deletion = asked(limiter, Urgency.INTERACTIVE, Urgency.BULK)
        await until(lambda: limiter.outlook().seconds > 30)
        assert limiter.outlook().seconds <= 61
        assert not limiter.outlook().is_limited
        stores.clock.shift += 61
        await asyncio.wait_for(asyncio.gather(person, deletion), 30)


async def test_a_hold_by_another_process_shows_in_the_outlook(any_url: str) -> None:
    """Also where another process was asked to wait, people wait, and their asking takes no further slots."""
    async with stored(any_url) as stores:
        slots = RateLimitStore(stores.database)
        await slots.hold(LIMIT, 60.0)
        async with serving(stores) as limiter:
            waiting = asked(limiter, *[Urgency.INTERACTIVE] * 50)
            await until(lambda: limiter.outlook().seconds > 30)
            [next_free] = (await slots.take(LIMIT)).waits
            for one in waiting:
                one.cancel()
    assert next_free <= 60 + 9 * LIMIT.interval


async def test_a_hold_delays_slots_taken_before_it(sqlite_url: str) -> None:
    """Slots taken when Replicate asked to wait are not used before that is over, and not all at once after it."""
    limit = Limit("replicate", 600, burst=1, longest_hold=120)
    async with stored(sqlite_url) as stores, serving(stores, limit) as limiter:
        waiting = asked(limiter, *[Urgency.BULK] * 4)
        await waiting[0]
        await limiter.hold(10.0)
        await asyncio.sleep(0)
        assert not waiting[1].done()
        stores.clock.shift += 10
        await asyncio.wait_for(waiting[1], 30)
        assert not waiting[2].done()
        await asyncio.wait_for(asyncio.gather(*waiting), 30)


STATEMENT = 0.5
"""Seconds by which two slots may be nearer, as a process learns of one only when the statement that took it ends."""


async def test_a_named_rate_is_kept_to_by_all_processes(any_url: str) -> None:
    """After a refusal that names six a minute all processes together send one request in ten seconds."""
    async with stored(any_url) as stores, serving(stores, SLOWED) as one, serving(stores, SLOWED) as other:
        await one.refused(RateLimitRefusal(5.0, per_minute=6.0))
        waiting = asked(other, *[Urgency.BULK] * 3) + asked(one, *[Urgency.BULK] * 3)
        sent_at: list[float] = []
        for task in waiting:
            task.add_done_callback(lambda _: sent_at.append(stores.clock.now()))
        while len(sent_at) < len(waiting):
            await asyncio.sleep(0.02)
            stores.clock.shift += 0.25
        assert other.outlook().is_limited
        assert one.interval == other.interval == pytest.approx(10.5, abs=0.1)
    assert min(later - earlier for earlier, later in pairwise(sent_at)) >= 10 - STATEMENT


async def test_refusals_in_a_row_slow_down_and_one_does_not(sqlite_url: str) -> None:
    """One refusal changes no rate, also where it is of many requests at once; another one soon after halves it."""
    async with stored(sqlite_url) as stores, serving(stores, SLOWED) as limiter:
        for _ in range(16):
            # All were sent before the first was refused, however long the database takes to note the others.
            await limiter.refused(RateLimitRefusal(1.0, sent_ago=60.0))
        assert limiter.interval == SLOWED.interval
        stores.clock.shift += 2
        await limiter.refused(RateLimitRefusal(1.0, sent_ago=0.5))
        assert limiter.interval == pytest.approx(2 * SLOWED.interval)
        stores.clock.shift += 1200
        assert limiter.interval == SLOWED.interval


async def test_slots_of_a_rate_that_another_process_lowered_are_not_used(sqlite_url: str) -> None:
    """A process that learns with its slots that another has slowed down takes new ones at the lower rate."""
    async with stored(sqlite_url) as stores, serving(stores, SLOWED) as one, serving(stores, SLOWED) as other:
        await one.refused(RateLimitRefusal(0.01, per_minute=6.0))
        waiting = asked(other, *[Urgency.BULK] * 3)
        await until(waiting[0].done)
        assert other.interval > 10
        assert not any(task.done() for task in waiting[1:])
        for task in waiting:
            task.cancel()


async def test_too_long_a_wait_is_refused_with_what_to_do(sqlite_url: str) -> None:
    """Where a turn is more than ten minutes away, a person is told so, why, and what makes it faster."""
    async with stored(sqlite_url) as stores, serving(stores, SLOWED) as limiter:
        await limiter.refused(RateLimitRefusal(60.0, per_minute=6.0))
        waiting = asked(limiter, *[Urgency.INTERACTIVE] * 70)
        await until(waiting[-1].done)
        with pytest.raises(ReplicateHeld, match=r"(?s)about 6 requests a minute.*payment method.*10 minutes"):
            await waiting[-1]
        assert 45 < sum(not task.done() for task in waiting) < 60
        for task in waiting:
            task.cancel()


async def test_headers_that_always_say_that_nothing_is_left_are_not_believed(sqlite_url: str) -> None:
    """Where every answer says that nothing is left for a minute, and nothing is refused, that is soon ignored."""
    async with stored(sqlite_url) as stores, serving(stores) as limiter:
        held = 0
        for _ in range(10):
            await limiter.acquire(Urgency.BULK)
            await limiter.hold(60.0)
            held += limiter.outlook().seconds > 1
            stores.clock.shift += 61
        assert held == 3
        await limiter.refused(RateLimitRefusal(1.0))
        stores.clock.shift += 2
        await limiter.hold(60.0)
        assert limiter.outlook().seconds > 1


async def test_an_answer_is_not_lost_when_the_database_notes_no_refusal(postgres_url: str) -> None:
    """While the database refuses everything about slots, a refusal by Replicate is kept to by this process alone."""
    async with stored(postgres_url) as stores, serving(stores) as limiter:
        async with slots_refused(stores.database):
            await limiter.refused(RateLimitRefusal(60.0, per_minute=6.0))
            await limiter.hold(60.0)
        [deletion] = asked(limiter, Urgency.BULK)
        await until(lambda: limiter.outlook().seconds > 30)
        assert not deletion.done()
        deletion.cancel()


async def test_nothing_is_read_in_the_background_of_a_limited_account(sqlite_url: str) -> None:
    """While Replicate's refusals have lowered the rate, background requests are not sent, and take no turn."""
    async with stored(sqlite_url) as stores, serving(stores) as limiter:
        await limiter.acquire(Urgency.BACKGROUND)
        await limiter.refused(RateLimitRefusal(1.0, per_minute=6.0))
        with pytest.raises(ReplicateHeld):
            await limiter.acquire(Urgency.BACKGROUND)
        stores.clock.shift += 3600
        await limiter.acquire(Urgency.BACKGROUND)


async def test_a_slow_pace_of_our_own_is_not_replicates(sqlite_url: str) -> None:
    """Where the settings themselves allow few requests, a person waits, and nobody says that Replicate is slow."""
    slow = Limit("replicate", 6, burst=10)
    async with stored(sqlite_url) as stores:
        await RateLimitStore(stores.database).take(slow, slow.burst + 3)
        async with serving(stores, slow) as limiter:
            [person] = asked(limiter, Urgency.INTERACTIVE)
            await until(lambda: limiter.outlook().seconds > 5)
            assert not limiter.outlook().is_limited
            assert not person.done()
            person.cancel()
