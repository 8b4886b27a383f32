"""Takes secrets that were rotated into use while the bot runs: at SIGHUP, and when one of them does not work any more.

The settings are read again, from the environment, which cannot change, from `.env`, and from the files that they name.
What holds the same as before changes nothing. A token is checked with its service before it is taken.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial

from pydantic import SecretStr

from bot.accounts.accounts import Accounts
from bot.errors import SettingsError, SlackUnavailable
from bot.event_destination import DestinationInUse, EventDestination
from bot.logs import redact_also
from bot.plurals import counted
from bot.secret_files import SECRETS
from bot.secret_in_use import SecretInUse
from bot.server.socket_connection import NotConnected
from bot.server.transport import STARTING, Transport
from bot.settings import Settings
from bot.slack.client import web_client
from bot.slack.identity import Identity, identify
from bot.startup_wait import StartupWait

_AT_A_START = tuple(name for name in SECRETS if not name.startswith(("slack_", "replicate_", "events_")))
"""The secrets that are only read at a start."""

Read = Callable[[], Settings]
"""Reads the settings; raises SettingsError for those that cannot be used."""

_STAYS = "The one from before stays in use"
_log = logging.getLogger(__name__)


class Rotation:
    """The secrets of a bot as they are in use, and the settings that they were read from last.

    `read` reads the settings again. `identity` waits until Slack has told who the bot is.
    """

    def __init__(
        self,
        settings: Settings,
        read: Read,
        identity: StartupWait[Identity],
        bot_token: SecretInUse,
        accounts: Accounts,
        events: DestinationInUse | None,
        transport: Transport,
    ) -> None:
        self._settings = settings
        self._read = read
        self._bot_token = bot_token
        self._app_token = settings.slack_app_token
        self._signing_secret = settings.slack_signing_secret
        self._identity = identity
        self._accounts = accounts
        self._events = events
        self._transport = transport
        self._taking = asyncio.Lock()
        bot_token.renewed_by(partial(self._reread, self._take_bot_token))
        accounts.renewed_by(partial(self._reread, self._take_replicate_tokens))
        transport.renewed_by(partial(self._reread, self._take_app_token, self._take_signing_secret))
        if events is not None:
            events.renewed_by(partial(self._reread, self._take_destination_of_events))

    async def reread(self) -> None:
        """Take every secret that has changed; what cannot be taken is logged, and the one from before stays in use."""
        await self._reread(
            self._take_destination_of_events,  # first, as nobody is asked about it
            self._take_replicate_tokens,
            self._take_bot_token,
            self._take_app_token,
            self._take_signing_secret,
            self._tell_what_needs_a_start,
        )

    async def _reread(self, *steps: Callable[[Settings], Awaitable[None]]) -> None:
        async with self._taking:
            try:
                settings = await asyncio.to_thread(self._read)
            except (SettingsError, OSError, UnicodeDecodeError) as exc:
                lines = str(exc).splitlines() if isinstance(exc, SettingsError) else [f".env: {type(exc).__name__}"]
                for line in lines:
                    _log.error("%s", line.strip())
                _log.error("No secret was taken, for the reasons above. The ones from before stay in use")
                return
            redact_also(settings)
            for step in steps:
                await step(settings)

    async def _take_replicate_tokens(self, settings: Settings) -> None:
        await self._accounts.take(settings.replicate_tokens)

    async def _take_bot_token(self, settings: Settings) -> None:
        token = settings.slack_bot_token
        if token.get_secret_value() == self._bot_token.value:
            return
        if objection := await self._objection_to(token):
            _log.error("SLACK_BOT_TOKEN: %s %s", objection, _STAYS)
            return
        self._bot_token.replace(token)
        _log.info("SLACK_BOT_TOKEN: a new token is in use")

    async def _objection_to(self, token: SecretStr) -> str | None:
        """Return why a bot token cannot be used in place of the one in use, or None."""
        known = self._identity.result
        if known is None:
            return f"the new token could not be taken. {STARTING}."
        try:
            told = await identify(web_client(token, self._settings.slack_api_url, self._settings.network))
        except (SettingsError, SlackUnavailable) as exc:
            return f"the new token could not be taken. {exc}"
        if (told.team_id, told.bot_user) != (known.team_id, known.bot_user):
            return (
                f"the new token is of the user {told.bot_user} in the workspace {told.team_id}, not of "
                f"{known.bot_user} in {known.team_id}."
            )
        for gap in told.gaps:
            _log.warning("the Slack app %s", gap)
        return None

    async def _take_app_token(self, settings: Settings) -> None:
        token = settings.slack_app_token
        if token == self._app_token:
            return
        if token is None or self._app_token is None:
            _log.warning("SLACK_APP_TOKEN: whether it is set counts at a start; Socket Mode or HTTP stay as they are")
            return
        try:
            await self._transport.take_app_token(token)
        except (SettingsError, NotConnected) as exc:
            _log.error("SLACK_APP_TOKEN: the new token could not be taken. %s %s", exc, _STAYS)
            return
        self._app_token = token
        _log.info("SLACK_APP_TOKEN: a new token is in use")

    async def _take_signing_secret(self, settings: Settings) -> None:
        secret = settings.slack_signing_secret
        if secret is None or secret == self._signing_secret:
            return
        self._signing_secret = secret
        if self._app_token is None:
            self._transport.take_signing_secret(secret)
            _log.info("SLACK_SIGNING_SECRET: a new secret is in use; the one before is accepted for 5 minutes more")

    async def _take_destination_of_events(self, settings: Settings) -> None:
        """Take the address and the secrets together: the new secrets may be for the new address alone."""
        new = EventDestination.of(settings)
        if new is None or self._events is None:
            if new is not None or self._events is not None:
                _log.warning("EVENTS_URL: whether it is set counts at a start; until then events are sent as before")
            return
        before = self._events.value
        if new == before:
            return
        self._events.replace(new)
        if new.url != before.url:
            _log.info("EVENTS_URL: a new address is in use")
        if new.secrets != before.secrets:
            signatures = counted(len(new.secrets), "signature")
            _log.info("EVENTS_SECRET: the new value is in use; each event has %s", signatures)

    async def _tell_what_needs_a_start(self, settings: Settings) -> None:
        for name in _AT_A_START:
            if getattr(settings, name) != getattr(self._settings, name):
                _log.warning("%s has changed, which counts from the next start on", name.upper())
