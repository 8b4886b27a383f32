"""What is said where another company reads along: nothing of what a request is about. Pure."""

from __future__ import annotations

from bot.messages.message import Message, channel, compose, user
from bot.requests.request import Request

OUTSIDERS_READ = "another company reads that channel, or was invited to it"


def left_behind(request: Request) -> Message:
    """What takes the place of a card in a channel that became shared with another company since."""
    said = (
        f"{request.id} is not shown here any more, because another company reads this channel or was invited to it. "
        f"{user(request.requester)} has its card in a direct message, and approvers find it in the bot's Home tab."
    )
    return compose([said])


def moved_from(channel_id: str, why: str) -> str:
    """What a card says that was meant to be in another channel."""
    return f"This card could not be shown in {channel(channel_id)}: {why}."
