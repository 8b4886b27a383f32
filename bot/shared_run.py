"""One run of something that several callers wait for at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")


class NoResult(Exception):
    """The run failed or was cancelled."""


class SharedRun(Generic[Result]):
    """Runs `work` once at a time: whoever asks meanwhile waits for the same run."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> None:
        self._work = work
        self._running: asyncio.Task[Result] | None = None

    async def result(self, within: float) -> Result:
        """Return the result. Raises TimeoutError where it is not there within so many seconds, and NoResult.

        A late run is not cancelled, as that may hang too.
        """
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._work())
        run = self._running  # another caller may begin the next one before this one goes on
        done, _ = await asyncio.wait({run}, timeout=within)
        if not done:
            raise TimeoutError
        if run.cancelled() or run.exception() is not None:
            raise NoResult
        return run.result()
