"""The rate limit: when the next request to Replicate may be sent."""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import Iterator
from typing import Protocol


class Urgency(enum.IntEnum):
    """The priority of a request: lower values go first."""

    INTERACTIVE = 0
    """A person waits for a preview."""
    BULK = 1
    """The worker deletes."""


class RateLimiter(Protocol):
    """Grants permission to send requests, one at a time, within the account's rate limit."""

    async def acquire(self, urgency: Urgency) -> None:
        """Wait until one request may be sent; may raise instead if the wait is too long for a person."""

    async def hold(self, seconds: float) -> None:
        """Pause all requests for this many seconds, because Replicate answered 429."""


class AcquireQueue:
    """The queue for permits: interactive requests first, but at most every other permit while others wait.

    However many commands come at once, they can only halve the speed of deletions, not stop them. Within one urgency
    the queue is first in, first out.
    """

    def __init__(self) -> None:
        self._waiting: dict[Urgency, deque[asyncio.Future[None]]] = {urgency: deque() for urgency in Urgency}
        self._last: Urgency | None = None

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

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

    def _order(self) -> Iterator[Urgency]:
        urgencies = sorted(Urgency)
        return iter(urgencies[1:] + urgencies[:1] if self._last is urgencies[0] else urgencies)


class LocalRateLimiter:
    """A rate limiter for one event loop: at most `per_minute` requests per minute, evenly spread.

    After an idle time up to `burst` requests may go at once (a GCRA: each request moves the time at which the next one
    is due, and `burst` is how many requests may run ahead of it). Waiters are served by urgency and arrival
    (`AcquireQueue`). A cancelled waiter uses up no permit. During a hold every request waits, interactive ones too;
    `acquire` never raises because of it.

    Raises ValueError unless `per_minute` is above 0 and `burst` at least 1.
    """

    def __init__(self, per_minute: float, *, burst: int = 10) -> None:
        if per_minute <= 0 or burst < 1:
            raise ValueError(f"a rate limit of {per_minute} a minute in bursts of {burst} would never send anything")
        self._interval = 60.0 / per_minute
        self._head_start = self._interval * (burst - 1)
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
        resumes = asyncio.get_running_loop().time() + seconds
        # Adds the head start, so that the requests held back are not sent as one burst.
        self._due = max(self._due, resumes + self._head_start)

    def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting.drop_cancelled():
            opens = self._due - self._head_start
            if opens > loop.time():
                self._wake_at(loop, opens)
                return
            self._due = max(self._due, loop.time()) + self._interval
            self._waiting.grant()

    def _wake_at(self, loop: asyncio.AbstractEventLoop, moment: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(moment, self._serve)
