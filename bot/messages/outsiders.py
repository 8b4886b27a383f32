"""Messages for channels that are shared with another company: they name no model or version. Pure."""

from __future__ import annotations

from bot.messages.message import Message, channel, compose, user
from bot.requests.request import Request

OUTSIDERS_READ = "another company reads that channel, or was invited to it"


def left_behind(request: Request) -> Message:
    """Return the message that replaces a card whose channel became shared with another company."""
    said = (
        f"{request.id} is not shown here any more, because another company reads this channel or was invited to it. "
        f"{user(request.requester)} has its card in a direct message, and approvers find it in the bot's Home tab."
    )
    return compose([said])


def moved_from(channel_id: str, why: str) -> str:
    """Return the sentence for a card that was meant for another channel."""
    return f"This card could not be shown in {channel(channel_id)}: {why}."
