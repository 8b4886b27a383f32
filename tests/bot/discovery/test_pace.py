"""How many requests a day reading in the background takes at most."""

from __future__ import annotations

import pytest

from bot.discovery.pace import PAUSE, Pace
from bot.replicate.rate_limit import Urgency
from bot.store.rate_limits import RateLimitStore
from tests.bot.replicate_clients import OpenPace
from tests.bot.stored import stored
from tests.moved_clocks import PassingClock

A_DAY_S_MINUTES = 24 * 60
BACKGROUND = Urgency.BACKGROUND


@pytest.mark.parametrize(("per_minute", "most"), [(3000, 30.0), (1500, 30.0), (60, 1.2)])
async def test_no_day_has_more_than_its_share(sqlite_url: str, per_minute: float, most: float) -> None:
    """After an idle time some go at once; these and a day of steady requests are less than `most` a minute."""
    clock = PassingClock()
    async with stored(sqlite_url, clock) as stores:
        pace = Pace(per_minute, OpenPace(), RateLimitStore(stores.database), clock)
        at_once = 0
        while await pace.until_free() == 0:
            await pace.acquire(BACKGROUND)
            at_once += 1
        await pace.acquire(BACKGROUND)
        began = clock.elapsed()
        for _ in range(30):
            await pace.acquire(BACKGROUND)
        steady = 30 / (clock.elapsed() - began) * 60
    assert at_once > 10
    assert at_once + steady * A_DAY_S_MINUTES < most * A_DAY_S_MINUTES


async def test_two_processes_share_one_pace(sqlite_url: str) -> None:
    """What one process sends, another one does not, and a pause holds both."""
    clock = PassingClock()
    async with stored(sqlite_url, clock) as stores:
        one, other = (Pace(60, OpenPace(), RateLimitStore(stores.database), clock) for _ in range(2))
        while await one.until_free() == 0:
            await one.acquire(BACKGROUND)
        assert await other.until_free() > 0
        await other.pause()
        assert await one.until_free() == pytest.approx(PAUSE, abs=5)
