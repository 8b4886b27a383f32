"""When the next request to Replicate may be sent."""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import Iterator
from typing import Protocol


class Urgency(enum.IntEnum):
    """Who waits for the answer: lower goes first."""

    INTERACTIVE = 0
    """A person waits for a preview."""
    BULK = 1
    """The worker deletes."""


class RateLimiter(Protocol):
    """Hands out permission to send one request at a time, within the account's rate limit."""

    async def acquire(self, urgency: Urgency) -> None:
        """Return when one request may be sent; raise instead when a person should rather be told to come back."""

    async def hold(self, seconds: float) -> None:
        """Replicate answered 429: let nobody send anything for this long."""


class AcquireQueue:
    """Who waits for a turn: those for whom a person waits first, but never more than every other turn of them.

    A crowd of commands slows deletions down to half, and does not stop them; within one urgency the first is first.
    """

    def __init__(self) -> None:
        self._waiting: dict[Urgency, deque[asyncio.Future[None]]] = {urgency: deque() for urgency in Urgency}
        self._last: Urgency | None = None

    def __len__(self) -> int:
        return sum(map(len, self._waiting.values()))

    def join(self, urgency: Urgency) -> asyncio.Future[None]:
        """Wait from now on: what is returned is done when the turn has come."""
        granted = asyncio.get_running_loop().create_future()
        self._waiting[urgency].append(granted)
        return granted

    def grant(self) -> bool:
        """Give a turn to the next who still wants one; False where nobody does."""
        for urgency in self._order():
            queue = self._waiting[urgency]
            while queue:
                granted = queue.popleft()
                if not granted.done():
                    self._last = urgency
                    granted.set_result(None)
                    return True
        return False

    def turn_away(self, urgency: Urgency, reason: Exception) -> None:
        """Raise this to all of one urgency who wait."""
        for granted in self._waiting[urgency]:
            if not granted.done():
                granted.set_exception(reason)
        self._waiting[urgency].clear()

    def drop_leavers(self) -> bool:
        """Forget those who have given up; return whether anybody is left."""
        for urgency, queue in self._waiting.items():
            self._waiting[urgency] = deque(granted for granted in queue if not granted.done())
        return len(self) > 0

    def _order(self) -> Iterator[Urgency]:
        every = sorted(Urgency)
        return iter(every[1:] + every[:1] if self._last is every[0] else every)


class LocalRateLimiter:
    """A pace for one event loop: at most `per_minute` requests a minute, evenly spread.

    After a pause up to `burst` requests may go at once (a GCRA: each request moves the time at which the
    next one is due, and `burst` says how far ahead of it one may run). Whoever waits is served by urgency
    and arrival (`AcquireQueue`). Giving up while waiting costs nobody a turn. While a hold lasts everybody waits, also
    those for whom a person waits: nobody is turned away.

    Raises ValueError unless `per_minute` is above 0 and `burst` at least 1.
    """

    def __init__(self, per_minute: float, *, burst: int = 10) -> None:
        if per_minute <= 0 or burst < 1:
            raise ValueError(f"a pace of {per_minute} a minute in bursts of {burst} would never send anything")
        self._interval = 60.0 / per_minute
        self._head_start = self._interval * (burst - 1)
        self._due = 0.0
        self._waiting = AcquireQueue()
        self._alarm: asyncio.TimerHandle | None = None

    async def acquire(self, urgency: Urgency) -> None:
        """Return when one request may be sent, the most urgent first."""
        granted = self._waiting.join(urgency)
        self._serve()
        await granted

    async def hold(self, seconds: float) -> None:
        """Let nobody send anything for this many seconds; a longer hold already in force stays."""
        resumes = asyncio.get_running_loop().time() + seconds
        # Including the head start, so that the requests held back do not leave as one burst.
        self._due = max(self._due, resumes + self._head_start)

    def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting.drop_leavers():
            opens = self._due - self._head_start
            if opens > loop.time():
                self._wake_at(loop, opens)
                return
            self._due = max(self._due, loop.time()) + self._interval
            self._waiting.grant()

    def _wake_at(self, loop: asyncio.AbstractEventLoop, moment: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = loop.call_at(moment, self._serve)
