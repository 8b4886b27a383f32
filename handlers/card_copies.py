"""Cards that are not the one the row knows: left behind where Slack's answer to a post was lost, or a lease was."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.errors import DatabaseUnavailable, SlackUnavailable
from bot.services import Services
from bot.slack.client import SlackRefusal, call_slack
from handlers.payloads import Click
from handlers.replies import Answer

Run = Callable[[Click], Awaitable[Answer]]

_log = logging.getLogger(__name__)


def without_copies(
    services: Services, run: Callable[[Click], Awaitable[Answer]]
) -> Callable[[Click], Awaitable[Answer]]:
    """Return `run`, after which a copy of a card that was clicked has lost its buttons and says where the card is.

    The click counts: it is about the same row. Slack offers no way to find a message whose post was not answered
    without reading the channel's history, for which the bot has no scope
    (https://docs.slack.dev/reference/methods/chat.postMessage), so a copy goes when somebody comes across it.
    """

    async def ran(click: Click) -> Answer:
        try:
            return await run(click)
        finally:
            if click.message_ts and click.channel_id:
                await _point_elsewhere(services, click)

    return ran


async def _point_elsewhere(services: Services, click: Click) -> None:
    try:
        card = await services.requests.card_of(click.request_id)
        if card is None or card[0] != click.channel_id or card[1] == click.message_ts:
            # In another channel it is no copy, but where the card was before it moved.
            return
        text = f"This is a copy of the card of {click.request_id}, which is further down in this channel. Use that one."
        await call_slack(
            services.slack.chat_update(channel=click.channel_id, ts=click.message_ts, text=text, blocks=[])
        )
    except (SlackRefusal, SlackUnavailable, DatabaseUnavailable) as exc:
        _log.warning("a copy of the card of %s keeps its buttons: %s", click.request_id, exc)
