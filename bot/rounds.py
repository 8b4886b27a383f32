"""One step, done again and again for as long as the process lives."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from bot.errors import DatabaseUnavailable
from bot.store import Topic, Word

_log = logging.getLogger(__name__)


class Rounds:
    """Takes `step` at every word about `topic`, and at least every `every` seconds.

    A step may return a shorter wait. One that fails is logged and taken again: the rows still say what
    is to be done. However many words come, `rest` seconds lie between two steps. `is_well` tells whether
    the last one succeeded.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[], Awaitable[float | None]],
        *,
        every: float,
        word: Word,
        topic: Topic | None = None,
        rest: float = 0.0,
    ) -> None:
        self._name = name
        self._step = step
        self._every = every
        self._word = word
        self._topic = topic
        self._rest = rest
        self.is_well = False

    async def run(self) -> None:
        """Go on until cancelled."""
        with self._word.hearing(self._topic) if self._topic else contextlib.nullcontext(asyncio.Event()) as heard:
            while True:
                heard.clear()
                wait = await self._take_step()
                await asyncio.sleep(self._rest)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(heard.wait(), wait)

    async def _take_step(self) -> float:
        try:
            wait = await self._step()
        except DatabaseUnavailable:
            self.is_well = False
            return self._every
        except Exception:  # noqa: BLE001 - one failing round must not end the loop
            self.is_well = False
            _log.exception("the %s stumbled and goes on", self._name)
            return self._every
        self.is_well = True
        return self._every if wait is None else min(wait, self._every)
