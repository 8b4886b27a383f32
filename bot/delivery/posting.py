"""Posting and editing within Slack's limits, for the holder of a delivery's lease."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.slack.client import SlackRefusal, call_slack
from bot.store import Delivery, Outbox, RateLimitStore
from bot.store.rate_limits import Limit

_UPDATES = Limit("card updates", per_minute=40, burst=10)
"""`chat.update` allows 50 a minute for a workspace (https://docs.slack.dev/apis/web-api/rate-limits, tier 3)."""

_POSTS_A_MINUTE = 50
"""For one channel, less a margin: `chat.postMessage` allows one a second there.

See the same page, "special rate limits".
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PostedAt:
    """Where a message is."""

    channel: str
    ts: str


class Poster:
    """Posts messages about requests. Every call raises DeliveryLost, SlackRefusal and SlackUnavailable."""

    def __init__(self, client: AsyncWebClient, outbox: Outbox, rate_limits: RateLimitStore) -> None:
        self.client = client
        self._outbox = outbox
        self._rate_limits = rate_limits

    async def wait(self, delivery: Delivery, *limits: Limit) -> None:
        """Return when the next call may be made, with the lease renewed just before."""
        renew_every = self._outbox.renew_every
        await self._rate_limits.wait_renewing(lambda: self._outbox.renew(delivery), renew_every, *limits)

    async def post(
        self, delivery: Delivery, message: Message, to: str, *, thread: str | None = None, broadcast: bool = False
    ) -> PostedAt:
        """Post to a channel, or to a person by their id; return where it is."""
        await self.wait(delivery, posts_in(to))
        answer = await call_slack(
            self.client.chat_postMessage(
                channel=to,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=thread,
                reply_broadcast=broadcast or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return PostedAt(str(answer["channel"]), str(answer["ts"]))

    async def edit(
        self, delivery: Delivery, at: PostedAt, text: str, blocks: Sequence[dict[str, Any]] | None = None
    ) -> None:
        """Replace a message; without blocks, those it had go (https://docs.slack.dev/reference/methods/chat.update)."""
        await self.wait(delivery, _UPDATES)
        await call_slack(self.client.chat_update(channel=at.channel, ts=at.ts, text=text, blocks=blocks))

    async def take_back(self, at: PostedAt) -> None:
        """Delete a message that no row knows, so that its buttons cannot be pressed. A failure is only logged."""
        try:
            await call_slack(self.client.chat_delete(channel=at.channel, ts=at.ts))
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("a second card in %s could not be taken back: %s", at.channel, exc)


def posts_in(channel_id: str) -> Limit:
    """Return the limit that everything posted in one channel keeps to."""
    return Limit(f"posts in {channel_id}", per_minute=_POSTS_A_MINUTE)
