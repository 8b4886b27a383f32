"""How often and how long one request to Replicate is tried."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from dataclasses import dataclass

from bot.backoff import Backoff
from bot.durations import spell_duration
from bot.errors import ReplicateThrottled, ReplicateUnavailable
from bot.replicate.rate_limit import Urgency

MAX_HOLD = 120.0
"""Seconds. The limit is counted by the minute, so a longer wait is a mistake that must not stop everybody."""


_BACKOFF = Backoff(first=0.5, longest=10.0)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The limits of trying again. All times in seconds.

    `attempts` and `seconds` are for silence, 5xx and unreadable answers: how many attempts may fail so, and how long
    everything may take from the first sending on, waits included; only waiting for the rate limit does not count.
    A time to wait that Replicate names is added to the `backoff`; if that would exceed `seconds`, the request is
    given up at once.

    For interactive work a 429 is a failure like these. In bulk work it does not count as one: neither the attempt
    nor the wait after it uses up `attempts` or `seconds`. Of the time that Replicate names, at most 120 s are waited
    before the next attempt, plus the backoff by the number of 429s. The request is given up once such attempts and
    waits would exceed `throttled` in all.
    """

    attempts: int = 5
    seconds: float = 60.0
    throttled: float = 900.0
    backoff: Backoff = _BACKOFF

    def wait(self, failures: int, told: float | None) -> float:
        """Return the seconds to wait after so many failures; `told` is the wait that the last answer named."""
        return (told or 0.0) + self.backoff.wait(failures)


class RetryState:
    """The attempts of one request: the time left for them, and whether there is another."""

    def __init__(self, retry_policy: RetryPolicy, urgency: Urgency) -> None:
        self._policy = retry_policy
        self._is_bulk = urgency is Urgency.BULK
        self._now = asyncio.get_running_loop().time
        self._deadline = self._now() + retry_policy.seconds
        self._first_sent = self._last_sent = self._now()
        self._attempts = 0
        self._failures = 0
        self._throttles = 0
        self._throttled = 0.0
        self.told: float | None = None
        """The seconds Replicate's last answer asked to wait."""
        self.is_refused = False
        """Whether the rate limiter refused another attempt; then there is none."""

    async def wait_for(self, acquired: Awaitable[None]) -> None:
        """Wait for the rate limiter before an attempt; the deadline moves by the time that takes.

        An exception of the rate limiter ends the request.
        """
        began = self._now()
        try:
            await acquired
        except BaseException:
            self.is_refused = True
            raise
        self._last_sent = self._now()
        self._deadline += self._last_sent - began
        self._attempts += 1
        if self._attempts == 1:
            self._first_sent = self._last_sent
        self.told = None

    def time_left(self) -> asyncio.Timeout:
        """Return a context that raises TimeoutError once the time for the attempts is used up."""
        return asyncio.timeout_at(self._deadline)

    def next_wait(self, error: Exception) -> float | None:
        """Seconds until the next attempt, or None if this error is final or no attempt is left."""
        if self.is_refused or not isinstance(error, ReplicateThrottled | ReplicateUnavailable):
            return None
        if self._is_bulk and isinstance(error, ReplicateThrottled):
            return self._wait_out()
        return self._wait_again()

    def tried(self) -> str:
        """Return a sentence: how often and how long Replicate was asked, and how long it last asked to wait."""
        took = spell_duration(self._now() - self._first_sent)
        asked = "Asked once." if self._attempts == 1 else f"Asked {self._attempts} times in {took}."
        if not self.told:
            return asked
        return f"{asked} Replicate asks to wait {spell_duration(math.ceil(self.told))} before the next time."

    def _wait_again(self) -> float | None:
        self._failures += 1
        wait = self._policy.wait(self._failures, self.told)
        is_left = self._failures < self._policy.attempts and self._now() + wait < self._deadline
        return wait if is_left else None

    def _wait_out(self) -> float | None:
        """Wait as Replicate says, without using up the time for silence."""
        self._throttles += 1
        wait = self._policy.wait(self._throttles, min(MAX_HOLD, self.told or 0.0))
        spent = self._now() - self._last_sent + wait
        if self._throttled + spent > self._policy.throttled:
            return None
        self._throttled += spent
        self._deadline += spent
        return wait
