"""`Show all`: everything a long request is about, in a window of pages."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotAllowed, NotNow
from bot.messages.buttons import Action
from bot.messages.full_list import text_pages
from bot.messages.full_list_window import list_window, page_asked
from bot.requests.request import CARRIED_OUT, ListKind, Request, State
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.people import People
from bot.store import RequestStore
from handlers.admission import let_in
from handlers.listener import Listener
from handlers.payloads import Click


class ShowAllButton:
    """Shows lists to full members; a preview's to its requester alone."""

    def __init__(self, requests: RequestStore, people: People, slack: AsyncWebClient) -> None:
        self._requests = requests
        self._people = people
        self._slack = slack

    def listen(self, listener: Listener) -> None:
        """Listen to the button on cards and previews, and to those that change the page."""
        listener.click(Action.SHOW_ALL, self.open)
        for action in (Action.LIST_PREVIOUS, Action.LIST_NEXT):
            listener.click(action, self.turn)

    async def open(self, click: Click) -> None:
        """Open the window on the first page. Raises NotNow where Slack does not open it."""
        request, pages = await self._pages(click, click.request_id)
        view = list_window(request, pages, 0)
        try:
            await call_slack(self._slack.views_open(trigger_id=click.trigger_id, view=view))
        except SlackRefusal as refusal:
            raise NotNow(f"Slack did not open the window in time ({refusal.code}). Click again.") from refusal

    async def turn(self, click: Click) -> None:
        """Show another page in the same window."""
        request_id, page = page_asked(click.request_id)
        request, pages = await self._pages(click, request_id)
        view = list_window(request, pages, page)
        try:
            await call_slack(self._slack.views_update(view_id=click.view_id, view=view))
        except SlackRefusal as refusal:
            raise NotNow(f"Slack did not show that page ({refusal.code}). Open the list again.") from refusal

    async def _pages(self, click: Click, request_id: str) -> tuple[Request, list[str]]:
        """Return the pages of a list that this person may see. Raises NotAllowed and NotNow."""
        let_in(await self._people.person(click.user_id, remembered=True))
        request = await self._requests.get(request_id)
        if request.state is State.DRAFT and request.requester != click.user_id:
            raise NotAllowed("Only the person who ran the command can see its preview.")
        targets = await self._requests.targets(request.id)
        kind = ListKind.RESULT if request.state in CARRIED_OUT else ListKind.PLANNED
        return request, await asyncio.to_thread(text_pages, request, kind, targets)
