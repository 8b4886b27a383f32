"""Senders of a stored audit trail, whose waits take no time."""

from __future__ import annotations

from pydantic import SecretStr

from bot.event_destination import DestinationInUse, EventDestination
from bot.events.receiver import Receiver
from bot.events.sender import EventSender
from bot.network.connections import Network
from bot.requests.decisions import Actor
from bot.requests.request import Event
from bot.store.event_rows import AboutRequest, NotedEvent
from tests.bot.stored import Stored
from tests.event_receiver import SECRET, EventReceiver

ABOUT = AboutRequest("R-7KQ2M", "acme", "TACME", "UANA", "", "OPS-17", ("acme/flux",), 3)
ASKED = NotedEvent(7, "R-7KQ2M", 1, 1_795_848_141.25, Event.ASKED, Actor("UANA", "TACME", "COPS"), "3 targets", ABOUT)
"""An entry as it is read from the database."""


def destination(url: str, *secrets: str) -> EventDestination:
    """Return an address with the secrets for it."""
    return EventDestination(SecretStr(url), tuple(SecretStr(secret) for secret in secrets or (SECRET,)))


def receiver_at(url: str, *secrets: str, answer_within: float = 20.0) -> Receiver:
    """Return the bot's side of a receiver."""
    return Receiver(destination(url, *secrets), Network(), answer_within=answer_within)


def sender_of(
    stores: Stored, receiver: EventReceiver, in_use: DestinationInUse | None = None, *, lease: float = 60.0
) -> EventSender:
    """Return what sends the events of these stores to a receiver, as a process of its own would."""
    in_use = in_use or DestinationInUse(destination(receiver.url))
    return EventSender(stores.database, in_use, Network(), stores.clock, lease=lease)


async def begun(stores: Stored, receiver: EventReceiver, in_use: DestinationInUse | None = None) -> EventSender:
    """Return a sender that has said that events are wanted."""
    receiver.now = stores.clock.now
    sender = sender_of(stores, receiver, in_use)
    await sender.send_due()
    return sender


async def send_all(sender: EventSender, stores: Stored, *, for_seconds: float = 1e9) -> None:
    """Send what is due, and move the clock on over every wait, until nothing is to come or so much time has passed."""
    until = stores.clock.now() + for_seconds
    while stores.clock.now() < until:
        wait = await sender.send_due()
        if wait is None:
            return
        stores.clock.shift += min(max(wait, 0.0), 600.0)
