"""The slots that all processes take from one row, also when the database's clock is set back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.store.rate_limits import Limit, RateLimitStore
from tests.bot.stored import Stored, stored

LIMIT = Limit("replicate", 600, burst=10, longest_hold=120)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def test_a_database_clock_set_back_delays_nobody(stores: Stored) -> None:
    """A database whose clock goes back by a day delays nobody, and the limit holds from then on."""
    slots = RateLimitStore(stores.database)
    stores.clock.shift = 86_400
    await slots.hold(LIMIT, LIMIT.longest_hold)
    stores.clock.shift = 0
    assert (await slots.take(LIMIT)).waits == (0.0,)
    *_, before, last = (await slots.take(LIMIT, LIMIT.burst + 2)).waits
    assert last - before == pytest.approx(LIMIT.interval)
    assert last >= 2 * LIMIT.interval - 1


async def test_slots_behind_the_longest_hold_are_taken_once_each(stores: Stored) -> None:
    """Whoever takes slots behind the longest hold gets each of them for itself, however many others do so."""
    slots = RateLimitStore(stores.database)
    await slots.hold(LIMIT, LIMIT.longest_hold)
    taken = [wait for _ in range(20) for wait in (await slots.take(LIMIT, 8)).waits]
    assert min(taken) > LIMIT.longest_hold - 10
    assert taken[-1] - taken[0] == pytest.approx(159 * LIMIT.interval, abs=10)


async def test_slots_a_minute_apart_are_taken_once_each(stores: Stored) -> None:
    """Where one request a minute is let through, each of many processes has its own minute behind the longest hold."""
    slots, slow = RateLimitStore(stores.database), replace(LIMIT, per_minute=1, burst=1)
    await slots.hold(slow, slow.longest_hold)
    taken = [wait for _ in range(20) for wait in (await slots.take(slow)).waits]
    assert taken[-1] - taken[0] == pytest.approx(19 * slow.interval, abs=10)
