"""Word of a change: within one process at once, between processes as soon as their database tells.

PostgreSQL tells of each change by LISTEN/NOTIFY. SQLite tells whoever asks whether anybody else has changed
the file (https://www.sqlite.org/pragma.html#pragma_data_version), which costs next to nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Iterator

import aiosqlite
import psycopg

NOTIFY_CHANNEL = "replicate_delete_bot"
_RECONNECT_AFTER = 2.0
_LOOK_AT_FILE_EVERY = 1.0
_log = logging.getLogger(__name__)


class Topic(enum.StrEnum):
    """What the word is about."""

    CARDS = "cards"
    """A request differs from its card."""
    LISTS = "lists"
    """A card was drawn, so its request can be listed below it."""
    PROCESSES = "processes"
    """Nothing is told about it: processes say by themselves that they live."""
    WORK = "work"
    """A request can be carried out, or will expire."""


class ChangeBus:
    """Wakes everyone in this process who waits for something to happen.

    It may be missed (a connection was down), so whoever waits also looks by themselves now and then.
    """

    def __init__(self) -> None:
        self._waiting: dict[Topic, set[asyncio.Event]] = {topic: set() for topic in Topic}

    def publish(self, topic: Topic) -> None:
        """Wake all who wait for this."""
        for event in self._waiting[topic]:
            event.set()

    def publish_all(self) -> None:
        """Wake all who wait for anything: something may have happened that nobody told of."""
        for topic in Topic:
            self.publish(topic)

    @contextlib.contextmanager
    def subscribe(self, topic: Topic) -> Iterator[asyncio.Event]:
        """An event that is set at every word, for as long as the block lasts; the listener clears it."""
        event = asyncio.Event()
        self._waiting[topic].add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)


async def listen(dsn: str, changes: ChangeBus) -> None:
    """Pass on what other processes on a PostgreSQL database say, whatever it is, reconnecting for ever."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(f"LISTEN {NOTIFY_CHANNEL}")
                changes.publish_all()
                async for notification in connection.notifies():
                    _publish_named(notification.payload, changes)
        except psycopg.Error as exc:
            _log.warning("not hearing other processes for now: %s", type(exc).__name__)
        await asyncio.sleep(_RECONNECT_AFTER)


def _publish_named(notification: str, changes: ChangeBus) -> None:
    """Wake those whom the word concerns, and all where it is not known: newer code may have others."""
    try:
        topic = Topic(notification)
    except ValueError:
        changes.publish_all()
    else:
        changes.publish(topic)


async def watch(path: str, changes: ChangeBus) -> None:
    """Pass on that another process has changed a SQLite file, opening it again for ever."""
    while True:
        try:
            connection = await _connected(path)
            try:
                await _watch(connection, changes)
            finally:
                await connection.close()
        except aiosqlite.Error as exc:
            _log.warning("not hearing other processes for now: %s", type(exc).__name__)
        await asyncio.sleep(_RECONNECT_AFTER)


async def _connected(path: str) -> aiosqlite.Connection:
    """Open the file. Cancelled meanwhile, see it through and close it: its thread knows nothing of being cancelled."""

    async def connect() -> aiosqlite.Connection:
        return await aiosqlite.connect(path)

    connecting = asyncio.ensure_future(connect())
    try:
        return await asyncio.shield(connecting)
    except asyncio.CancelledError:
        await (await connecting).close()
        raise


async def _watch(connection: aiosqlite.Connection, changes: ChangeBus) -> None:
    seen = None
    while True:
        (version,) = await (await connection.execute("PRAGMA data_version")).fetchone() or (None,)
        if version != seen:
            changes.publish_all()
        seen = version
        await asyncio.sleep(_LOOK_AT_FILE_EVERY)
