"""What a DELETE waits for before it is sent: the rate limit, its preconditions, and the stop flag."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

from bot.refs import ModelRef
from bot.replicate.rate_limit import RateLimiter, Urgency


class Stopped(Exception):
    """The request is stopping, or the target was taken out of it: this DELETE must not be sent."""


class StopFlag:
    """Once set, cancels the sends that are waiting and prevents new ones. Those in flight go on to their answer.

    `why` is the error that set it, to be raised once nothing is in flight; None if a person stopped the request.
    """

    def __init__(self) -> None:
        self._is_set = False
        self.why: Exception | None = None
        self._waiting: set[asyncio.Task[Any] | None] = set()

    def set(self, why: Exception | None = None) -> None:
        """Cancel the waiting tasks."""
        self._is_set = True
        self.why = self.why or why
        for task in self._waiting:
            if task is not None:
                task.cancel()

    def enter_wait(self) -> None:
        """Note that the current task is waiting, so it may be cancelled. Raises Stopped if the flag is set."""
        if self._is_set:
            raise Stopped
        self._waiting.add(asyncio.current_task())

    def leave_wait(self) -> None:
        """Note that the current task must not be cancelled any more, as its DELETE may be sent."""
        self._waiting.discard(asyncio.current_task())


class Gate:
    """Lets calls pass within the rate limit until it is closed, and tracks which are in flight."""

    def __init__(self, limiter: RateLimiter) -> None:
        self.limiter = limiter
        self._in_flight: set[object] = set()
        self._none_in_flight = asyncio.Event()
        self._none_in_flight.set()
        self._closed = False

    async def wait_to_send(self, call: object, urgency: Urgency) -> None:
        """Return when the call may be sent. Never returns once the gate is closed."""
        await self.limiter.acquire(urgency)
        if self._closed:
            # A process that is shutting down sends nothing more; its tasks are cancelled here.
            await asyncio.Event().wait()
        self._in_flight.add(call)
        self._none_in_flight.clear()

    def back(self, call: object) -> None:
        """Note that a call is no longer in flight, or was never sent."""
        self._in_flight.discard(call)
        if not self._in_flight:
            self._none_in_flight.set()

    async def close(self, seconds: float) -> None:
        """Let no further call pass, and wait up to `seconds` for those in flight."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._none_in_flight.wait()


class Precondition:
    """What has to be done before a DELETE: `once` for all of them, `verify` for each model, and `outdated` for each."""

    def __init__(
        self,
        once: asyncio.Task[None],
        verify: Callable[[], Coroutine[Any, Any, Exception | None]],
        outdated: Callable[[], Exception | None],
        tasks: asyncio.TaskGroup,
    ) -> None:
        self._once = once
        self._verify = verify
        self._outdated = outdated
        self._tasks = tasks
        self._verified: dict[ModelRef, asyncio.Task[Exception | None]] = {}

    async def for_model(self, ref: ModelRef) -> Exception | None:
        """Return why DELETEs of this model may not be sent now, or None. Raises what `once` or `verify` raises."""
        if why := self._outdated():
            return why
        # Shielded: a waiting call may be cancelled by Stop, but others wait for the same tasks.
        await asyncio.shield(self._once)
        if ref not in self._verified:
            self._verified[ref] = self._tasks.create_task(self._verify())
        return await asyncio.shield(self._verified[ref])
