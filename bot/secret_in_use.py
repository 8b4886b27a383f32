"""A secret that requests are sent with, which can be replaced while some of them are under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from bot.clock import Clock

LOOK_EVERY = 30.0
"""Seconds from one look for another secret, after a refusal, to the next."""


class SecretInUse:
    """A token or another secret, as it is at the moment.

    Whoever sends with it takes `value` for each request, and asks `is_replaced` when that one was refused: a secret may
    be rotated at any time, and the service may refuse the old one before the bot was told of the new one.
    """

    def __init__(self, secret: SecretStr | str, clock: Clock | None = None) -> None:
        self._secret = SecretStr(secret) if isinstance(secret, str) else secret
        self._clock = clock or Clock()
        self._renew: Callable[[], Awaitable[None]] | None = None
        self._looking = asyncio.Lock()
        self._look_again_at = 0.0

    def __repr__(self) -> str:
        return "<SecretInUse>"

    @property
    def value(self) -> str:
        """The secret itself."""
        return self._secret.get_secret_value()

    def replace(self, secret: SecretStr) -> None:
        """Use another one for every request from now on."""
        self._secret = secret

    def renewed_by(self, renew: Callable[[], Awaitable[None]]) -> None:
        """Look for another secret with `renew`, which replaces this one if it finds one that can be used."""
        self._renew = renew

    async def is_replaced(self, refused: str) -> bool:
        """Return whether another secret than the refused one is in use by now, so that the request may be sent again.

        If not, another one is looked for, at most every 30 seconds; all that ask meanwhile wait for the same look.
        """
        if self.value == refused and self._renew is not None:
            async with self._looking:
                if self.value == refused and self._clock.elapsed() >= self._look_again_at:
                    self._look_again_at = self._clock.elapsed() + LOOK_EVERY
                    await self._renew()
        return self.value != refused
