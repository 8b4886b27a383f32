"""`Show all`: everything a long request is about, in a window of pages."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotAllowed
from bot.messages.buttons import Action, MenuItem
from bot.messages.full_list import text_pages
from bot.messages.full_list_window import list_window, page_asked
from bot.requests.request import CARRIED_OUT, ListKind, Request, State
from bot.slack.people import People
from bot.store.requests import RequestStore
from bot.store.run_facts import RunFactStore
from handlers.admission import let_in
from handlers.listener import Listener
from handlers.payloads import Click
from handlers.windows import open_window, update_window


class ShowAllButton:
    """Shows lists to full members; a preview's to its requester alone."""

    def __init__(self, requests: RequestStore, facts: RunFactStore, people: People, slack: AsyncWebClient) -> None:
        self._requests = requests
        self._facts = facts
        self._people = people
        self._slack = slack

    def listen(self, listener: Listener) -> None:
        """Listen to the button on cards and previews, and to those that change the page."""
        listener.click(Action.SHOW_ALL, self.open)
        listener.choice(MenuItem.SHOW_ALL, self.open)
        for action in (Action.LIST_PREVIOUS, Action.LIST_NEXT):
            listener.click(action, self.turn)

    async def open(self, click: Click) -> None:
        """Open the window on the first page. Raises NotNow where Slack does not open it."""
        request, pages = await self._pages(click, click.request_id)
        view = list_window(request, pages, 0)
        await open_window(self._slack, click.trigger_id, view, "Nothing changed.", "Click again.")

    async def turn(self, click: Click) -> None:
        """Show another page in the same window."""
        request_id, page = page_asked(click.request_id)
        request, pages = await self._pages(click, request_id)
        view = list_window(request, pages, page)
        await update_window(self._slack, click.view_id, view, "Nothing changed.", "Open the list again.")

    async def _pages(self, click: Click, request_id: str) -> tuple[Request, list[str]]:
        """Return the pages of a list that this person may see. Raises NotAllowed and NotNow."""
        let_in(await self._people.person(click.user_id, remembered=True))
        request = await self._requests.get(request_id)
        if request.state is State.DRAFT and request.requester != click.user_id:
            raise NotAllowed("Only the person who ran the command can see its preview.")
        targets = await self._requests.targets(request.id)
        kind = ListKind.RESULT if request.state in CARRIED_OUT else ListKind.PLANNED
        facts = await self._facts.of(request.id)
        return request, await asyncio.to_thread(text_pages, request, kind, targets, facts)
