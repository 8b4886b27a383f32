"""`Carry out without approval…`: members of BREAK_GLASS carry a request out without the approvals that are missing."""

from __future__ import annotations

import asyncio

from bot.errors import BotError, NotInDatabase, NotNow
from bot.messages.break_glass_window import break_glass_window, not_yours_to_break, wrong_fields
from bot.messages.buttons import MenuItem
from bot.messages.modals import Modal
from bot.messages.previews import REASON_FIELD
from bot.policy_source import PolicySource
from bot.requests.break_glass import break_glass
from bot.requests.policy_in_force import PolicyInForce
from bot.requests.request import Request, State
from bot.slack.break_glass import may_break_glass
from bot.slack.people import People
from bot.store.requests import RequestStore
from handlers.admission import let_in
from handlers.answers import answer_to
from handlers.card_copies import CardCopies
from handlers.decision_windows import DecisionWindows
from handlers.listener import LOOKS_FOR, Listener, Objection
from handlers.payloads import Click, Submission
from handlers.refused_clicks import recording_refusals
from handlers.replies import Answer

_OLD_PROCESS = (
    "An older version of this bot is still running, and does not know that approvers have to be told first. Nothing "
    "changed. Try again in a minute, when the update is done."
)


class BreakGlassWindow:
    """Opens the window, and carries the request out once its fields are right."""

    def __init__(self, requests: RequestStore, people: People, policy: PolicySource, windows: DecisionWindows) -> None:
        self._requests = requests
        self._people = people
        self._policy = policy
        self._windows = windows

    def listen(self, listener: Listener, copies: CardCopies) -> None:
        """Listen to the entry of a card's menu, and to the window's submission."""
        listener.choice(MenuItem.BREAK_GLASS, copies.removed_after(recording_refusals(self._requests, self.open)))
        listener.submission(Modal.BREAK_GLASS, self.objection, recording_refusals(self._requests, self.carry_out))

    async def open(self, click: Click) -> Answer:
        """Open the window for somebody who may."""
        request, _ = await self._allowed(click)
        return await self._windows.open_if_undecided(click, request, break_glass_window)

    async def objection(self, submission: Submission) -> Objection:
        """Return what is wrong with the fields, which keeps the window open."""
        try:
            async with asyncio.timeout(LOOKS_FOR):
                await self._requests.digest(submission.request_id)
                scope = await self._requests.models_of(submission.request_id)
        except NotInDatabase as exc:
            return {REASON_FIELD: str(exc)}
        except (BotError, TimeoutError):
            return None  # it is looked up again for what the window asks, and what is wrong is told then
        return wrong_fields(submission.reason, submission.name, scope.largest) or None

    async def carry_out(self, submission: Submission) -> Answer:
        """Carry the request out, if who asks for that may, and the fields are right."""
        request, in_force = await self._allowed(submission)
        scope = await self._requests.models_of(request.id)
        wrong = wrong_fields(submission.reason, submission.name, scope.largest)
        if wrong and request.state is State.AWAITING:
            raise NotNow(f"Nothing changed. {' '.join(wrong.values())} Open the window again.")
        today = in_force.terms_for(scope.refs, scope.targets)
        step = break_glass(submission.user_id, submission.reason, today)
        return answer_to(await self._requests.apply(request.id, step, submission.actor, request))

    async def _allowed(self, act: Click | Submission) -> tuple[Request, PolicyInForce]:
        """Return the request and the policy in force, if who acts may carry it out so now.

        Raises NotAllowed with what to do instead, and SlackUnavailable for a group that cannot be read.
        """
        person = let_in(await self._people.person(act.user_id))
        request, in_force = await self._requests.get(act.request_id), await self._policy()
        if not await may_break_glass(self._people, person, in_force):
            raise not_yours_to_break(request, in_force.break_glass)
        if not in_force.honours_rules:
            raise NotNow(_OLD_PROCESS)
        return request, in_force
