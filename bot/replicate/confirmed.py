"""What Replicate has confirmed within the last minute, so that it is not asked for each of a thousand targets."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from cachetools import TTLCache

from bot.locks import Locks

CONFIRMED_FOR = 60.0
"""Seconds."""


class Confirmed:
    """Remembers for 60 s what was confirmed; what was denied, or could not be asked, is asked again.

    `timer` gives seconds, from whatever moment.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._known: TTLCache[str, bool] = TTLCache(10_000, CONFIRMED_FOR, timer=timer)
        self._asking = Locks()

    async def sure_of(self, what: str, ask: Callable[[], Awaitable[None]]) -> None:
        """Return when `what` is confirmed: call `ask`, unless that has returned for it within the last 60 s.

        Whoever comes while it is being asked waits for that answer. Raises what `ask` raises.
        """
        async with self._asking.of(what):
            if what not in self._known:
                await ask()
                self._known[what] = True
