"""A secret that requests are sent with, which can be replaced while some of them are under way."""

from __future__ import annotations

from pydantic import SecretStr

from bot.clock import Clock
from bot.renewal import Renew, Renewal


class SecretInUse:
    """A token or another secret, as it is at the moment.

    Whoever sends with it takes `value` for each request, and asks `is_replaced` when that one was refused: a secret may
    be rotated at any time, and the service may refuse the old one before the bot was told of the new one.
    """

    def __init__(self, secret: SecretStr | str, clock: Clock | None = None) -> None:
        self._secret = SecretStr(secret) if isinstance(secret, str) else secret
        self._renewal = Renewal(clock or Clock())

    def __repr__(self) -> str:
        return "<SecretInUse>"

    @property
    def value(self) -> str:
        """The secret itself."""
        return self._secret.get_secret_value()

    def replace(self, secret: SecretStr) -> None:
        """Use another one for every request from now on."""
        self._secret = secret

    def renewed_by(self, renew: Renew) -> None:
        """Look for another secret with `renew`, which replaces this one if it finds one that can be used."""
        self._renewal.by(renew)

    async def is_replaced(self, refused: str) -> bool:
        """Return whether another secret than the refused one is in use by now, so that the request may be sent again.

        If not, another one is looked for, at most every 30 seconds; all that ask meanwhile wait for the same look.
        """
        await self._renewal.look(lambda: self.value == refused)
        return self.value != refused
