"""The one seam through which time reaches the program."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class Clock:
    """Seconds since 1970 in UTC.

    `shift` moves this clock and, because the store adds it to the database's own clock, that one too:
    tests step over a night without waiting for it. A running bot leaves it at 0.
    """

    shift: float = 0.0

    def now(self) -> float:
        """Return the present moment."""
        return time.time() + self.shift
