"""Looks up channels in Slack: whether a card may go there, and whether another company reads it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.requests.channel_kind import ChannelKind, is_direct
from bot.slack.cached_lookups import CachedLookup
from bot.slack.client import SlackRefusal, call_slack

_DIRECT_MESSAGE_NAMES = ("directmessage", "mpdm-")
"""Prefixes of a command's `channel_name` in direct and group direct messages
(https://docs.slack.dev/interactivity/implementing-slash-commands)."""

_SHARED_FIELDS = ("is_pending_ext_shared", "pending_shared", "pending_connected_team_ids", "connected_team_ids")
"""Fields that are true or not empty if another company is in the channel or was invited to it
(https://docs.slack.dev/reference/objects/channel-object)."""

_REMEMBERED_FOR = 15.0
"""Seconds. Short, because a company that joins a channel can read it at once. `conversations.info` may be called 50
times a minute (https://docs.slack.dev/apis/web-api/rate-limits, tier 3), which is enough for 12 busy channels."""


_CHANNELS_A_PAGE = 999
"""The most that `users.conversations` returns at once."""


async def channel_kind(client: AsyncWebClient, channel_id: str, channel_name: str = "") -> ChannelKind:
    """Return the channel's kind. Raises SlackUnavailable, and SlackRefusal for a missing scope.

    Slack answers `channel_not_found` both for unknown channels and for private ones that the bot is not in, so both
    are NOT_INVITED (https://docs.slack.dev/reference/methods/conversations.info).
    """
    if channel_id.startswith("D") or channel_name.startswith(_DIRECT_MESSAGE_NAMES):
        return ChannelKind.DIRECT_MESSAGE
    try:
        return _kind_of(await _channel_object(client, channel_id))
    except SlackRefusal as refusal:
        if refusal.code == "channel_not_found":
            return ChannelKind.NOT_INVITED
        raise


async def is_member(client: AsyncWebClient, user_id: str, channel_id: str) -> bool:
    """Whether a person is in a channel; False also for a private one that the bot is not in.

    A person's channels are read, not a channel's people, of whom there may be thousands
    (https://docs.slack.dev/reference/methods/users.conversations). Raises SlackUnavailable, and SlackRefusal for a
    missing scope.
    """
    cursor = ""
    while True:
        answer = await call_slack(
            client.users_conversations(
                user=user_id,
                types="public_channel,private_channel",
                limit=_CHANNELS_A_PAGE,
                cursor=cursor or None,
            )
        )
        if any(_id_of(channel) == channel_id for channel in answer.get("channels") or ()):
            return True
        cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
        if not cursor:
            return False


class Readers:
    """Checks before a post whether another company would read it; answers are cached for 15 seconds."""

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        # No waiting here while Slack is rate limiting: this delivery is retried later, and others are not held up.
        self._channels = CachedLookup(self._is_shared, clock, remembered_for=_REMEMBERED_FOR, max_wait=0.0)

    async def include_outsiders(self, channel_id: str) -> bool:
        """Whether another company reads this channel, or was invited to.

        Direct messages are never shared, and Slack returns them only with the scope `im:read`, so it is not asked.
        Raises SlackUnavailable, and SlackRefusal if Slack does not say. Nothing may be posted there in either case.
        """
        return not is_direct(channel_id) and await self._channels.remembered(channel_id)

    async def _is_shared(self, channel_id: str) -> bool:
        return _is_shared_externally(await _channel_object(self._client, channel_id))


async def _channel_object(client: AsyncWebClient, channel_id: str) -> Mapping[str, Any]:
    """Return Slack's conversation object."""
    channel = (await call_slack(client.conversations_info(channel=channel_id))).get("channel")
    return channel if isinstance(channel, Mapping) else {}


def _id_of(channel: object) -> str:
    return str(channel.get("id", "")) if isinstance(channel, Mapping) else ""


def _kind_of(channel: Mapping[str, Any]) -> ChannelKind:
    if channel.get("is_im") or channel.get("is_mpim"):
        return ChannelKind.DIRECT_MESSAGE
    if _is_shared_externally(channel):
        return ChannelKind.SHARED
    if channel.get("is_archived"):
        return ChannelKind.ARCHIVED
    return ChannelKind.OPEN if channel.get("is_member") else ChannelKind.NOT_INVITED


def _is_shared_externally(channel: Mapping[str, Any]) -> bool:
    """Whether the channel is shared with another company, or may be soon; True unless Slack clearly says no."""
    is_ours = channel.get("is_ext_shared") is False
    unexplained = channel.get("is_shared") and not channel.get("is_org_shared")
    return not is_ours or bool(unexplained) or any(channel.get(field) for field in _SHARED_FIELDS)
