"""Clocks that tests move on, so that nobody waits for what a clock alone makes wait."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from bot.clock import Clock
from tests.beside import beside

_FURTHEST = 5.0
"""Seconds by which a clock is moved at once, so that nothing is late that is due meanwhile."""

_LOOK_EVERY = 0.02
_QUIET_LOOKS = 12
"""Seconds between two looks whether everybody sleeps, and how many such looks in a row have to find that."""


class PassingClock(Clock):
    """A clock that every sleep moves on at once: for tests in which only one task sleeps."""

    async def sleep(self, seconds: float) -> None:
        """Move the clock by so many seconds."""
        self.shift += seconds


class WatchedClock(Clock):
    """A clock that knows when those who sleep by it want to wake."""

    def __init__(self) -> None:
        super().__init__()
        self._wakes: list[float] = []

    async def sleep(self, seconds: float) -> None:
        """Sleep as by any other clock."""
        until = self.elapsed() + seconds
        self._wakes.append(until)
        try:
            await super().sleep(seconds)
        finally:
            self._wakes.remove(until)

    @contextlib.asynccontextmanager
    async def hurried(self, is_busy: Callable[[], bool]) -> AsyncIterator[None]:
        """Whenever everybody sleeps within the block, move the clock to the next moment at which somebody wakes.

        Who works does not sleep by the clock, and has to come to an end first: so it is moved only when nothing has
        happened for a while.
        """
        async with beside(self._hurry(is_busy)):
            yield

    async def _hurry(self, is_busy: Callable[[], bool]) -> None:
        quiet, before = 0, list[float]()
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            now = list(self._wakes)
            quiet = quiet + 1 if now == before and not is_busy() else 0
            before = now
            left = min(now, default=0.0) - self.elapsed()
            if left > 0 and quiet >= _QUIET_LOOKS:
                self.shift += min(left, _FURTHEST)
                quiet = 0
