"""Wakes the loops of this process: at its own changes at once, at those of others when `ChangeListener` notices.

Processes on one SQLite file do not notify each other: what one of them changes, the others find at their next poll.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
from collections.abc import Iterator

NOTIFY_CHANNEL = "replicate_delete_bot"


class Topic(enum.StrEnum):
    """What a notification is about."""

    CARDS = "cards"
    """A message about a request is due."""
    LISTS = "lists"
    """A card was posted, so its full list can be posted in its thread."""
    MODELS = "models"
    """A name of a model was noted that has not been read yet."""
    PROCESSES = "processes"
    """Never notified of: for steps that only run every few seconds."""
    WORK = "work"
    """A request can be carried out, or will expire."""


class ChangeBus:
    """Wakes the loops of this process.

    A notification may be missed (a connection was down), so subscribers also poll.
    """

    def __init__(self) -> None:
        self._waiting: dict[Topic, set[asyncio.Event]] = {topic: set() for topic in Topic}

    def publish(self, topic: Topic) -> None:
        """Wake the subscribers of this topic."""
        for event in self._waiting[topic]:
            event.set()

    def publish_all(self) -> None:
        """Wake all subscribers: something may have happened without a notification."""
        for topic in Topic:
            self.publish(topic)

    @contextlib.contextmanager
    def subscribe(self, topic: Topic) -> Iterator[asyncio.Event]:
        """Yield an event that is set at every notification; the subscriber clears it."""
        event = asyncio.Event()
        self._waiting[topic].add(event)
        try:
            yield event
        finally:
            self._waiting[topic].discard(event)


def publish_named(notification: str, changes: ChangeBus) -> None:
    """Wake the subscribers of the topic, or all if this code does not know it: newer code may have more topics."""
    try:
        topic = Topic(notification)
    except ValueError:
        changes.publish_all()
    else:
        changes.publish(topic)
