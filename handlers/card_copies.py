"""Cards beside the one that counts: copies, which act on the same row, and those of another database, which do not.

A copy is left behind where Slack's answer to a post, or the lease of a delivery, was lost.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DatabaseUnavailable, NotInDatabase, SlackUnavailable
from bot.messages.message import Message, compose
from bot.slack.client import SlackRefusal, call_slack
from bot.store.requests import RequestStore
from handlers.payloads import Click
from handlers.replies import Answer

_log = logging.getLogger(__name__)


class CardCopies:
    """Keeps clicks on cards of other databases from acting here, and takes the buttons of a copy once it was clicked.

    The click on a copy counts: it is about the same row. Slack offers no way to find a message whose post was not
    answered without reading the channel's history, for which the bot has no scope
    (https://docs.slack.dev/reference/methods/chat.postMessage), so a copy goes when a person comes across it.
    """

    def __init__(self, requests: RequestStore, slack: AsyncWebClient) -> None:
        self._requests = requests
        self._slack = slack

    def removed_after(self, run: Callable[[Click], Awaitable[Answer]]) -> Callable[[Click], Awaitable[Answer]]:
        """Return `run`, after which a clicked copy has no buttons and says where the card is.

        Who clicked where the card was before it moved is told so, as nothing changes there any more.
        It raises NotInDatabase, and does not run, for a card that shows something else than the request does here.
        """

        async def ran(click: Click) -> Answer:
            note = None
            try:
                answer = await run(click)
            finally:
                if click.message_ts and click.channel_id:
                    note = await self._point_to_card(click)
            return answer or note

        return self.of_same_request(ran)

    def of_same_request(self, run: Callable[[Click], Awaitable[Answer]]) -> Callable[[Click], Awaitable[Answer]]:
        """Return `run`; it raises NotInDatabase, and does not run, for a click on what shows another request.

        Another copy of the bot may have given the same id, of some 24 million, to a request of its own.
        """

        async def ran(click: Click) -> Answer:
            if click.digest and click.digest != await self._requests.digest(click.request_id):
                raise NotInDatabase(f"What this card of {click.request_id} shows")
            return await run(click)

        return ran

    async def _point_to_card(self, click: Click) -> Message | None:
        """Put in a copy's place where the card is; return the note for a card that has moved."""
        try:
            card = await self._requests.card_of(click.request_id)
            if card is None or card == (click.channel_id, click.message_ts):
                return None
            if card[0] != click.channel_id:
                return _moved(click.request_id)
            text = (
                f"This is a copy of the card of {click.request_id}, which is further down in this channel. "
                "Use that one."
            )
            await call_slack(
                self._slack.chat_update(channel=click.channel_id, ts=click.message_ts, text=text, blocks=[])
            )
        except (SlackRefusal, SlackUnavailable, DatabaseUnavailable) as exc:
            _log.warning("a copy of the card of %s keeps its buttons: %s", click.request_id, exc)
        return None


def _moved(request_id: str) -> Message:
    """Return the note for a click where a card was before the bot could not edit it there any more."""
    where = f"The card of {request_id} has moved to a direct message"
    still = "Clicks on it still count; this bot's Home shows where the request stands."
    return compose([f"{where}, so nothing changes on this one any more. {still}"])
