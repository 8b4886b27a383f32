"""Copies of cards: left behind where Slack's answer to a post, or the lease of a delivery, was lost."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DatabaseUnavailable, SlackUnavailable
from bot.slack.client import SlackRefusal, call_slack
from bot.store import RequestStore
from handlers.payloads import Click
from handlers.replies import Answer

_log = logging.getLogger(__name__)


class CardCopies:
    """Takes the buttons of a copy once it was clicked.

    The click counts: it is about the same row. Slack offers no way to find a message whose post was not answered
    without reading the channel's history, for which the bot has no scope
    (https://docs.slack.dev/reference/methods/chat.postMessage), so a copy goes when a person comes across it.
    """

    def __init__(self, requests: RequestStore, slack: AsyncWebClient) -> None:
        self._requests = requests
        self._slack = slack

    def removed_after(self, run: Callable[[Click], Awaitable[Answer]]) -> Callable[[Click], Awaitable[Answer]]:
        """Return `run`, after which a clicked copy has no buttons and says where the card is."""

        async def ran(click: Click) -> Answer:
            try:
                return await run(click)
            finally:
                if click.message_ts and click.channel_id:
                    await self._point_to_card(click)

        return ran

    async def _point_to_card(self, click: Click) -> None:
        try:
            card = await self._requests.card_of(click.request_id)
            if card is None or card[0] != click.channel_id or card[1] == click.message_ts:
                # In another channel it is no copy, but where the card was before it moved.
                return
            text = (
                f"This is a copy of the card of {click.request_id}, which is further down in this channel. "
                "Use that one."
            )
            await call_slack(
                self._slack.chat_update(channel=click.channel_id, ts=click.message_ts, text=text, blocks=[])
            )
        except (SlackRefusal, SlackUnavailable, DatabaseUnavailable) as exc:
            _log.warning("a copy of the card of %s keeps its buttons: %s", click.request_id, exc)
