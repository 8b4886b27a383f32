"""Word of a change: within one process at once, between processes over PostgreSQL's LISTEN/NOTIFY."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections.abc import Iterator

import psycopg

CHANNEL = "replicate_delete_bot"
_RECONNECT_AFTER = 2.0
_log = logging.getLogger(__name__)


class Topic(enum.StrEnum):
    """What the word is about."""

    CARDS = "cards"
    """A request differs from its card."""
    WORK = "work"
    """A request can be carried out."""


class Word:
    """Wakes everyone in this process who waits for something to happen.

    It may be missed (a connection was down, another process uses SQLite), so whoever waits also looks
    by themselves now and then.
    """

    def __init__(self) -> None:
        self._waiting: dict[Topic, set[asyncio.Event]] = {topic: set() for topic in Topic}

    def spread(self, topic: Topic) -> None:
        """Wake all who wait for this."""
        for event in self._waiting[topic]:
            event.set()

    @contextlib.contextmanager
    def hearing(self, topic: Topic) -> Iterator[asyncio.Event]:
        """An event that is set at every word, for as long as the block lasts; the listener clears it."""
        event = asyncio.Event()
        self._waiting[topic].add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)


async def listen(dsn: str, word: Word) -> None:
    """Pass other processes' words on, reconnecting for ever."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
                await connection.execute(f"LISTEN {CHANNEL}")
                for topic in Topic:
                    word.spread(topic)
                async for said in connection.notifies():
                    word.spread(Topic(said.payload))
        except psycopg.Error as exc:
            _log.warning("not hearing other processes for now: %s", type(exc).__name__)
        await asyncio.sleep(_RECONNECT_AFTER)
