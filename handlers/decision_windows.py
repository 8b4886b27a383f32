"""The windows in which approvers approve with a comment or a name, or reject."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import BotError, NotInDatabase
from bot.messages.modals import NAME_FIELD, wrong_name
from bot.messages.previews import REASON_FIELD
from bot.requests.request import Request, State, Target
from bot.requests.run_facts import RunFacts
from bot.requests.transitions import Refusal, Unchanged
from bot.requests.typed_name import is_typed
from bot.store.requests import RequestStore
from bot.store.run_facts import RunFactStore
from handlers.answers import answer_to
from handlers.listener import LOOKS_FOR, Objection
from handlers.payloads import Click, Submission
from handlers.replies import Answer
from handlers.windows import open_window

Window = Callable[[Request, Sequence[Target], RunFacts, str], View]
"""Makes a window of a request, its targets, what is known of them, and the channel to answer in."""


class DecisionWindows:
    """Opens windows that show what would be deleted as the card does, and checks what is typed in them."""

    def __init__(self, requests: RequestStore, facts: RunFactStore, slack: AsyncWebClient) -> None:
        self._requests = requests
        self._facts = facts
        self._slack = slack

    async def open(self, click: Click, request: Request, window: Window) -> None:
        """Open a window about a request. Raises as `open_window` does, and DatabaseUnavailable."""
        targets, facts = await self._requests.targets(request.id), await self._facts.of(request.id)
        view = window(request, targets, facts, click.channel_id)
        await open_window(self._slack, click.trigger_id, view, "Nothing changed.", "Click again.")

    async def open_if_undecided(self, click: Click, request: Request, window: Window) -> Answer:
        """Open a window about a request that awaits approval; for any other, return what is told instead."""
        if request.state is not State.AWAITING:
            closed = Unchanged(request, Refusal.NO_LONGER_OPEN)
            await self._requests.record_refused_click(request.id, click.actor, closed.refusal.value)
            return answer_to(closed)
        await self.open(click, request, window)
        return None

    async def objection(self, submission: Submission) -> Objection:
        """Return why a window stays open, as closing it would lose what was typed: it is another copy's, or it asks
        for a model's name and has another one.
        """
        largest = None
        try:
            async with asyncio.timeout(LOOKS_FOR):
                await self._requests.digest(submission.request_id)
                if submission.name:
                    largest = (await self._requests.models_of(submission.request_id)).largest
        except NotInDatabase as exc:
            return {REASON_FIELD: str(exc)}
        except (BotError, TimeoutError):
            return None  # it is looked up again for what the window asks, and what is wrong is told then
        if submission.name and not is_typed(submission.name, largest):
            return {NAME_FIELD: wrong_name(largest)}
        return None
