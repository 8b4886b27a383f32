"""Draws each request's card from its row whenever the two differ, and announces how it ended.

Handlers and the worker change rows; only the board posts and edits cards. Slack being down delays
cards and loses none.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import DatabaseUnavailable, SlackUnavailable
from bot.messages.card import pointer, reminder, request_card, result_reply
from bot.messages.message import Message
from bot.messages.outsiders import OUTSIDERS_READ, left_behind, moved_from
from bot.requests.request import Target
from bot.slack.channels import Readers
from bot.slack.client import SlackBusy, SlackRefusal, call_slack
from bot.store import CardStore, DueCard, Notice, RateLimitStore, RequestStore
from bot.store.cards import MAX_DELAY, PostingLost
from bot.store.rate_limits import Limit

CARD_LEASE = 30.0
"""Seconds for which one process may draw a card.

Longer than two calls to Slack can take, one about the channel and one that posts there, and renewed after these.
"""

REDRAW_AFTER = 2.0
"""Seconds between two drawings of one card."""

_UPDATES = Limit("card updates", per_minute=40, burst=10)
"""`chat.update` allows 50 a minute for a workspace (https://docs.slack.dev/apis/web-api/rate-limits, tier 3)."""

_POSTS_A_MINUTE = 50
"""For one channel, less a margin: `chat.postMessage` allows one a second there.

See the same page, "special rate limits".
"""

_MAX_DOUBLINGS = 10
"""Doublings of a second that reach the longest delay; many more of them are no number any more."""

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


@dataclass(frozen=True, slots=True)
class _PostedAt:
    """Where a message is."""

    channel: str
    ts: str | None


class CardPoster:
    """Keeps every card as its row; any number of boards may share one database."""

    def __init__(
        self, client: AsyncWebClient, cards: CardStore, requests: RequestStore, slots: RateLimitStore, readers: Readers
    ) -> None:
        self._client = client
        self._readers = readers
        self._cards = cards
        self._requests = requests
        self._slots = slots

    async def draw_due(self) -> float | None:
        """Draw every card that is due; return in how many seconds the next one will be, None for none."""
        while card := await self._cards.claim():
            await self._draw(card)
        return await self._cards.wait()

    async def _draw(self, card: DueCard) -> None:
        targets = await self._requests.targets(card.request.id)
        try:
            if await self._readers.include_outsiders(card.channel):
                await self._leave(card)
                return
            place = await self._show(card, targets) if card.needs_drawing else _PostedAt(card.channel, card.ts)
            for notice in card.notices:
                await self._post_notice(card, place, notice, targets)
                await self._cards.posted(card, notice)
            await self._cards.release(card)
        except PostingLost:
            _log.warning("%s: another process draws its card", card.request.id)
        except SlackBusy as busy:
            await self._put_off(card, busy.retry_after)
        except SlackUnavailable:
            await self._put_off(card, put_off_for(card.failures))
        except SlackRefusal as refusal:
            with contextlib.suppress(PostingLost):
                await self._refused(card, refusal.code)

    async def _put_off(self, card: DueCard, seconds: float) -> None:
        with contextlib.suppress(PostingLost):
            await self._cards.put_off(card, seconds)

    async def _turn(self, card: DueCard, limit: Limit) -> None:
        """Return when the next call about a card may be made, holding its lease all the while. Raises PostingLost."""
        await self._slots.wait_renewing(lambda: self._cards.renew(card), self._cards.renew_every, limit)

    async def _show(self, card: DueCard, targets: Sequence[Target]) -> _PostedAt:
        """Post the card, or edit it where it was posted already; return where it is."""
        message = request_card(card.request, targets, now=card.now, problem=card.problem)
        if card.ts is None:
            place = await self._post(card, message, card.channel)
        else:
            place = _PostedAt(card.channel, card.ts)
            await self._turn(card, _UPDATES)
            await call_slack(
                self._client.chat_update(
                    channel=card.channel, ts=card.ts, text=message.text, blocks=list(message.blocks)
                )
            )
        try:
            await self._cards.drawn(card, place.channel, str(place.ts))
        except (PostingLost, DatabaseUnavailable):
            # The card just posted is in no row, so another one will be posted.
            if card.ts is None:
                await self._take_back(place)
            raise
        return place

    async def _take_back(self, place: _PostedAt) -> None:
        """Delete a card that no row knows: nobody is to press its buttons."""
        try:
            await call_slack(self._client.chat_delete(channel=place.channel, ts=str(place.ts)))
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("a second card in %s could not be taken back: %s", place.channel, exc)

    async def _leave(self, card: DueCard) -> None:
        """Take what a request is about out of a channel that outsiders read, and show the card to the requester."""
        _log.warning("%s: its card leaves %s, where outsiders read", card.request.id, card.channel)
        if card.ts is not None:
            text = left_behind(card.request).text
            await self._turn(card, _UPDATES)
            try:
                # Without blocks, those of the card go (https://docs.slack.dev/reference/methods/chat.update).
                await call_slack(self._client.chat_update(channel=card.channel, ts=card.ts, text=text))
            except SlackRefusal as refusal:
                _log.warning("%s: the card there stays as it is (%s)", card.request.id, refusal.code)
        await self._cards.move(card, card.request.requester, moved_from(card.channel, OUTSIDERS_READ))

    async def _post_notice(self, card: DueCard, place: _PostedAt, notice: Notice, targets: Sequence[Target]) -> None:
        request = card.request
        match notice:
            case Notice.POINTER:
                await self._tell_origin(card, pointer(request, targets))
            case Notice.REMINDER:
                await self._post(card, reminder(request, targets), place.channel, thread=place.ts)
            case Notice.RESULT_AT_ORIGIN:
                await self._tell_origin(card, result_reply(request, targets))
            case Notice.RESULT:
                await self._post(card, result_reply(request, targets), place.channel, thread=place.ts, broadcast=True)

    async def _tell_origin(self, card: DueCard, message: Message) -> None:
        """Tell the channel of the command, else the requester; where nobody can be told, the card tells it alone."""
        for to in (card.request.origin_channel, card.request.requester):
            try:
                if await self._readers.include_outsiders(to):
                    _log.info("%s: does not tell %s, where outsiders read", card.request.id, to)
                    continue
                await self._post(card, message, to)
            except SlackRefusal as refusal:
                _log.info("%s: could not tell %s (%s)", card.request.id, to, refusal.code)
                await self._cards.renew(card)
            else:
                return

    async def _post(
        self, card: DueCard, message: Message, to: str, *, thread: str | None = None, broadcast: bool = False
    ) -> _PostedAt:
        await self._turn(card, posts_in(to))
        answer = await call_slack(
            self._client.chat_postMessage(
                channel=to,
                text=message.text,
                blocks=list(message.blocks),
                thread_ts=thread,
                reply_broadcast=broadcast or None,
                unfurl_links=False,
                unfurl_media=False,
            )
        )
        return _PostedAt(str(answer["channel"]), str(answer["ts"]))

    async def _refused(self, card: DueCard, code: str) -> None:
        """The card has no place there: show it to the requester instead, so that nothing is lost."""
        already_moved = card.problem is not None
        if code in _GONE and not already_moved:
            _log.warning("%s: no card in %s (%s)", card.request.id, card.channel, code)
            await self._cards.move(card, card.request.requester, moved_from(card.channel, _GONE[code]))
            return
        _log.error("%s: Slack does not take the card (%s)", card.request.id, code)
        await self._cards.put_off(card, put_off_for(card.failures))


def posts_in(channel_id: str) -> Limit:
    """Return the limit that everything posted in one channel keeps to."""
    return Limit(f"posts in {channel_id}", per_minute=_POSTS_A_MINUTE)


def put_off_for(failures: int) -> float:
    """Return the seconds to wait after so many vain tries in a row."""
    return min(2.0 ** min(failures, _MAX_DOUBLINGS), MAX_DELAY)
