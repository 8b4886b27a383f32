"""An account with little credit: one request a second and six a minute, whatever way Replicate tells so."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from bot.replicate.rate_limit import Urgency
from bot.replicate.types import Deletion
from bot.shared_rate_limit import SharedRateLimiter
from bot.store.rate_limits import Limit, RateLimitStore
from tests.bot.replicate_clients import FLUX, client_of
from tests.bot.stored import stored
from tests.moved_clocks import WatchedClock
from tests.sandbox.replicate.limit import BURST_OF_ONE, LOW_CREDIT, Limiter, Naming, Window
from tests.sandbox.replicate.stand_in import StandInReplicate

VERSIONS = 20
HELD = Limit("replicate", 1500, burst=10, longest_hold=120)


async def throttled(sqlite_url: str, limit: Limiter, rounds: int = 1) -> int:
    """Delete versions as the worker does, sixteen at once; return how many requests were refused."""
    clock = WatchedClock()
    replicate = StandInReplicate(clock=lambda: datetime.fromtimestamp(clock.now(), UTC), vanish_after=1e9)
    replicate.limiter = limit
    async with stored(sqlite_url, clock) as stores, replicate, clock.hurried(lambda: replicate.is_busy):
        limiter = SharedRateLimiter(RateLimitStore(stores.database), HELD, clock)
        await limiter.start()
        async with client_of(replicate, limiter=limiter) as client:
            in_flight = asyncio.Semaphore(16)

            async def delete(version_id: str) -> Deletion:
                async with in_flight:
                    return await client.at(Urgency.BULK).delete_version(FLUX, version_id)

            ids = replicate.add_model("acme/flux", versions=VERSIONS)
            for _ in range(rounds):
                began = clock.now()
                assert await asyncio.gather(*map(delete, ids)) == [Deletion.ACCEPTED] * VERSIONS
                assert clock.now() - began < VERSIONS * 60
        await limiter.stop()
    return limit.throttled


@pytest.mark.parametrize(
    ("naming", "windows"),
    [
        (Naming.HEADER, LOW_CREDIT),
        (Naming.RESET_EPOCH, LOW_CREDIT),
        (Naming.NOWHERE, LOW_CREDIT),
        (Naming.WORDS, BURST_OF_ONE),
    ],
)
async def test_nothing_is_given_up_and_few_requests_are_refused(
    sqlite_url: str, naming: Naming, windows: tuple[Window, ...]
) -> None:
    """However a 429 names the wait, everything is deleted in reasonable time, and few requests are refused."""
    limit = Limiter(3000, 100, windows=windows, naming=naming)
    assert await throttled(sqlite_url, limit) <= 35


async def test_a_rate_that_is_told_is_kept_to(sqlite_url: str) -> None:
    """Where a 429 tells the rate, hardly any follow those of the first requests."""
    limit = Limiter(3000, 100, windows=LOW_CREDIT, naming=Naming.BODY, tells_rate=True)
    assert await throttled(sqlite_url, limit, rounds=3) <= 25


async def test_headers_on_every_answer_spare_refusals(sqlite_url: str) -> None:
    """Where every answer says what is left, fewer requests are refused."""
    limit = Limiter(3000, 100, windows=LOW_CREDIT, naming=Naming.RESET, announces=True)
    assert await throttled(sqlite_url, limit) <= 20
