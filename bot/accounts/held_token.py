"""One token of Replicate's: whose it is, and whether Replicate accepts it."""

from __future__ import annotations

import logging
from functools import partial

from bot.accounts.account_services import AccountServices, make_limiter
from bot.accounts.whose_token import identify_account
from bot.clock import Clock
from bot.errors import ReplicateError, ReplicateTokenRejected
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import Urgency
from bot.replicate_tokens import ReplicateToken
from bot.secret_in_use import SecretInUse
from bot.settings import Settings
from bot.startup_wait import StartupWait
from bot.store.database import Database

_REJECTED = "Replicate does not accept its token any more"
_log = logging.getLogger(__name__)


class HeldToken:
    """A token with its client. One of several gets its services once Replicate has told the account's name."""

    def __init__(
        self, token: ReplicateToken, settings: Settings, database: Database, clock: Clock, *, is_only: bool
    ) -> None:
        self.place = token.place
        self.secret = SecretInUse(token.secret, clock)
        """The token itself, which can be replaced by another one of the same account."""
        self.name = ""
        """The account's name; empty while Replicate has not told it."""
        self.services: AccountServices | None = None
        """What belongs to the account; None while it is not known which of several it is."""
        self.trouble: str | None = None
        """Why nothing can be done for the account, in a few words; None where that is not so."""
        self._is_only = is_only
        self._make_limiter = partial(make_limiter, settings, database, clock)
        limiter = self._make_limiter(None) if is_only else None
        client = Replicate(
            self.secret,
            base_url=settings.replicate_base_url,
            limiter=limiter,
            network=settings.network,
        )
        self._client = client if is_only else client.heard_by(self._heard)
        if limiter is not None:
            self.services = AccountServices(self._client, limiter)
        # A start can wait as long as Replicate asks for, so it is bulk work.
        asking = partial(identify_account, self._client.at(Urgency.BULK), self.place)
        self._asking = StartupWait("Replicate" if is_only else f"Replicate ({self.place})", asking, ReplicateError)

    @property
    def problem(self) -> str | None:
        """Why nothing can be done for the account, or is done yet; None if all is well."""
        return self.trouble or self._asking.problem

    async def start(self) -> None:
        """Begin to count requests; those of one of several only once its account is known."""
        if self.services is not None:
            await self.services.limiter.start()

    async def identify(self) -> None:
        """Ask Replicate whose token this is until it answers. Raises SettingsError if the token cannot be used."""
        asked_with = ""
        while asked_with != self.secret.value:  # it may be replaced by another account's before this one is known
            asked_with = self.secret.value
            name = (await self._asking.get()).username
        if self.services is None:
            limiter = self._make_limiter(name)
            await limiter.start()
            self.services = AccountServices(self._client.read_within(limiter), limiter, name)
        self.name = name

    def take(self, token: ReplicateToken) -> None:
        """Use another token of the same account for every request from now on."""
        self.place = token.place
        self.secret.replace(token.secret)
        if self.trouble == _REJECTED:
            self.trouble = None

    async def stop(self) -> None:
        """Ask nothing more."""
        if self.services is not None:
            await self.services.limiter.stop()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def _heard(self, error: ReplicateError | None) -> None:
        """Note whether Replicate accepts the token, which may be withdrawn at any time."""
        if isinstance(error, ReplicateTokenRejected):
            error.whose = self.name
            if self.name and self.trouble is None:
                self.trouble = _REJECTED
                _log.error(
                    "Replicate does not accept the token of the account %s any more (%s); the others go on",
                    self.name,
                    self.place,
                )
        elif error is None and self.trouble == _REJECTED:
            self.trouble = None
            _log.info("Replicate accepts the token of the account %s again", self.name)
