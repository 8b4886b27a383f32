"""Cuts connections to PostgreSQL on which no answer comes: a frozen server refuses nothing, and ends nothing."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Protocol, runtime_checkable


@runtime_checkable
class OnASocket(Protocol):
    """A connection that has a socket: psycopg's, where SQLite's has a thread."""

    def fileno(self) -> int:
        """Return the socket's descriptor."""


class Deadlines:
    """A time limit for the work on each connection.

    The socket is shut down rather than the task cancelled: psycopg answers a cancellation by asking the server to
    cancel the statement, and waits for that too. A connection that was shut down fails as one that broke.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._under_way: dict[asyncio.TimerHandle, int] = {}

    def shorten(self, seconds: float) -> None:
        """Allow so many seconds from now on, also for running work."""
        self._seconds = min(self._seconds, seconds)
        loop = asyncio.get_running_loop()
        for timer, descriptor in list(self._under_way.items()):
            if timer.when() > loop.time() + self._seconds:
                loop.call_later(self._seconds, self._cut, timer, descriptor)

    @contextlib.contextmanager
    def of(self, connection: object) -> Iterator[None]:
        """Shut the connection down if the block does not end in time."""
        if not isinstance(connection, OnASocket):
            yield
            return
        timer: asyncio.TimerHandle
        descriptor = connection.fileno()
        loop = asyncio.get_running_loop()
        timer = loop.call_later(self._seconds, lambda: self._cut(timer, descriptor))
        self._under_way[timer] = descriptor
        try:
            yield
        finally:
            timer.cancel()
            self._under_way.pop(timer, None)

    def _cut(self, timer: asyncio.TimerHandle, descriptor: int) -> None:
        """Shut down the socket of a block that is still under way; another may have its descriptor by now."""
        if self._under_way.pop(timer, None) is None:
            return
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as connected:
            connected.shutdown(socket.SHUT_RDWR)
