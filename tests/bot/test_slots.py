"""The slots that all processes take from one row, also when the database's clock is set back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.store import SlotStore
from bot.store.slots import Limit
from tests.bot.stored import Stored, stored

LIMIT = Limit("replicate", 600, burst=10, longest_hold=120)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def test_a_clock_that_is_set_back(stores: Stored) -> None:
    """A database whose clock goes back by a day delays nobody by more than the longest hold and what may follow it."""
    slots = SlotStore(stores.database)
    stores.clock.shift = 86_400
    await slots.take(LIMIT)
    stores.clock.shift = 0
    [first] = await slots.take(LIMIT)
    assert first <= LIMIT.furthest
    stores.clock.shift = LIMIT.furthest
    later = await slots.take(LIMIT, 3)
    assert later[0] <= LIMIT.interval
    assert later[2] - later[0] == pytest.approx(2 * LIMIT.interval)


async def test_the_longest_hold(stores: Stored) -> None:
    """Whoever takes slots behind the longest hold gets each of them for itself, however many others do so."""
    slots = SlotStore(stores.database)
    await slots.hold(LIMIT, LIMIT.longest_hold)
    taken = [wait for _ in range(20) for wait in await slots.take(LIMIT, 8)]
    assert min(taken) > LIMIT.longest_hold - 10
    assert taken[-1] - taken[0] == pytest.approx(159 * LIMIT.interval, abs=10)
