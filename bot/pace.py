"""When the next request to Replicate may be sent."""

from __future__ import annotations

import asyncio
import enum
import heapq
import itertools
from typing import Protocol


class Urgency(enum.IntEnum):
    """Who waits for the answer: lower goes first."""

    INTERACTIVE = 0
    """A person waits for a preview."""
    BULK = 1
    """The worker deletes."""


class Pace(Protocol):
    """Hands out permission to send one request at a time, within the account's rate limit."""

    async def turn(self, urgency: Urgency) -> None:
        """Return when one request may be sent; raise instead when a person should rather be told to come back."""

    async def hold(self, seconds: float) -> None:
        """Replicate answered 429: let nobody send anything for this long."""


class SteadyPace:
    """A pace for one event loop: at most `per_minute` requests a minute, evenly spread.

    After a pause up to `burst` requests may go at once (a GCRA: each request moves the time at which the
    next one is due, and `burst` says how far ahead of it one may run). Whoever waits is served by urgency,
    then by arrival. Giving up while waiting costs nobody a turn. While a hold lasts everybody waits, also whoever
    a person waits for: nobody is turned away.

    Raises ValueError unless `per_minute` is above 0 and `burst` at least 1.
    """

    def __init__(self, per_minute: float, *, burst: int = 10) -> None:
        if per_minute <= 0 or burst < 1:
            raise ValueError(f"a pace of {per_minute} a minute in bursts of {burst} would never send anything")
        self._interval = 60.0 / per_minute
        self._head_start = self._interval * (burst - 1)
        self._due = 0.0
        self._waiting: list[tuple[Urgency, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    async def turn(self, urgency: Urgency) -> None:
        """Return when one request may be sent, the most urgent first."""
        granted = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (urgency, next(self._arrivals), granted))
        self._serve()
        await granted

    async def hold(self, seconds: float) -> None:
        """Let nobody send anything for this many seconds; a longer hold already in force stays."""
        resumes = asyncio.get_running_loop().time() + seconds
        # Including the head start, so that the requests held back do not leave as one burst.
        self._due = max(self._due, resumes + self._head_start)

    def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            if self._waiting[0][2].cancelled():
                heapq.heappop(self._waiting)
                continue
            opens = self._due - self._head_start
            if opens > loop.time():
                self._wake_at(loop, opens)
                return
            _, _, granted = heapq.heappop(self._waiting)
            self._due = max(self._due, loop.time()) + self._interval
            granted.set_result(None)

    def _wake_at(self, loop: asyncio.AbstractEventLoop, moment: float) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = loop.call_at(moment, self._serve)
