"""Slack's channels -> whether a request's card may go there, and whether outsiders read what is posted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.requests.channel_kind import ChannelKind
from bot.slack.cached_lookups import CachedLookup
from bot.slack.client import SlackRefusal, call_slack

_PRIVATE_NAMES = ("directmessage", "mpdm-")
"""How a command's `channel_name` reads in a direct message and in a group of them
(https://docs.slack.dev/interactivity/implementing-slash-commands)."""

_WITH_ONE_PERSON = ("D", "U", "W")
"""How the id of a direct message begins, and that of the person whom it is addressed to.

Slack tells the bot about those only with the scope `im:read`, and they are never shared.
"""

_ABROAD = ("is_pending_ext_shared", "pending_shared", "pending_connected_team_ids", "connected_team_ids")
"""What is true or not empty of a channel that another company is in, or was invited to
(https://docs.slack.dev/reference/objects/channel-object)."""

_REMEMBERED_FOR = 15.0
"""Seconds. Not longer, because whoever joins a channel reads along at once; `conversations.info` may be asked 50
times a minute (https://docs.slack.dev/apis/web-api/rate-limits, tier 3), which is enough for 12 busy channels."""


async def channel_kind(client: AsyncWebClient, channel_id: str, channel_name: str = "") -> ChannelKind:
    """Return what the channel is. Raises SlackUnavailable, and SlackRefusal for a missing scope.

    A private channel the bot is not in is `channel_not_found` to it, so both count as not invited
    (https://docs.slack.dev/reference/methods/conversations.info).
    """
    if channel_id.startswith("D") or channel_name.startswith(_PRIVATE_NAMES):
        return ChannelKind.DIRECT_MESSAGE
    try:
        return _place(await _look_up(client, channel_id))
    except SlackRefusal as refusal:
        if refusal.code == "channel_not_found":
            return ChannelKind.NOT_INVITED
        raise


class Readers:
    """Tells before something is posted whether another company would read it; an answer is good for 15 seconds."""

    def __init__(self, client: AsyncWebClient, clock: Clock) -> None:
        self._client = client
        # Posting can wait, and others are posted meanwhile: nobody waits here for Slack to be asked again.
        self._channels = CachedLookup(self._is_shared, clock, remembered_for=_REMEMBERED_FOR, max_wait=0.0)

    async def include_outsiders(self, channel_id: str) -> bool:
        """Whether another company reads this channel, or was invited to.

        Raises SlackUnavailable, and SlackRefusal where Slack does not say: then nothing may be posted there.
        """
        return not channel_id.startswith(_WITH_ONE_PERSON) and await self._channels.remembered(channel_id)

    async def _is_shared(self, channel_id: str) -> bool:
        return _is_abroad(await _look_up(self._client, channel_id))


async def _look_up(client: AsyncWebClient, channel_id: str) -> Mapping[str, Any]:
    """Return Slack's conversation object."""
    channel = (await call_slack(client.conversations_info(channel=channel_id))).get("channel")
    return channel if isinstance(channel, Mapping) else {}


def _place(channel: Mapping[str, Any]) -> ChannelKind:
    if channel.get("is_im") or channel.get("is_mpim"):
        return ChannelKind.DIRECT_MESSAGE
    if _is_abroad(channel):
        return ChannelKind.SHARED
    if channel.get("is_archived"):
        return ChannelKind.ARCHIVED
    return ChannelKind.OPEN if channel.get("is_member") else ChannelKind.NOT_INVITED


def _is_abroad(channel: Mapping[str, Any]) -> bool:
    """Whether a channel is another company's too, or may be soon; it is where Slack does not say that it is not."""
    is_ours = channel.get("is_ext_shared") is False
    unexplained = channel.get("is_shared") and not channel.get("is_org_shared")
    return not is_ours or bool(unexplained) or any(channel.get(field) for field in _ABROAD)
