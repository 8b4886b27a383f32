"""`Keep some…`: the requester or an approver takes targets out of an open request."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.errors import BotError, NotNow
from bot.messages.buttons import MenuItem
from bot.messages.keep_window import (
    BOXES_FIELD,
    NAMES_FIELD,
    UNTIL_FIELD,
    KeepState,
    choices_of,
    keep_window,
    nothing_to_keep,
)
from bot.messages.keeps import placed
from bot.messages.message import compose
from bot.messages.previews import REASON_FIELD
from bot.messages.refusals import not_yours_to_keep, unchanged
from bot.policy_source import PolicySource
from bot.requests.keeps import Keeping, end_of, matching
from bot.requests.policy import Person
from bot.requests.request import UNDER_WAY, Request, State, Target
from bot.requests.transitions import Refusal
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.keeps import KeepStore
from bot.store.requests import RequestStore
from handlers.admission import let_in
from handlers.card_copies import CardCopies
from handlers.keep_form import KeepForm
from handlers.listener import LOOKS_FOR, Listener, Objection
from handlers.payloads import Click
from handlers.refused_clicks import recording_refusals
from handlers.replies import Answer
from handlers.terms_now import terms_now
from handlers.windows import open_window, update_window

_AGAIN = "Nothing was kept."
_OLD_PROCESS = (
    "An older version of this bot is still running, and does not know what is kept. Nothing was kept. Try again in a "
    "minute, when the update is done; until then, Reject, Withdraw and Stop work as before."
)


class KeepSome:
    """Opens the window, and takes out of the request what is chosen in it."""

    def __init__(
        self,
        requests: RequestStore,
        keeps: KeepStore,
        people: People,
        quorum: Quorum,
        policy: PolicySource,
        slack: AsyncWebClient,
        clock: Clock,
    ) -> None:
        self._requests = requests
        self._keeps = keeps
        self._people = people
        self._quorum = quorum
        self._policy = policy
        self._slack = slack
        self._clock = clock

    def listen(self, listener: Listener, copies: CardCopies) -> None:
        """Listen to the entry of a card's menu, to the window's buttons, and to its submission."""
        listener.choice(MenuItem.KEEP_SOME, copies.removed_after(recording_refusals(self._requests, self.open)))
        listener.keep_page(recording_refusals(self._requests, self.turn))
        listener.keep_submission(self.objection, recording_refusals(self._requests, self.keep))

    async def open(self, click: Click) -> Answer:
        """Open the window on its first page."""
        _, request = await self._allowed(click)
        targets = await self._requests.targets(request.id)
        if closed := _closed(request, targets):
            return compose([closed])
        view = keep_window(request, targets, KeepState(request.id, click.channel_id))
        await open_window(self._slack, click.trigger_id, view, _AGAIN, "Try again.")
        return None

    async def turn(self, form: KeepForm) -> Answer:
        """Show another page, with what was checked on this one kept."""
        _, request = await self._allowed(form)
        targets = await self._requests.targets(request.id)
        if closed := _closed(request, targets):
            return compose([closed])
        view = keep_window(request, targets, replace(form.state, page=form.page))
        await update_window(self._slack, form.view_id, view, _AGAIN, "Open it again.")
        return None

    async def objection(self, form: KeepForm) -> Objection:
        """Return what is wrong with the window: nothing chosen, an id that names nothing, no reason, a past day."""
        try:
            async with asyncio.timeout(LOOKS_FOR):
                targets = await self._requests.targets(form.request_id)
                person = await self._people.person(form.user_id, remembered=True)
        except (BotError, TimeoutError):
            return None  # it is looked up again for what the window asks, and what is wrong is told then
        chosen, unknown = matching(form.names, choices_of(targets))
        wrong: dict[str, str] = {}
        if unknown:
            wrong[NAMES_FIELD] = f"“{unknown}” names nothing here, or more than one version. Use more of its id."
        elif not chosen and not form.state.checked:
            wrong[_boxes_of(form)] = "Choose what to keep."
        if not form.reason:
            wrong[REASON_FIELD] = "Say why, so that others know."
        if wrong_day := self._wrong_day(form, person):
            wrong[UNTIL_FIELD] = wrong_day
        return wrong or None

    async def keep(self, form: KeepForm) -> Answer:
        """Take what is chosen out of the request, and keep it from now on."""
        person, request = await self._allowed(form)
        if not (await self._policy()).honours_keeps:
            raise NotNow(_OLD_PROCESS)
        targets = await self._requests.targets(request.id)
        chosen, unknown = matching(form.names, targets)
        positions = form.state.checked | {target.position for target in chosen}
        if unknown or not (positions and form.reason) or self._wrong_day(form, person):
            raise NotNow("Nothing was kept: it takes a choice, a reason and, if any, a day to come. Try again.")
        until = None if form.until is None else end_of(form.until, person)
        result = await self._keeps.place(request.id, Keeping(positions, form.reason, until), form.actor)
        if not result.is_open:
            return compose([unchanged(Refusal.NO_LONGER_OPEN, result.request)])
        return placed(result.request, result.out, await self._requests.targets(request.id))

    async def _allowed(self, act: Click | KeepForm) -> tuple[Person, Request]:
        """Return who acts and the request, if they asked for it or may decide about it. Raises NotAllowed."""
        person = let_in(await self._people.person(act.user_id))
        request = await self._requests.get(act.request_id)
        is_theirs = request.requester == person.user_id
        if not is_theirs and await self._quorum.denial(person, await terms_now(self._quorum, self._requests, request)):
            raise not_yours_to_keep(request)
        return person, request

    def _wrong_day(self, form: KeepForm, person: Person) -> str:
        """Return why something cannot be kept until that day, or an empty string."""
        if form.until is None:
            return ""
        if form.until == date.max:
            return "This day is too far ahead. Pick an earlier one, or none to keep it for good."
        return "This day is over. Pick today or later." if end_of(form.until, person) <= self._clock.now() else ""


def _closed(request: Request, targets: Sequence[Target]) -> str:
    """Return why nothing of a request can be kept, or an empty string."""
    if request.state not in (State.AWAITING, *UNDER_WAY):
        return unchanged(Refusal.NO_LONGER_OPEN, request)
    return "" if choices_of(targets) else nothing_to_keep(request)


def _boxes_of(form: KeepForm) -> str:
    """Return the block id of the boxes that are shown."""
    return f"{BOXES_FIELD}.{form.state.drawn}"
