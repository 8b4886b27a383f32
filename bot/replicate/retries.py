"""How often and how long one request to Replicate is tried."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable
from dataclasses import dataclass

from bot.backoff import Backoff
from bot.durations import spell_duration
from bot.errors import ReplicateThrottled, ReplicateUnavailable, ReplicateUnreachable
from bot.replicate.rate_limit import Urgency

MAX_HOLD = 120.0
"""Seconds a 429 may hold requests. The limit is counted by the minute: a longer wait is a mistake of the answer."""

MAX_ANNOUNCED = 60.0
"""Seconds that headers of other answers may hold requests by saying that none are left."""

MAX_PERSON_WAIT = 600.0
"""Seconds for which a person waits at most for an answer that Replicate's limit delays."""

_BACKOFF = Backoff(first=0.5, longest=10.0)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The limits of trying again. All times in seconds.

    `attempts` and `seconds` are for missing answers, 5xx and unreadable ones: how many attempts may fail, and how long
    everything may take from the first sending on, waits included; only waiting for the rate limit does not count.
    A time to wait that such an answer names is added to the `backoff`; if that would exceed `seconds`, the request is
    given up at once.

    A 429 is none of these: the rate limiter pauses everybody, and the request waits for its turn like any other.
    Bulk work is never given up because of 429s. An interactive request is, `throttled` seconds after its first one.
    What is read in the background is not tried again at all: it can be read at another time.
    """

    attempts: int = 5
    seconds: float = 60.0
    throttled: float = MAX_PERSON_WAIT
    backoff: Backoff = _BACKOFF

    def wait(self, failures: int, told: float | None) -> float:
        """Return the seconds to wait after so many failures; `told` is the wait that the last answer named."""
        return (told or 0.0) + self.backoff.wait(failures)


class RetryState:
    """The attempts of one request: the time left for them, and whether there is another."""

    def __init__(self, retry_policy: RetryPolicy, urgency: Urgency) -> None:
        self._policy = retry_policy
        self._urgency = urgency
        self._now = asyncio.get_running_loop().time
        self._deadline = self._now() + retry_policy.seconds
        self._first_sent = self._last_sent = self._now()
        self._attempts = 0
        self._failures = 0
        self._first_throttled: float | None = None
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

    @property
    def sent_ago(self) -> float:
        """Seconds since the last attempt was sent."""
        return self._now() - self._last_sent

    def time_left(self) -> asyncio.Timeout:
        """Return a context that raises TimeoutError once the time for the attempts is used up."""
        return asyncio.timeout_at(self._deadline)

    def next_wait(self, error: Exception) -> float | None:
        """Seconds until the next attempt, or None if this error is final or no attempt is left."""
        if self.is_refused or self._urgency is Urgency.BACKGROUND or isinstance(error, ReplicateUnreachable):
            return None
        if not isinstance(error, ReplicateThrottled | ReplicateUnavailable):
            return None
        return self._wait_out() if isinstance(error, ReplicateThrottled) else self._wait_again()

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
        """Wait for the rate limiter alone, without using up the time for other failures."""
        now = self._now()
        self._deadline += now - self._last_sent
        if self._first_throttled is None:
            self._first_throttled = now
        is_over = self._urgency is Urgency.INTERACTIVE and now - self._first_throttled >= self._policy.throttled
        return None if is_over else 0.0
