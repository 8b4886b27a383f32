"""The sender of events with what it sends by, where the settings name a receiver."""

from __future__ import annotations

from bot.clock import Clock
from bot.events.receiver import Receiver
from bot.events.sender import EventSender
from bot.settings import Settings
from bot.store.database import Database


def make_receiver(settings: Settings) -> Receiver | None:
    """Return where events go, or None where the settings name no receiver of them."""
    if settings.events_url is None:
        return None
    return Receiver(settings.events_url, settings.events_secret, settings.network)


def make_sender(settings: Settings, database: Database, clock: Clock) -> EventSender | None:
    """Return what sends events, or None where the settings name no receiver of them."""
    receiver = make_receiver(settings)
    return None if receiver is None else EventSender(database, receiver, clock)
