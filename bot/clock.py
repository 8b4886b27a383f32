"""The one seam through which time reaches the program."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since 1970 in UTC.

    `shift` moves this clock and, because the store adds it to the database's own clock, that one too:
    tests step over a night without waiting for it. A running bot leaves it at 0.
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
        """Move it, and tell whoever waits."""
        self._shift = seconds
        for listener in self._listeners:
            listener()

    def now(self) -> float:
        """Return the present moment."""
        return time.time() + self._shift

    def elapsed(self) -> float:
        """Return seconds that never go back, from whatever moment: for waits, and for what is remembered."""
        return time.monotonic() + self._shift

    def when_moved(self, listener: Callable[[], None]) -> None:
        """Have `listener` called at every move, so that whoever waits for a moment looks whether it has come."""
        self._listeners.append(listener)
