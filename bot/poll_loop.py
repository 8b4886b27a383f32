"""One step, done again and again for as long as the process lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.errors import DatabaseUnavailable
from bot.store import ChangeBus, Topic

MAX_WAIT = 10.0
"""Seconds after which a step is taken even if no word came: one that was missed delays nothing for longer."""

DEBOUNCE = 0.1
"""Seconds from word of a change to a look: words come in flocks, and what is deleted comes before what is drawn."""

_MIN_WAIT = 0.05
"""Seconds. Something may be due that another process has in hand just now: no reason to ask without a break."""

_RETRY_AFTER_FAILURE = 2.0
_log = logging.getLogger(__name__)


class PollLoop:
    """Takes `step` at every word about `topic`, and at least every MAX_WAIT seconds.

    A step returns in how many seconds there will be more to do, None for nobody knows. One that fails is
    logged and taken again soon: the rows still say what is to be done. Words come in flocks, so a step is taken
    `debounce` seconds after the first of them. `is_well` tells whether the last one succeeded.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[float | None]],
        *,
        changes: ChangeBus,
        topic: Topic,
        debounce: float = 0.0,
    ) -> None:
        self._name = name
        self._step = step
        self._changes = changes
        self._topic = topic
        self._rest = debounce
        self._ending = asyncio.Event()
        self.is_well = False

    async def run(self) -> None:
        """Go on until ended."""
        with self._changes.subscribe(self._topic) as changed:
            while not self._ending.is_set():
                changed.clear()
                wait = await self._take_step()
                await self._pause(wait, changed)
                await self._pause(self._rest)

    def end(self) -> None:
        """Let the step in progress be the last one."""
        self._ending.set()

    async def _pause(self, seconds: float, *events: asyncio.Event) -> None:
        """Return after so many seconds, at one of the events, or when ended."""
        waiting = [asyncio.create_task(event.wait()) for event in (self._ending, *events)]
        try:
            await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _take_step(self) -> float:
        try:
            wait = await self._step()
        except DatabaseUnavailable:
            self.is_well = False
            return _RETRY_AFTER_FAILURE
        except Exception:  # noqa: BLE001 - one failing round must not end the loop
            self.is_well = False
            _log.exception("the %s stumbled and goes on", self._name)
            return _RETRY_AFTER_FAILURE
        self.is_well = True
        return MAX_WAIT if wait is None else min(max(wait, _MIN_WAIT), MAX_WAIT)
