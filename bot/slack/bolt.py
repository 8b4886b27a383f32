"""Bolt, told who it is and verifying nothing: the transport has done that before."""

from __future__ import annotations

import logging

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from bot.slack.identity import Identity


def bolt_app(settings: Settings, identity: Identity) -> AsyncApp:
    """Make an app without listeners. Left to itself Bolt asks Slack at every start of work, or reads other variables.

    Those are SLACK_CLIENT_ID and SLACK_CLIENT_SECRET, beside which it ignores the bot token.
    """
    token = settings.slack_bot_token.get_secret_value()

    async def authorize() -> AuthorizeResult:
        return AuthorizeResult(
            enterprise_id=None, team_id=identity.team_id, bot_token=token, bot_user_id=identity.bot_user
        )

    return AsyncApp(
        logger=logging.getLogger("slack_bolt"),
        client=AsyncWebClient(base_url=settings.slack_api_url),
        signing_secret="",  # the transport verifies signatures before Bolt sees anything
        request_verification_enabled=False,
        ssl_check_enabled=False,
        authorize=authorize,
    )
