"""The program's only source of time, which tests can shift."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

_LONG_AGO = 100 * 365 * 86_400.0
"""Seconds since the start of `Clock.elapsed`: 0 is past also for a clock set back on a machine that just started."""


class Clock:
    """The current time, in seconds since 1970 (UTC).

    `shift` moves this clock ahead by so many seconds and, because the store adds it to the database's time, that one
    too: tests skip a night without waiting. It is 0 in production.
    """

    def __init__(self, shift: float = 0.0) -> None:
        self._shift = shift
        self._listeners: list[Callable[[], None]] = []

    @property
    def shift(self) -> float:
        """Seconds by which this clock is ahead."""
        return self._shift

    @shift.setter
    def shift(self, seconds: float) -> None:
        """Move the clock and call the listeners."""
        self._shift = seconds
        for listener in tuple(self._listeners):
            listener()

    def now(self) -> float:
        """Return the current time."""
        return time.time() + self._shift

    def elapsed(self) -> float:
        """Return monotonic seconds for timeouts and the age of cached values, from a start that is long past."""
        return _LONG_AGO + time.monotonic() + self._shift

    def when_moved(self, listener: Callable[[], None]) -> None:
        """Register `listener` to be called at every shift, so that waits for a point in time can check it again."""
        self._listeners.append(listener)

    async def sleep(self, seconds: float) -> None:
        """Return once this clock is so many seconds further, whether they have passed or it was moved."""
        until = self.elapsed() + seconds
        moved = asyncio.Event()
        self._listeners.append(moved.set)
        try:
            while (left := until - self.elapsed()) > 0:
                moved.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await moved.wait()
        finally:
            self._listeners.remove(moved.set)
