"""How many requests a day reading in the background may take: a small share of the rate limit."""

from __future__ import annotations

from bot.clock import Clock
from bot.replicate.rate_limit import RateLimiter, RateLimitRefusal, Urgency
from bot.store.rate_limits import Limit, RateLimitStore

_SHARE = 1 / 51
"""The share of the bot's own rate limit; of its default that is a little less than 1 % of Replicate's."""

_MOST_PER_MINUTE = 29.4
"""With the burst of a day, less than 1 % of the 3000 a minute that Replicate allows an account."""

_BURST_MINUTES = 10.0
"""Minutes of requests that may be sent at once after an idle time, so that a small account is known at once."""

DISCOVERY_LIMIT = "discovery"

PAUSE = 3600.0
"""Seconds for which nothing is read in the background after Replicate has refused such a request."""


class Pace:
    """A `RateLimiter` of its own in front of everybody's, shared by all processes on the database."""

    def __init__(
        self,
        per_minute: float,
        limiter: RateLimiter,
        rate_limits: RateLimitStore,
        clock: Clock,
        name: str = DISCOVERY_LIMIT,
    ) -> None:
        """Take a share of `per_minute`, the limit of `limiter`; `name` is that of the row in which it is counted."""
        own = min(_MOST_PER_MINUTE, per_minute * _SHARE)
        burst = max(1, int(own * _BURST_MINUTES))
        self._limit = Limit(name, own, burst, longest_hold=PAUSE)
        self._limiter = limiter
        self._rate_limits = rate_limits
        self._clock = clock

    async def until_free(self) -> float:
        """Return in how many seconds a request may be sent. Raises DatabaseUnavailable."""
        return await self._rate_limits.until_free(self._limit)

    async def pause(self) -> None:
        """Let no process read anything in the background for an hour. Raises DatabaseUnavailable."""
        await self._rate_limits.hold(self._limit, PAUSE)

    async def acquire(self, urgency: Urgency) -> None:
        """Wait for this limit and then for the other one. Raises what the other one raises, and DatabaseUnavailable."""
        taken = await self._rate_limits.take(self._limit)
        await self._clock.sleep(max(taken.waits))
        await self._limiter.acquire(urgency)

    async def hold(self, seconds: float) -> None:
        """Hold everybody's requests, as Replicate's answer is about the whole account."""
        await self._limiter.hold(seconds)

    async def refused(self, refusal: RateLimitRefusal) -> None:
        """Tell everybody's limiter."""
        await self._limiter.refused(refusal)
