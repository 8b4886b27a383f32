"""Posts the full list of a long request in its card's thread: as a file, or as text in pages without uploads.

Lists go their own way beside the cards: one that Slack does not take is tried again, and delays no card.
"""

from __future__ import annotations

import asyncio
import logging

from cachetools import LRUCache

from bot.delivery.posting import NoReply, Poster, posts_in
from bot.messages.full_list import csv_list, file_name, introduction, text_pages
from bot.messages.message import Message
from bot.requests.deliveries import DeliveryKind
from bot.requests.request import ListKind
from bot.requests.run_facts import RunFacts
from bot.slack.channels import Readers
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.error_codes import RefusalKind
from bot.store.delivery import CardPlace, Delivery
from bot.store.outbox import BACKOFF, Outbox
from bot.store.rate_limits import Limit
from bot.store.requests import RequestStore
from bot.store.run_facts import RunFactStore

LIST_LEASE = 60.0
"""Seconds for which one process may post a list; longer than the three calls of an upload can take, after one
about the channel."""

_UPLOADS = Limit("uploads", per_minute=80, burst=5)
"""The methods of an upload allow 100 a minute for a workspace.

See https://docs.slack.dev/reference/methods/files.completeUploadExternal (tier 4).
"""

_LISTS_AT_HAND = 4
"""Lists whose pages are remembered while they are posted in turn."""

_KINDS = {DeliveryKind.PLANNED_LIST: ListKind.PLANNED, DeliveryKind.RESULT_LIST: ListKind.RESULT}

_log = logging.getLogger(__name__)


class FullListPoster:
    """Posts full lists. `uploads`: whether the app may post files, which takes the scope `files:write`."""

    def __init__(
        self,
        poster: Poster,
        outbox: Outbox,
        requests: RequestStore,
        facts: RunFactStore,
        readers: Readers,
        *,
        uploads: bool,
    ) -> None:
        self._poster = poster
        self._outbox = outbox
        self._requests = requests
        self._facts = facts
        self._readers = readers
        self._uploads = uploads
        self._pages: LRUCache[tuple[str, ListKind], list[str]] = LRUCache(_LISTS_AT_HAND)

    async def deliver(self, delivery: Delivery) -> None:
        """Post one file or one page, unless outsiders read the channel: then the card leaves it, and the list too."""
        if await self._readers.include_outsiders(delivery.channel):
            await self._outbox.after_card(delivery, BACKOFF.wait(delivery.failures + 1))
        elif delivery.pages == 0 and await self._is_uploaded(delivery):
            await self._outbox.posted(delivery)
        else:
            await self._post_page(delivery)

    async def refused(self, delivery: Delivery, refusal: SlackRefusal) -> bool:
        """Give a list up that has no place: the card says where else it can be read, and takes it along if it moves."""
        if refusal.kind is not RefusalKind.PLACE_CLOSED:
            return False
        await self._give_up(delivery, refusal.code)
        return True

    async def _post_page(self, delivery: Delivery) -> None:
        """Post the next page. Where the thread is gone or closed, no page stands in the channel: there may be many."""
        pages = await self._text_pages(delivery)
        if delivery.pages >= len(pages):
            # Other code posted pages of another size: nobody knows which part of the list they held.
            await self._give_up(delivery, "its pages are those of another version of the bot")
            return
        page = Message(pages[delivery.pages], ())
        in_channel = delivery.place is not CardPlace.REQUESTER
        reply = await self._poster.reply(delivery, page, only_in_thread=in_channel)
        if isinstance(reply, NoReply):
            await self._give_up(delivery, reply.name)
        elif delivery.pages + 1 < len(pages):
            await self._outbox.page_posted(delivery)
        else:
            await self._outbox.posted(delivery)

    async def _give_up(self, delivery: Delivery, why: str) -> None:
        """Stop posting it. If its card is gone as well, the one that takes its place has the list again."""
        _log.warning("its list cannot be in %s (%s)", delivery.channel, why, extra={"request": delivery.request.id})
        await self._outbox.give_up(delivery)

    async def _text_pages(self, delivery: Delivery) -> list[str]:
        """Return the pages of a list, made once for all of them and beside everything else.

        Nothing in them changes, so that another process can go on with them: of the facts they tell only what is new in
        a proposal, as the others may come late.
        """
        kind = _KINDS[delivery.kind]
        key = (delivery.request.id, kind)
        if key not in self._pages:
            targets = await self._requests.targets(delivery.request.id)
            news = (await self._facts.of(delivery.request.id)).news
            told = RunFacts(news=news)
            self._pages[key] = await asyncio.to_thread(text_pages, delivery.request, kind, targets, told)
        return self._pages[key]

    async def _is_uploaded(self, delivery: Delivery) -> bool:
        """Post the list as a file; False where Slack does not let the app do so."""
        if not self._uploads:
            return False
        try:
            await self._upload(delivery)
        except SlackRefusal as refusal:
            _log.warning(
                "no file, so its list is posted as text (%s)", refusal.code, extra={"request": delivery.request.id}
            )
            return False
        return True

    async def _upload(self, delivery: Delivery) -> None:
        kind = _KINDS[delivery.kind]
        targets = await self._requests.targets(delivery.request.id)
        facts = await self._facts.of(delivery.request.id)
        await self._poster.wait(delivery, posts_in(delivery.channel), _UPLOADS)
        await call_slack(
            self._poster.client.files_upload_v2(
                filename=file_name(delivery.request, kind),
                content=csv_list(delivery.request, kind, targets, facts),
                initial_comment=introduction(delivery.request, kind, targets),
                channel=delivery.channel,
                thread_ts=delivery.ts,
            ),
            is_logged=False,
        )
