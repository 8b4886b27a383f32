"""How long to wait after failures in a row; the one rule by which everything here is tried again."""

from __future__ import annotations

import random
from dataclasses import dataclass

_MAX_DOUBLINGS = 30
"""Beyond these the wait has reached its maximum, and the power would only grow."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double with every failure, from `first` to `longest` seconds.

    With `spread` each is drawn between its half and its whole, so that callers that failed together do not come
    back together.
    """

    first: float
    longest: float
    spread: bool = True

    def wait(self, failures: int) -> float:
        """Return the seconds to wait after so many failures in a row, which is at least 1."""
        full = min(self.longest, self.first * 2.0 ** min(failures - 1, _MAX_DOUBLINGS))
        return random.uniform(full / 2, full) if self.spread else full  # noqa: S311 - spreads load, guards nothing
