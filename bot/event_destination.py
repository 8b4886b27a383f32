"""Where events go and what they are signed with, which can be replaced while some of them are under way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import SecretStr

from bot.clock import Clock
from bot.event_settings import EventSettings
from bot.renewal import Renew, Renewal


@dataclass(frozen=True, slots=True)
class EventDestination:
    """The address of a receiver, and the secrets that each event for it is signed with; both change together."""

    url: SecretStr
    secrets: tuple[SecretStr, ...]

    @classmethod
    def of(cls, settings: EventSettings) -> EventDestination | None:
        """Return the destination in the settings, or None where they name no receiver."""
        return None if settings.events_url is None else cls(settings.events_url, settings.events_secret)


class DestinationInUse:
    """The destination of events as it is at the moment. `told` is called after each change of it."""

    def __init__(
        self, destination: EventDestination, clock: Clock | None = None, told: Callable[[], None] = lambda: None
    ) -> None:
        self._destination = destination
        self._renewal = Renewal(clock or Clock())
        self._told = told

    @classmethod
    def of(cls, settings: EventSettings, clock: Clock, told: Callable[[], None]) -> DestinationInUse | None:
        """Return the destination in the settings as the one in use, or None where they name no receiver."""
        destination = EventDestination.of(settings)
        return None if destination is None else cls(destination, clock, told)

    @property
    def value(self) -> EventDestination:
        """The destination itself."""
        return self._destination

    def replace(self, destination: EventDestination) -> None:
        """Send to another address, or sign with other secrets, from the next event on."""
        self._destination = destination
        self._told()

    def renewed_by(self, renew: Renew) -> None:
        """Look for another destination with `renew`, which replaces this one if it finds one that can be used."""
        self._renewal.by(renew)

    async def look_for_another(self, refused: EventDestination) -> None:
        """Have it replaced, if there is another, at most every 30 seconds while the refused one is in use."""
        await self._renewal.look(lambda: self._destination == refused)
