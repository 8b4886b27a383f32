"""What a DELETE waits for before it may be sent: its turn, what has to be done first, and nobody having said stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from bot.refs import ModelRef
from bot.replicate.rate_limit import RateLimiter, Urgency


class Stopped(Exception):
    """Somebody said stop: this DELETE is not to be sent."""


class StopFlag:
    """Set when somebody says stop: cancels the queued sends, and prevents new ones.

    `why` is what stopped them where nobody said so, to be raised once what is on its way is answered.
    """

    def __init__(self) -> None:
        self._is_said = False
        self.why: Exception | None = None
        self._waiting: set[asyncio.Task[Any] | None] = set()

    def set(self, why: Exception | None = None) -> None:
        """Cancel the tasks that wait."""
        self._is_said = True
        self.why = self.why or why
        for task in self._waiting:
            if task is not None:
                task.cancel()

    def enter_wait(self) -> None:
        """Note that the current task waits from now on. Raises Stopped when that is in vain."""
        if self._is_said:
            raise Stopped
        self._waiting.add(asyncio.current_task())

    def leave_wait(self) -> None:
        """Note that the current task is not to be disturbed."""
        self._waiting.discard(asyncio.current_task())


class Gate:
    """Lets tasks out at the pace until it is closed, and knows which are on their way."""

    def __init__(self, limiter: RateLimiter) -> None:
        self.limiter = limiter
        self._out: set[object] = set()
        self._all_back = asyncio.Event()
        self._all_back.set()
        self._closed = False

    async def passed(self, call: object, urgency: Urgency) -> None:
        """Return when the call is out; never, once the gate is closed."""
        await self.limiter.acquire(urgency)
        if self._closed:
            await asyncio.Event().wait()
        self._out.add(call)
        self._all_back.clear()

    def back(self, call: object) -> None:
        """Note that an call is done, or never went."""
        self._out.discard(call)
        if not self._out:
            self._all_back.set()

    async def close(self, seconds: float) -> None:
        """Let nobody out any more, and return when all are back, but no later than this."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._all_back.wait()


class Precondition:
    """What has to be done before a DELETE: once for all of them, and once for each model."""

    def __init__(
        self,
        once: asyncio.Task[None],
        verify: Callable[[], Coroutine[Any, Any, Exception | None]],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._once = once
        self._verify = verify
        self._tasks = tasks
        self._verified: dict[ModelRef, asyncio.Task[Exception | None]] = {}

    async def for_model(self, ref: ModelRef) -> Exception | None:
        """Return why DELETEs of this model may not be sent, or None, once that is known. Raises what either raises."""
        await asyncio.shield(self._once)
        if ref not in self._verified:
            self._verified[ref] = self._tasks.create_task(self._verify())
        return await asyncio.shield(self._verified[ref])
