"""How often and how long one request to Replicate is tried."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from dataclasses import dataclass

from bot.errors import ReplicateThrottled, ReplicateUnavailable


@dataclass(frozen=True, slots=True)
class Patience:
    """The limits of trying again. All times in seconds.

    `seconds` bounds everything from the first sending on, waits between attempts included; only waiting
    for one's turn at the pace does not count. The wait before attempt n + 1 is drawn between half and all of
    `first_wait * 2 ** (n - 1)`, capped at `longest_wait`. Where Replicate names a time, it is waited out
    as well, or the request is given up when that would exceed `seconds`.
    """

    attempts: int = 5
    seconds: float = 60.0
    first_wait: float = 0.5
    longest_wait: float = 10.0

    def wait(self, failures: int, told: float | None) -> float:
        """Seconds to wait after so many failures, of which the last came with a time to wait, or None."""
        backoff = min(self.longest_wait, self.first_wait * 2 ** (failures - 1))
        return (told or 0.0) + random.uniform(backoff / 2, backoff)  # noqa: S311  # spreads load, guards nothing


class Effort:
    """One request's attempts: what is left of their time, and whether there is another (a stamina hook)."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._now = asyncio.get_running_loop().time
        self._deadline = self._now() + patience.seconds
        self._failures = 0
        self.told: float | None = None
        """The seconds Replicate's last answer asked to wait."""

    async def wait_for(self, turn: Awaitable[None]) -> None:
        """Await something that is not part of the effort, and move the deadline by as long as it took."""
        began = self._now()
        await turn
        self._deadline += self._now() - began
        self.told = None

    def time_left(self) -> asyncio.Timeout:
        """A context that raises TimeoutError when the effort's time is used up."""
        return asyncio.timeout_at(self._deadline)

    def next_wait(self, error: Exception) -> float | bool:
        """Seconds until the next attempt, or False when this error is final or the time is used up."""
        if not isinstance(error, ReplicateThrottled | ReplicateUnavailable):
            return False
        self._failures += 1
        wait = self._patience.wait(self._failures, self.told)
        return wait if self._now() + wait < self._deadline else False
