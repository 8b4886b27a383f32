"""Buttons and windows that no handler knows: from another version of the bot, or not from the bot at all."""

from __future__ import annotations

import logging

from bot.messages.message import Message, compose
from handlers.payloads import Click

_UNKNOWN = (
    "The bot does not know this button, so nothing was changed. It may be from another version of the bot. "
    "Open the bot's Home tab to see where requests stand, or run the command again."
)

_log = logging.getLogger(__name__)


async def explain_unknown(kind: str, click: Click) -> Message:
    """Return what to do instead; the log names the type of the payload."""
    _log.warning("an unknown button or window: %s by %s", kind, click.user_id)
    return compose([_UNKNOWN])
