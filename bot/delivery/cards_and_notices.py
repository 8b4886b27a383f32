"""Draws each request's card from its row, and posts the messages that go with it.

Handlers and the worker change rows; only this posts and edits cards. Slack being down delays cards and loses none.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.delivery.break_glass_notices import BreakGlassNotices
from bot.delivery.closed_places import why_closed
from bot.delivery.new_cards import record_card
from bot.delivery.posting import NoReply, PostedAt, Poster
from bot.delivery.records import Records
from bot.messages.break_glass import glass_reply
from bot.messages.card import pointer, reminder, request_card, result_elsewhere, result_reply
from bot.messages.card_place import FIRST_CLOSED, FIRST_DELETED, moved_from
from bot.messages.message import Message
from bot.messages.outsiders import OUTSIDERS_READ, left_behind
from bot.permalinks import message_link
from bot.requests.asker import AskedBy, ProposedBy, asker_of
from bot.requests.deliveries import DeliveryKind
from bot.requests.request import Request, State, Target
from bot.requests.run_facts import NOT_KNOWN
from bot.slack.channels import Readers
from bot.slack.client import SlackRefusal
from bot.slack.error_codes import RefusalKind
from bot.store.delivery import CardPlace, Delivery
from bot.store.outbox import BACKOFF, Outbox

MESSAGE_LEASE = 30.0
"""Seconds for which one process may post a message.

