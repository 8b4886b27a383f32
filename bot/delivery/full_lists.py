"""Posts the full list of a long request in its card's thread: as a file or, where that cannot be, page by page.

Lists go their own way beside the cards: one that Slack does not take is tried again, and delays no card.
"""

from __future__ import annotations

import asyncio
import logging

from cachetools import LRUCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.cards import posts_in, put_off_for
from bot.errors import SlackUnavailable
from bot.messages.full_list import csv_list, file_name, introduction, text_pages
from bot.requests.request import ListKind
from bot.slack.channels import Readers
from bot.slack.client import SlackBusy, SlackRefusal, call_slack
from bot.store import DueList, ListStore, RateLimitStore, RequestStore
from bot.store.cards import PostingLost
from bot.store.rate_limits import Limit

LIST_LEASE = 60.0
"""Seconds for which one process may post a list; longer than the three calls of an upload can take, after one
about the channel."""

_UPLOADS = Limit("uploads", per_minute=80, burst=5)
"""The methods of an upload allow 100 a minute for a workspace.

See https://docs.slack.dev/reference/methods/files.completeUploadExternal (tier 4).
"""

_LISTS_AT_HAND = 4
"""Lists whose pages are kept while they are posted by turns."""

_log = logging.getLogger(__name__)


class FullListPoster:
    """Posts what is due; any number of listers may share one database.

    `uploads`: whether the app may post files, which takes the scope `files:write`.
    """

    def __init__(
        self,
        client: AsyncWebClient,
        lists: ListStore,
        requests: RequestStore,
        slots: RateLimitStore,
        readers: Readers,
        *,
        uploads: bool,
    ) -> None:
        self._client = client
        self._readers = readers
        self._lists = lists
        self._requests = requests
        self._slots = slots
        self._uploads = uploads
        self._pages: LRUCache[tuple[str, ListKind], list[str]] = LRUCache(_LISTS_AT_HAND)

    async def post_due(self) -> float | None:
        """Post one file or one page; return in how many seconds there will be more to post, None for never."""
        due = await self._lists.claim()
        if due is None:
            return await self._lists.wait()
        try:
            if await self._readers.include_outsiders(due.channel):
                # The card moves when it is drawn, and its list with it.
                await self._lists.wait_for_card(due, put_off_for(due.failures))
            else:
                await self._post(due)
        except PostingLost:
            _log.warning("%s: another process posts its list", due.request.id)
        except SlackBusy as busy:
            await self._lists.put_off(due, busy.retry_after)
        except SlackUnavailable:
            await self._lists.put_off(due, put_off_for(due.failures))
        except SlackRefusal as refusal:
            _log.error("%s: Slack does not take the list (%s)", due.request.id, refusal.code)
            await self._lists.put_off(due, put_off_for(due.failures))
        return 0.0

    async def _post(self, due: DueList) -> None:
        if due.pages == 0 and await self._is_uploaded(due):
            await self._lists.posted(due)
            return
        pages = await self._text_pages(due)
        await self._post_page(due, pages[due.pages])
        if due.pages + 1 < len(pages):
            await self._lists.page_posted(due)
        else:
            await self._lists.posted(due)

    async def _text_pages(self, due: DueList) -> list[str]:
        """Return the pages of a list, made once for all of them and beside everything else: nothing in them changes."""
        key = (due.request.id, due.kind)
        if key not in self._pages:
            targets = await self._requests.targets(due.request.id)
            self._pages[key] = await asyncio.to_thread(text_pages, due.request, due.kind, targets)
        return self._pages[key]

    async def _is_uploaded(self, due: DueList) -> bool:
        """Post the list as a file; False where Slack does not let the app do so."""
        if not self._uploads:
            return False
        try:
            await self._upload(due)
        except SlackRefusal as refusal:
            _log.warning("%s: no file, so its list is posted as text (%s)", due.request.id, refusal.code)
            return False
        return True

    async def _upload(self, due: DueList) -> None:
        targets = await self._requests.targets(due.request.id)
        await self._turn(due, posts_in(due.channel), _UPLOADS)
        await call_slack(
            self._client.files_upload_v2(
                filename=file_name(due.request, due.kind),
                content=csv_list(due.request, due.kind, targets),
                initial_comment=introduction(due.request, due.kind, targets),
                channel=due.channel,
                thread_ts=due.ts,
            )
        )

    async def _turn(self, due: DueList, *limits: Limit) -> None:
        """Return when the next call about a list may be made, holding its lease all the while. Raises PostingLost."""
        await self._slots.wait_renewing(lambda: self._lists.renew(due), self._lists.renew_every, *limits)

    async def _post_page(self, due: DueList, page: str) -> None:
        await self._turn(due, posts_in(due.channel))
        await call_slack(
            self._client.chat_postMessage(
                channel=due.channel, thread_ts=due.ts, text=page, unfurl_links=False, unfurl_media=False
            )
        )
