"""The handlers that are running, so that a stop can wait for them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator


class ActiveHandlers:
    """Tracks running handlers."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[object]] = set()

    @contextlib.contextmanager
    def track(self) -> Iterator[None]:
        """Count the current task as running while the block lasts."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - handlers run on the loop
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def settle(self, seconds: float) -> None:
        """Wait until no handler runs, but no longer than this.

        Handlers that still run after two thirds of the time are cancelled; the last third is for their error replies.
        """
        last = seconds / 3
        running = await _unfinished(set(self._tasks), seconds - last)
        for task in running:
            task.cancel()
        await _unfinished(running, last)


async def _unfinished(tasks: set[asyncio.Task[object]], seconds: float) -> set[asyncio.Task[object]]:
    """Wait for these no longer than this, and return those that still run."""
    return (await asyncio.wait(tasks, timeout=seconds))[1] if tasks else tasks
