"""The Bolt app, with a fixed identity and without signature checks, which the transport does before it."""

from __future__ import annotations

import logging

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.secret_in_use import SecretInUse
from bot.settings import Settings
from bot.slack.client import posting_client
from bot.slack.identity import Identity


def bolt_app(settings: Settings, identity: Identity, token: SecretInUse) -> AsyncApp:
    """Return an app without listeners.

    It has its own `authorize`, because Bolt's default calls `auth.test` on first use, and ignores the bot token if
    SLACK_CLIENT_ID and SLACK_CLIENT_SECRET are set.
    """

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=identity.team_id, bot_token=token.value, bot_user_id=identity.bot_user
        )

    client = posting_client(token, settings.slack_api_url, settings.network)
    client.token = None  # `authorize` gives it; Bolt warns of a second one
    return AsyncApp(
        name="replicate-delete-bot",  # without one, Bolt reads the source of every module to find its caller
        logger=logging.getLogger("slack_bolt"),
        client=client,
        signing_secret="",  # the transport verifies signatures before Bolt sees anything
        request_verification_enabled=False,
        ssl_check_enabled=False,
        authorize=authorize,
    )
