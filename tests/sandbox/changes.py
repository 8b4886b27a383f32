"""Waiting for a change instead of sleeping: every change has a number, and anyone may wait for the next."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Counts changes and wakes whoever waits for one."""

    def __init__(self) -> None:
        self.version = 0
        self.closed = False
        self._waiting: set[asyncio.Event] = set()

    def notify(self) -> None:
        """Say that something changed. Must be called on the event loop's thread."""
        self.version += 1
        self._wake()

    def close(self) -> None:
        """No more changes will come: everyone who waits returns."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        for event in self._waiting:
            event.set()

    async def later_than(self, version: int) -> int:
        """Return the current version as soon as it is later than `version`, or at the end."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            while self.version <= version and not self.closed:
                event.clear()
                await event.wait()
        finally:
            self._waiting.discard(event)
        return self.version

    async def until(self, condition: Callable[[], T | None], timeout: float) -> T:  # noqa: ASYNC109 - the caller's promise
        """The first true value of `condition`, asked now and after every change.

        A `LookupError` means "not yet": a message that is not there cannot be looked into.

        Raises `TimeoutError` after `timeout` seconds without one.
        """
        async with asyncio.timeout(timeout):
            while True:
                version = self.version
                value = _value(condition)
                if value:
                    return value
                await self.later_than(version)
                if self.closed:
                    raise TimeoutError


def _value(condition: Callable[[], T | None]) -> T | None:
    try:
        return condition()
    except LookupError:
        return None
