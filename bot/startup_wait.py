"""Waits at the start for a service without which the bot cannot work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot.backoff import Backoff
from bot.errors import BotError

_BACKOFF = Backoff(first=1.0, longest=30.0)
_log = logging.getLogger(__name__)

Result = TypeVar("Result")


class StartupWait(Generic[Result]):
    """Calls `ask` until the service answers.

    After each error of the types `outages` it waits longer before the next call; any other error ends the wait.
    """

    def __init__(self, service: str, ask: Callable[[], Awaitable[Result]], *outages: type[BotError]) -> None:
        self._service = service
        self._ask = ask
        self._outages = outages
        self.problem: str | None = f"no usable answer from {service} since the start; the log says more"
        """Why there is no answer yet, in a few words; None once there is one."""
        self.result: Result | None = None
        """What the service answered; None while there is no answer."""

    async def get(self) -> Result:
        """Return what `ask` returns, however long that takes. Logs once that it waits, and once that it is over.

        Raises what `ask` raises, other than `outages`.
        """
        failures = 0
        while True:
            try:
                result = await self._ask()
            except self._outages as exc:
                failures += 1
                if failures == 1:
                    _log.warning("waiting for %s, which is asked again until it answers: %s", self._service, exc)
                await asyncio.sleep(_BACKOFF.wait(failures))
            else:
                self.problem, self.result = None, result
                if failures:
                    _log.info("%s answers", self._service)
                return result
