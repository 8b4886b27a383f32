"""One step, run again and again while the process lives."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from bot.backoff import Backoff
from bot.errors import DatabaseUnavailable
from bot.store.notify import ChangeBus, Topic

MAX_WAIT = 10.0
"""Seconds after which a step runs even without a notification: one that was missed delays nothing for longer."""

DEBOUNCE = 0.1
"""Seconds from a notification to the step: one run per burst of notifications; deletions go before redraws."""

KEEP_AT = 1.0
"""Seconds for which a step goes on with a backlog, then others get their turn; a stop is noticed between steps."""

_MIN_WAIT = 0.05
"""Seconds. Something may be due that another process holds just now: no reason to ask without a break."""

_BACKOFF = Backoff(first=2.0, longest=MAX_WAIT, spread=False)
_log = logging.getLogger(__name__)


def is_now(wait: float | None) -> bool:
    """Return whether there is something to do after so many seconds, None for never, now.

    To ask that takes one statement, and no lock; to claim what is due takes a transaction that writes.
    """
    return wait is not None and wait <= 0


class PollLoop:
    """Runs `step` at every notification about `topic`, and at least every MAX_WAIT seconds.

    A step returns in how many seconds there will be more to do, or None if it does not know. One that fails is
    logged and run again soon: the rows still hold what is to be done. After a notification it waits `debounce`
    seconds. `name` is for the log; `is_well` tells whether the last run succeeded, and `is_needed` whether the bot is
    unready without it.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[float | None]],
        *,
        changes: ChangeBus,
        topic: Topic,
        debounce: float = 0.0,
        is_needed: bool = True,
    ) -> None:
        self.name = name
        self.is_needed = is_needed
        self._step = step
        self._changes = changes
        self._topic = topic
        self._debounce = debounce
        self._failures = 0
        self._ending = asyncio.Event()
        self.is_well = False

    async def run(self) -> None:
        """Go on until ended."""
        with self._changes.subscribe(self._topic) as changed:
            while not self._ending.is_set():
                changed.clear()
                wait = await self._run_step()
                await self._pause(wait, changed)
                await self._pause(self._debounce)

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

    async def _run_step(self) -> float:
        """Run the step; return the seconds until the next run."""
        try:
            wait = await self._step()
        except DatabaseUnavailable:
            return self._failed()
        except Exception:  # noqa: BLE001 - one failing run must not end the loop
            _log.exception("the %s loop failed once and goes on", self.name)
            return self._failed()
        self.is_well, self._failures = True, 0
        return MAX_WAIT if wait is None else min(max(wait, _MIN_WAIT), MAX_WAIT)

    def _failed(self) -> float:
        self.is_well = False
        self._failures += 1
        return _BACKOFF.wait(self._failures)
