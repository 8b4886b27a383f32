"""Slack's channels -> whether a request's card may go there."""

from __future__ import annotations

import enum
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.slack import SlackRefusal, answered

_PRIVATE_NAMES = ("directmessage", "mpdm-")
"""How a command's `channel_name` reads in a direct message and in a group of them
(https://docs.slack.dev/interactivity/implementing-slash-commands)."""


class Place(enum.Enum):
    """What a channel is, as far as a card is concerned."""

    OPEN = "the bot can post here, and only this company reads it"
    NOT_INVITED = "the bot is not a member"
    DIRECT_MESSAGE = "nobody who could approve reads it"
    SHARED = "another company reads it"
    ARCHIVED = "nobody can post here any more"


async def place_of(client: AsyncWebClient, channel_id: str, channel_name: str = "") -> Place:
    """Return what the channel is. Raises SlackUnavailable, and SlackRefusal for a missing scope.

    A private channel the bot is not in is `channel_not_found` to it, so both count as not invited
    (https://docs.slack.dev/reference/methods/conversations.info).
    """
    if channel_id.startswith("D") or channel_name.startswith(_PRIVATE_NAMES):
        return Place.DIRECT_MESSAGE
    try:
        answer = await answered(client.conversations_info(channel=channel_id))
    except SlackRefusal as refusal:
        if refusal.code == "channel_not_found":
            return Place.NOT_INVITED
        raise
    return _place(answer.get("channel") or {})


def _place(channel: dict[str, Any]) -> Place:
    if channel.get("is_im") or channel.get("is_mpim"):
        return Place.DIRECT_MESSAGE
    if channel.get("is_ext_shared") or channel.get("is_pending_ext_shared"):
        return Place.SHARED
    if channel.get("is_archived"):
        return Place.ARCHIVED
    return Place.OPEN if channel.get("is_member") else Place.NOT_INVITED