Longer than two calls to Slack can take, one about the channel and one that posts there, and renewed after these.
"""

_TRIES_FOR_A_CARD = 3
"""How often a card is drawn for a reply that does not find its thread, before the reply goes without one."""

_DELETED = ("message_not_found", "thread_not_found")

_log = logging.getLogger(__name__)


class CardPoster:
    """Posts and edits cards, and posts the pointers, reminders and results beside them.

    `workspace` is the URL of the Slack workspace, with which links to cards begin.
    """

    def __init__(
        self,
        poster: Poster,
        outbox: Outbox,
        records: Records,
        readers: Readers,
        glass: BreakGlassNotices,
        *,
        workspace: str,
    ) -> None:
        self._poster = poster
        self._outbox = outbox
        self._records = records
        self._readers = readers
        self._glass = glass
        self._workspace = workspace

    async def deliver(self, delivery: Delivery) -> None:
        """Post it, unless outsiders read the card's channel: then the card leaves it."""
        if await self._readers.include_outsiders(delivery.channel):
            await self._leave(delivery)
        else:
            await self._post(delivery)

    async def _post(self, delivery: Delivery) -> None:
        request, card = delivery.request, message_link(self._workspace, delivery.channel, delivery.ts or "")
        match delivery.kind:
            case DeliveryKind.CARD:
                await self._draw(delivery, await self._targets(delivery))
            case DeliveryKind.CARD_CHECK:
                await self._outbox.check_card(delivery)
            case DeliveryKind.POINTER:
                await self._tell_origin(delivery, pointer(request, await self._targets(delivery), card))
            case DeliveryKind.GLASS_REPLY | DeliveryKind.GLASS_NOTICE | DeliveryKind.GLASS_UNTOLD:
                await self._tell_of_glass(delivery, await self._targets(delivery), card)
            case DeliveryKind.REMINDER:
                await self._in_thread(delivery, reminder(request, await self._targets(delivery)))
            case DeliveryKind.REMINDER_REMOVAL:
                await self._remove_reminder(delivery)
            case DeliveryKind.RESULT_AT_ORIGIN:
                targets, owner = await self._targets(delivery), await self._owner(request)
                await self._tell_origin(delivery, result_elsewhere(request, targets, card, owner=owner))
            case DeliveryKind.RESULT:
                targets, owner = await self._targets(delivery), await self._owner(request)
                await self._in_thread(delivery, result_reply(request, targets, card, owner=owner), broadcast=True)
            case DeliveryKind.PLANNED_LIST | DeliveryKind.RESULT_LIST:
                raise ValueError(f"a {delivery.kind} is posted by full_lists.py")

    async def refused(self, delivery: Delivery, refusal: SlackRefusal) -> bool:
        """Post a card that is gone once more in its channel, and one that has no place there to the requester."""
        if delivery.kind is DeliveryKind.GLASS_NOTICE:
            await self._glass.refused(delivery, refusal)
            return True
        match refusal.kind:
            case RefusalKind.MESSAGE_GONE:
                await self._without_card(delivery, refusal.code)
                return True
            case RefusalKind.PLACE_CLOSED | RefusalKind.THREAD_CLOSED:
                return await self._without_channel(delivery, refusal.code)
            case _:
                return False

    async def _without_card(self, delivery: Delivery, code: str) -> None:
        """Post a card anew that is gone, once where it was and once to the requester, while there is something to say.

        A card that has said everything stays away: somebody, or a retention policy, has removed it on purpose.
        """
        _log.warning("its card in %s is gone (%s)", delivery.channel, code, extra={"request": delivery.request.id})
        is_deleted = code in _DELETED
        if delivery.is_told or delivery.place is CardPlace.REQUESTER:
            await self._outbox.drop(delivery)
        elif delivery.place is CardPlace.FIRST:
            note = FIRST_DELETED if is_deleted else FIRST_CLOSED
            await self._outbox.post_anew(delivery, delivery.channel, note)
        else:
            why = "the card there was deleted twice" if is_deleted else "the card there cannot be edited any more"
            await self._to_requester(delivery, why)

    async def _without_channel(self, delivery: Delivery, code: str) -> bool:
        """Show the card to the requester; if that is where it is, try that again until the request has ended."""
        _log.warning("no card in %s (%s)", delivery.channel, code, extra={"request": delivery.request.id})
        if delivery.place is not CardPlace.REQUESTER:
            await self._to_requester(delivery, why_closed(code))
        elif delivery.request.state.is_end:
            await self._outbox.drop(delivery)
        else:
            return False
        return True

    async def _to_requester(self, delivery: Delivery, why: str) -> None:
        """Show the card to the requester instead, or to the rule's owner, so that nothing is lost."""
        person = delivery.request.requester or await self._owner(delivery.request)
        await self._outbox.post_anew(delivery, person, moved_from(delivery.channel, why))

    async def _owner(self, request: Request) -> str:
        """Return the owner of the rule that proposed a request, who is told what a requester is; empty for others."""
        match asker_of(request):
            case AskedBy():
                return ""
            case ProposedBy():
                proposal = await self._records.proposals.about(request.id)
                if proposal is None:
                    raise ValueError(f"nothing is stored of the proposal {request.id}")
                return proposal.owner

    async def _targets(self, delivery: Delivery) -> tuple[Target, ...]:
        """Return the request's targets: there may be thousands, and not every delivery tells of them."""
        return await self._records.requests.targets(delivery.request.id)

    async def _draw(self, delivery: Delivery, targets: Sequence[Target]) -> None:
        """Post the card, or edit it where it was posted already."""
        waits = delivery.request.state is State.AWAITING
        facts = await self._records.facts.of(delivery.request.id) if waits else NOT_KNOWN
        card = request_card(
            delivery.request,
            targets,
            now=delivery.now,
            facts=facts,
            problem=delivery.problem,
            offers_break_glass=waits and await self._glass.are_possible(),
        )
        if delivery.ts is not None:
            at = PostedAt(delivery.channel, delivery.ts)
            await self._poster.edit(delivery, at, card.text, card.blocks)
            await self._outbox.shown(delivery, at.channel, at.ts)
            return
        at = await self._poster.post(delivery, card, delivery.channel)
        await record_card(self._outbox, self._poster, delivery, at)

    async def _leave(self, delivery: Delivery) -> None:
        """Take what a request is about out of a channel that outsiders read, and show the card to the requester."""
        if delivery.kind is not DeliveryKind.CARD:
            await self._outbox.after_card(delivery, BACKOFF.wait(delivery.failures + 1))
            return
        _log.warning("its card leaves %s: outsiders read it", delivery.channel, extra={"request": delivery.request.id})
        if delivery.ts is not None:
            at = PostedAt(delivery.channel, delivery.ts)
            try:
                await self._poster.edit(delivery, at, left_behind(delivery.request).text)
            except SlackRefusal as refusal:
                _log.log(
                    refusal.log_level,
                    "its card there stays (%s)",
                    refusal,
                    extra={"request": delivery.request.id},
                )
        await self._to_requester(delivery, OUTSIDERS_READ)

    async def _in_thread(self, delivery: Delivery, message: Message, *, broadcast: bool = False) -> None:
        """Post in the card's thread; where that is gone, under the card that takes its place, else without a thread."""
        may_return = delivery.place is not CardPlace.REQUESTER and delivery.failures < _TRIES_FOR_A_CARD
        reply = await self._poster.reply(delivery, message, broadcast=broadcast, only_in_thread=may_return)
        if reply is NoReply.CARD_GONE and may_return:
            await self._outbox.after_card(delivery, BACKOFF.wait(delivery.failures + 1))
            return
        at = reply if isinstance(reply, PostedAt) else await self._poster.post(delivery, message, delivery.channel)
        if delivery.kind is DeliveryKind.REMINDER:
            await self._outbox.reminded(delivery, at.channel, at.ts)
        else:
            await self._outbox.posted(delivery)

    async def _tell_of_glass(self, delivery: Delivery, targets: Sequence[Target], card: str) -> None:
        match delivery.kind:
            case DeliveryKind.GLASS_REPLY:
                await self._in_thread(delivery, glass_reply(delivery.request, targets))
            case DeliveryKind.GLASS_NOTICE:
                await self._glass.tell_approvers(delivery, targets, card)
            case _:
                await self._glass.tell_of_problem(delivery, targets)

    async def _remove_reminder(self, delivery: Delivery) -> None:
        """Delete the reminder, which says that a request still waits."""
        place = await self._outbox.reminder(delivery)
        if place is not None:
            await self._poster.remove(PostedAt(*place))
        await self._outbox.posted(delivery)

    async def _tell_origin(self, delivery: Delivery, message: Message) -> None:
        """Post to the channel of the command, else to the requester; if neither can be posted to, the card says it."""
        request = delivery.request
        for to in (request.origin_channel, request.requester or await self._owner(request)):
            try:
                if await self._readers.include_outsiders(to):
                    _log.info("%s is not told: outsiders read it", to, extra={"request": delivery.request.id})
                    continue
                await self._poster.post(delivery, message, to)
                break
            except SlackRefusal as refusal:
                if refusal.kind is not RefusalKind.PLACE_CLOSED:
                    raise
                _log.info("could not tell %s (%s)", to, refusal.code, extra={"request": delivery.request.id})
        await self._outbox.posted(delivery)
