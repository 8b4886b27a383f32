"""Posting and editing within Slack's limits, for the holder of a delivery's lease."""

from __future__ import annotations

import enum
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.error_codes import RefusalKind
from bot.store.delivery import Delivery
from bot.store.outbox import Outbox
from bot.store.rate_limits import Limit, RateLimitStore

_UPDATES = Limit("card updates", per_minute=40, burst=10)
"""`chat.update` allows 50 a minute for a workspace (https://docs.slack.dev/apis/web-api/rate-limits, tier 3)."""

_POSTS_A_MINUTE = 50
"""For one channel, less a margin: `chat.postMessage` allows one a second there.

See the same page, "special rate limits".
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PostedAt:
    """Where a message is; `is_astray`: it was meant for a thread, and stands in the channel itself."""

    channel: str
    ts: str
    is_astray: bool = False


class NoReply(enum.Enum):
    """Why there is no reply in a card's thread."""

    CARD_GONE = enum.auto()
    CLOSED = enum.auto()
    """The card may be there, but Slack takes no reply of the bot's in its thread."""


class Poster:
    """Posts messages about requests. Every call raises DeliveryLost, SlackRefusal and SlackUnavailable.

    The last is logged by whoever tries again.
    """

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
                blocks=list(message.blocks) or None,
                thread_ts=thread,
                reply_broadcast=broadcast or None,
                unfurl_links=False,
                unfurl_media=False,
            ),
            is_logged=False,
        )
        return PostedAt(str(answer["channel"]), str(answer["ts"]), thread is not None and _is_astray(answer))

    async def reply(
        self, delivery: Delivery, message: Message, *, broadcast: bool = False, only_in_thread: bool = True
    ) -> PostedAt | NoReply:
        """Post in the thread of the card. With `only_in_thread`, a reply that Slack put elsewhere is taken back."""
        try:
            at = await self.post(delivery, message, delivery.channel, thread=delivery.ts, broadcast=broadcast)
        except SlackRefusal as refusal:
            match refusal.kind:
                case RefusalKind.MESSAGE_GONE:
                    return NoReply.CARD_GONE
                case RefusalKind.THREAD_CLOSED:
                    return NoReply.CLOSED
                case _:
                    raise
        if not (at.is_astray and only_in_thread):
            return at
        _log.warning("a reply found no card in %s", delivery.channel, extra={"request": delivery.request.id})
        await self.take_back(at)
        return NoReply.CARD_GONE

    async def remove(self, at: PostedAt) -> None:
        """Delete a message; one that is gone, or that Slack does not let the bot delete, is only logged."""
        try:
            await call_slack(self.client.chat_delete(channel=at.channel, ts=at.ts), is_logged=False)
        except SlackRefusal as refusal:
            _log.log(refusal.log_level, "a message in %s was not deleted: %s", at.channel, refusal)

    async def edit(self, delivery: Delivery, at: PostedAt, text: str, blocks: Sequence[dict[str, Any]] = ()) -> None:
        """Replace a message and its blocks; an empty list removes those it had, however Slack takes a call without any.

        See https://docs.slack.dev/reference/methods/chat.update.
        """
        await self.wait(delivery, _UPDATES)
        change = self.client.chat_update(channel=at.channel, ts=at.ts, text=text, blocks=list(blocks))
        await call_slack(change, is_logged=False)

    async def take_back(self, at: PostedAt) -> None:
        """Delete a message that should not stay: a card that no row knows, a reply without its thread.

        A failure is only logged.
        """
        try:
            await self.remove(at)
        except SlackUnavailable as exc:
            _log.warning("a message in %s could not be taken back: %s", at.channel, exc)


def _is_astray(answer: AsyncSlackResponse) -> bool:
    """Whether a reply stands in the channel: Slack does not refuse one to a message that was deleted.

    Its answer then holds the message without `thread_ts` (https://github.com/langchain-ai/open-swe/pull/2753,
    https://github.com/measure-sh/measure/pull/3997). An answer that holds no message says nothing.
    """
    message = answer.get("message")
    return isinstance(message, Mapping) and "ts" in message and not message.get("thread_ts")


def posts_in(channel_id: str) -> Limit:
    """Return the limit that everything posted in one channel keeps to."""
    return Limit(f"posts in {channel_id}", per_minute=_POSTS_A_MINUTE)
