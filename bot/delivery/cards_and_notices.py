"""Draws each request's card from its row, and posts the messages that go with it.

Handlers and the worker change rows; only this posts and edits cards. Slack being down delays cards and loses none.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.delivery.outbox_consumer import BACKOFF
from bot.delivery.posting import PostedAt, Poster
from bot.errors import DatabaseUnavailable
from bot.messages.card import pointer, reminder, request_card, result_reply
from bot.messages.message import Message
from bot.messages.outsiders import OUTSIDERS_READ, left_behind, moved_from
from bot.requests.deliveries import DeliveryKind
from bot.requests.request import Target
from bot.slack.channels import Readers
from bot.slack.client import SlackRefusal
from bot.store import Delivery, Outbox, RequestStore
from bot.store.outbox import DeliveryLost

MESSAGE_LEASE = 30.0
"""Seconds for which one process may post a message.

Longer than two calls to Slack can take, one about the channel and one that posts there, and renewed after these.
"""

_GONE = {
    "message_not_found": "the card there was deleted",
    "cant_update_message": "the card there cannot be edited any more",
    "edit_window_closed": "the card there cannot be edited any more",
    "channel_not_found": "the bot cannot see that channel any more",
    "not_in_channel": "the bot is not a member of that channel any more",
    "is_archived": "that channel was archived",
    "is_inactive": "that channel was archived",
    "restricted_action": "the bot is not allowed to post in that channel",
    "restricted_action_read_only_channel": "the bot is not allowed to post in that channel",
    "restricted_action_thread_only_channel": "the bot is not allowed to post in that channel",
    "restricted_action_non_threadable_channel": "the bot is not allowed to post in that channel",
}
"""Why a card cannot be where it was meant to be (errors of chat.postMessage and chat.update)."""

_log = logging.getLogger(__name__)


class CardPoster:
    """Posts and edits cards, and posts the pointers, reminders and results beside them."""

    def __init__(self, poster: Poster, outbox: Outbox, requests: RequestStore, readers: Readers) -> None:
        self._poster = poster
        self._outbox = outbox
        self._requests = requests
        self._readers = readers

    async def deliver(self, delivery: Delivery) -> None:
        """Post it, unless outsiders read the card's channel: then the card leaves it."""
        if await self._readers.include_outsiders(delivery.channel):
            await self._leave(delivery)
            return
        targets = await self._requests.targets(delivery.request.id)
        match delivery.kind:
            case DeliveryKind.CARD:
                await self._draw(delivery, targets)
            case DeliveryKind.POINTER:
                await self._tell_origin(delivery, pointer(delivery.request, targets))
            case DeliveryKind.REMINDER:
                await self._in_thread(delivery, reminder(delivery.request, targets))
            case DeliveryKind.RESULT_AT_ORIGIN:
                await self._tell_origin(delivery, result_reply(delivery.request, targets))
            case DeliveryKind.RESULT:
                await self._in_thread(delivery, result_reply(delivery.request, targets), broadcast=True)
            case DeliveryKind.PLANNED_LIST | DeliveryKind.RESULT_LIST:
                raise ValueError(f"a {delivery.kind} is posted by full_lists.py")

    async def refused(self, delivery: Delivery, code: str) -> bool:
        """Show a card that has no place in its channel to the requester instead, so that nothing is lost."""
        if code not in _GONE or delivery.problem is not None:
            return False
        _log.warning("%s: no card in %s (%s)", delivery.request.id, delivery.channel, code)
        moved = moved_from(delivery.channel, _GONE[code])
        await self._outbox.move(delivery, delivery.request.requester, moved)
        return True

    async def _draw(self, delivery: Delivery, targets: Sequence[Target]) -> None:
        """Post the card, or edit it where it was posted already."""
        card = request_card(delivery.request, targets, now=delivery.now, problem=delivery.problem)
        if delivery.ts is not None:
            at = PostedAt(delivery.channel, delivery.ts)
            await self._poster.edit(delivery, at, card.text, card.blocks)
            await self._outbox.shown(delivery, at.channel, at.ts)
            return
        at = await self._poster.post(delivery, card, delivery.channel)
        try:
            await self._outbox.shown(delivery, at.channel, at.ts)
        except (DeliveryLost, DatabaseUnavailable):
            # The card just posted is in no row, so another one will be posted.
            await self._poster.take_back(at)
            raise

    async def _leave(self, delivery: Delivery) -> None:
        """Take what a request is about out of a channel that outsiders read, and show the card to the requester."""
        if delivery.kind is not DeliveryKind.CARD:
            await self._outbox.after_card(delivery, BACKOFF.wait(delivery.failures + 1))
            return
        _log.warning("%s: its card leaves %s, where outsiders read", delivery.request.id, delivery.channel)
        if delivery.ts is not None:
            at = PostedAt(delivery.channel, delivery.ts)
            try:
                await self._poster.edit(delivery, at, left_behind(delivery.request).text)
            except SlackRefusal as refusal:
                _log.warning("%s: the card there stays as it is (%s)", delivery.request.id, refusal.code)
        moved = moved_from(delivery.channel, OUTSIDERS_READ)
        await self._outbox.move(delivery, delivery.request.requester, moved)

    async def _in_thread(self, delivery: Delivery, message: Message, *, broadcast: bool = False) -> None:
        await self._poster.post(delivery, message, delivery.channel, thread=delivery.ts, broadcast=broadcast)
        await self._outbox.posted(delivery)

    async def _tell_origin(self, delivery: Delivery, message: Message) -> None:
        """Post to the channel of the command, else to the requester; if neither works, only the card says it."""
        for to in (delivery.request.origin_channel, delivery.request.requester):
            try:
                if await self._readers.include_outsiders(to):
                    _log.info("%s: does not tell %s, where outsiders read", delivery.request.id, to)
                    continue
                await self._poster.post(delivery, message, to)
                break
            except SlackRefusal as refusal:
                _log.info("%s: could not tell %s (%s)", delivery.request.id, to, refusal.code)
        await self._outbox.posted(delivery)
