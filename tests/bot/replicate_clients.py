"""Clients of a stand-in Replicate that do not make a test wait, and a pace that can be looked at."""

from __future__ import annotations

from bot.backoff import Backoff
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import RateLimiter, RateLimitRefusal, Urgency
from bot.replicate.retries import RetryPolicy
from tests.sandbox.replicate.stand_in import StandInReplicate

FLUX = ModelRef("acme", "flux")
QUICK = RetryPolicy(attempts=3, seconds=30, backoff=Backoff(0.001, 0.004))


class OpenPace:
    """A pace that holds nobody back and remembers who came and how long it was told to hold."""

    def __init__(self) -> None:
        self.turns: list[Urgency] = []
        self.holds: list[float] = []
        self.refusals: list[RateLimitRefusal] = []

    async def acquire(self, urgency: Urgency) -> None:
        """At once."""
        self.turns.append(urgency)

    async def hold(self, seconds: float) -> None:
        """Only remembered."""
        self.holds.append(seconds)

    async def refused(self, refusal: RateLimitRefusal) -> None:
        """Only remembered."""
        self.refusals.append(refusal)
        self.holds.append(refusal.seconds)


def client_of(
    stand_in: StandInReplicate,
    *,
    retry_policy: RetryPolicy = QUICK,
    limiter: RateLimiter | None = None,
    timeout: float = 20,
) -> Replicate:
    """A client of this stand-in, which tries three times with waits of milliseconds."""
    return Replicate(
        stand_in.token,
        base_url=stand_in.base_url,
        retry_policy=retry_policy,
        limiter=limiter or OpenPace(),
        timeout=timeout,
    )
