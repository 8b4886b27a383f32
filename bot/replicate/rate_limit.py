"""The rate limit: when the next request to Replicate may be sent."""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from dataclasses import dataclass
from typing import Protocol

from bot.slowdown import Slowdown, after_refusal


class Urgency(enum.IntEnum):
    """The priority of a request: lower values go first."""

    INTERACTIVE = 0
    """A person waits for a preview."""
    BULK = 1
    """The worker deletes."""
    BACKGROUND = 2
    """Nobody waits: such a request is sent only while no other waits for its turn, and is tried once."""


@dataclass(frozen=True, slots=True)
class RateLimitRefusal:
    """A 429: `seconds` to wait, how many seconds ago its request was sent, and the rate a minute if it names one."""

    seconds: float
    sent_ago: float = 0.0
    per_minute: float | None = None


class RateLimiter(Protocol):
    """Grants permission to send requests, one at a time, within the account's rate limit."""

    async def acquire(self, urgency: Urgency) -> None:
        """Wait until one request may be sent; may raise instead if the wait is too long for a person."""

    async def hold(self, seconds: float) -> None:
        """Pause all requests for this many seconds, because Replicate says that no more are left until then."""

    async def refused(self, refusal: RateLimitRefusal) -> None:
        """Pause all requests after a 429, and slow down if 429s come in a row. The next attempt only acquires again."""


class AcquireQueue:
    """The queue for permits: interactive requests first, but at most every other permit while deletions wait.

    However many commands come at once, they can only halve the speed of deletions, not stop them. Background requests
    go last. Within one urgency the queue is first in, first out.
    """

    def __init__(self) -> None:
        self._waiting: dict[Urgency, deque[asyncio.Future[None]]] = {urgency: deque() for urgency in Urgency}
        self._last: Urgency | None = None

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def count(self, urgency: Urgency) -> int:
        """Return how many of one urgency wait."""
        return sum(not granted.done() for granted in self._waiting[urgency])

    def join(self, urgency: Urgency) -> asyncio.Future[None]:
        """Join the queue; the returned future completes when the permit is granted."""
        granted = asyncio.get_running_loop().create_future()
        self._waiting[urgency].append(granted)
        return granted

    def grant(self) -> bool:
        """Grant a permit to the next waiter that has not been cancelled; return False if there is none."""
        for urgency in self._order():
            queue = self._waiting[urgency]
            while queue:
                granted = queue.popleft()
                if not granted.done():
                    self._last = urgency
                    granted.set_result(None)
                    return True
        return False

    def reject(self, urgency: Urgency, reason: Exception) -> None:
        """Fail all waiters of one urgency with this exception."""
        for granted in self._waiting[urgency]:
            if not granted.done():
                granted.set_exception(reason)
        self._waiting[urgency].clear()

    def drop_cancelled(self) -> bool:
        """Remove cancelled waiters; return whether any waiter is left."""
        for urgency, queue in self._waiting.items():
            self._waiting[urgency] = deque(granted for granted in queue if not granted.done())
        return len(self) > 0

    def _order(self) -> tuple[Urgency, ...]:
        person, bulk = Urgency.INTERACTIVE, Urgency.BULK
        first = (bulk, person) if self._last is person else (person, bulk)
        return (*first, Urgency.BACKGROUND)


class LocalRateLimiter:
    """A rate limiter for one event loop: at most `per_minute` requests per minute, evenly spread.

    After an idle time up to `burst` requests may go at once (a GCRA: each request moves the time at which the next one
    is due, and `burst` is how many requests may run ahead of it). Waiters are served by urgency and arrival
    (`AcquireQueue`). A cancelled waiter uses up no permit. During a hold every request waits, interactive ones too;
    `acquire` never raises because of it. Refusals in a row slow it down, as `bot.slowdown` says; then nothing runs
    ahead.

    Raises ValueError unless `per_minute` is above 0 and `burst` at least 1.
    """

    def __init__(self, per_minute: float, *, burst: int = 10) -> None:
        if per_minute <= 0 or burst < 1:
            raise ValueError(f"a rate limit of {per_minute} a minute in bursts of {burst} would never send anything")
        self._per_minute = per_minute
        self._burst = burst
        self._slowdown: Slowdown | None = None
        self._due = 0.0
        self._waiting = AcquireQueue()
        self._timer: asyncio.TimerHandle | None = None

    async def acquire(self, urgency: Urgency) -> None:
        """Wait until one request may be sent; see `AcquireQueue` for the order."""
        granted = self._waiting.join(urgency)
        self._serve()
        await granted

    async def hold(self, seconds: float) -> None:
        """Pause all requests for this many seconds; a longer hold already in force stays."""
        now = asyncio.get_running_loop().time()
        # Adds the head start, so that the requests held back are not sent as one burst.
        self._due = max(self._due, now + seconds + self._head_start(now))

    async def refused(self, refusal: RateLimitRefusal) -> None:
        """Pause after a 429, and slow down if 429s come in a row."""
        now = asyncio.get_running_loop().time()
        self._slowdown = after_refusal(
            self._slowdown,
            now,
            full=self._per_minute,
            sent_at=now - refusal.sent_ago,
            named=refusal.per_minute,
        )
        await self.hold(refusal.seconds)

    def _interval(self, now: float) -> float:
        """Return the seconds between two requests."""
        return 60.0 / (self._per_minute if self._slowdown is None else min(self._per_minute, self._slowdown.rate(now)))

    def _head_start(self, now: float) -> float:
        is_slow = self._slowdown is not None and self._slowdown.holds(now, self._per_minute)
        return 0.0 if is_slow else (self._burst - 1) * self._interval(now)

    def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting.drop_cancelled():
            now = loop.time()
            opens = self._due - self._head_start(now)
            if opens > now:
                self._wake_at(loop, opens)
                return
            self._due = max(self._due, now) + self._interval(now)
            self._waiting.grant()

    def _wake_at(self, loop: asyncio.AbstractEventLoop, moment: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(moment, self._serve)
