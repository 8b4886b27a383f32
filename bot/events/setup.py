"""The sender of events with what it sends by, where the settings name a receiver."""

from __future__ import annotations

from bot.clock import Clock
from bot.event_destination import DestinationInUse, EventDestination
from bot.events.receiver import Receiver
from bot.events.sender import EventSender
from bot.settings import Settings
from bot.store.database import Database


def make_receiver(settings: Settings) -> Receiver | None:
    """Return where events go, or None where the settings name no receiver of them."""
    destination = EventDestination.of(settings)
    return None if destination is None else Receiver(destination, settings.network)


def make_sender(
    settings: Settings, destination: DestinationInUse | None, database: Database, clock: Clock
) -> EventSender | None:
    """Return what sends events, or None where there is no receiver of them."""
    return None if destination is None else EventSender(database, destination, settings.network, clock)
