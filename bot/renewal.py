"""Has something be looked for again that was refused, seldom enough that nobody is asked without end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.clock import Clock

LOOK_EVERY = 30.0
"""Seconds from one look for a replacement, after a refusal, to the next."""

Renew = Callable[[], Awaitable[None]]
"""Looks for a replacement, and takes it into use if it finds one that can be used."""


class Renewal:
    """The looks for a replacement of one thing in use. Nothing is looked for before `by` says how."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._renew: Renew | None = None
        self._looking = asyncio.Lock()
        self._look_again_at = 0.0

    def by(self, renew: Renew) -> None:
        """Look with `renew` from now on."""
        self._renew = renew

    async def look(self, is_wanted: Callable[[], bool]) -> None:
        """Look once, at most every 30 seconds, while `is_wanted`; all that ask meanwhile wait for the same look."""
        if self._renew is None or not is_wanted():
            return
        async with self._looking:
            if is_wanted() and self._clock.elapsed() >= self._look_again_at:
                self._look_again_at = self._clock.elapsed() + LOOK_EVERY
                await self._renew()
