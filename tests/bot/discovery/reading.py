"""A discovery over a stand-in Replicate and a database, whose clock moves to whatever is due next."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.accounts.account_services import AccountServices
from bot.discovery.discovery import Discovery
from bot.discovery.setup import discovery_of
from bot.replicate.client import Replicate
from bot.shared_rate_limit import SharedRateLimiter
from bot.store.database import Database
from bot.store.known_models import KnownModelStore
from bot.store.known_runs import KnownRunStore
from bot.store.rate_limits import Limit, RateLimitStore
from tests.bot.stored import Stored, stored
from tests.moved_clocks import PassingClock
from tests.sandbox.replicate.stand_in import StandInReplicate

ACME = "acme"
DAY = 86_400.0
A_MINUTE_S_CALLS = 1500
"""The default of REPLICATE_RATE_LIMIT."""


@dataclass
class Reading:
    """What reads, what it reads, and what it has found."""

    replicate: StandInReplicate
    clock: PassingClock
    stores: Stored
    limiter: SharedRateLimiter
    client: Replicate
    discovery: Discovery
    models: KnownModelStore
    runs: KnownRunStore

    def another(self) -> Discovery:
        """Another process's discovery on the same database."""
        return _discovery(self.client, self.limiter, self.stores.database, self.clock)

    async def all_due(self, seconds: float = 3600.0, *discoveries: Discovery) -> None:
        """Let discoveries take their steps in turn, until nothing more is due within so many seconds."""
        until = self.clock.now() + seconds
        while self.clock.now() < until:
            waits = [await one.step() for one in discoveries or (self.discovery,)]
            wait = min(until - self.clock.now() if wait is None else wait for wait in waits)
            self.clock.shift += max(0.0, min(wait, until - self.clock.now()))

    async def names(self) -> set[str]:
        """The names of all models that are known."""
        return {str(model.ref) for model in await self.models.search(ACME, "", 10_000)}


@contextlib.asynccontextmanager
async def reading(url: str) -> AsyncIterator[Reading]:
    """Open everything that a discovery needs, over the database at this address."""
    clock = PassingClock()
    now = lambda: datetime.fromtimestamp(clock.now(), UTC)  # noqa: E731 - it is one moving clock
    async with StandInReplicate(clock=now, vanish_after=1.0) as replicate, stored(url, clock) as stores:
        limit = Limit("replicate", A_MINUTE_S_CALLS, burst=10, longest_hold=120.0)
        limiter = SharedRateLimiter(RateLimitStore(stores.database), limit, clock)
        await limiter.start()
        async with Replicate(replicate.token, base_url=replicate.base_url, limiter=limiter) as client:
            database = stores.database
            discovery = _discovery(client, limiter, database, clock)
            models, runs = KnownModelStore(database), KnownRunStore(database)
            yield Reading(replicate, clock, stores, limiter, client, discovery, models, runs)
        await limiter.stop()


def _discovery(client: Replicate, limiter: SharedRateLimiter, database: Database, clock: PassingClock) -> Discovery:
    return discovery_of(ACME, AccountServices(client, limiter), database, clock)
