"""Buttons and windows that no handler knows: from another version of the bot, or not from the bot at all."""

from __future__ import annotations

import logging
import re
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from bot.messages.message import compose
from bot.services import Services
from handlers.payloads import Click
from handlers.replies import to_person, to_response_url

_ANYTHING = re.compile(r"", re.DOTALL)

_UNKNOWN = (
    "The bot does not know this button, so nothing was changed. It may be from another version of the bot. "
    "Open the bot's Home tab to see where requests stand, or run the command again."
)

_log = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> None:
    """Answer whatever nobody else listens to; has to be registered last, as Bolt takes the first that matches."""

    async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
        # Not acknowledged, Slack would show an error that says nothing.
        await ack()
        with services.busy.here():
            click = Click.read(body)
            _log.warning("an unknown button or window: %s by %s", body.get("type"), click.user_id)
            by_url = bool(click.response_url)
            reply = (
                to_response_url(click.response_url, services.settings.slack_api_url)
                if by_url
                else to_person(services.slack, click.user_id)
            )
            await reply(compose([_UNKNOWN]))

    app.action(_ANYTHING)(listener)
    app.view(_ANYTHING)(listener)
