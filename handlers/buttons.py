"""The buttons: confirm, cancel, reject, withdraw. Each click is one step over one row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from bot.commands.own_reference import checked_reference
from bot.messages.buttons import Action, MenuItem
from bot.messages.modals import Modal, rejection
from bot.messages.previews import cancelled, confirmed
from bot.messages.refusals import denied, wrong_channel
from bot.policy_source import PolicySource, for_deciding
from bot.refs import Command
from bot.requests.policy import Person
from bot.requests.request import Event, Request
from bot.requests.terms import Terms
from bot.requests.transitions import (
    Changed,
    Confirmation,
    Refusal,
    Unchanged,
    cancel,
    confirm,
    reject,
    withdraw,
)
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.requests import RequestStore
from handlers.admission import Admission, let_in
from handlers.answers import answer_to
from handlers.card_copies import CardCopies
from handlers.decision_windows import DecisionWindows
from handlers.home import HomeTab
from handlers.listener import Listener
from handlers.payloads import Click, Submission
from handlers.refused_clicks import Act, recording_refusals
from handlers.replies import Answer, Replaced
from handlers.terms_now import terms_now


class RequestButtons:
    """What each button does. The card shows what came of it; only a person who is refused gets an answer."""

    def __init__(
        self,
        requests: RequestStore,
        admission: Admission,
        people: People,
        quorum: Quorum,
        policy: PolicySource,
        windows: DecisionWindows,
        *,
        remind_after: float,
    ) -> None:
        self._requests = requests
        self._admission = admission
        self._people = people
        self._quorum = quorum
        self._policy = policy
        self._deciding = for_deciding(policy)
        self._windows = windows
        self._remind_after = remind_after

    def listen(self, listener: Listener, home: HomeTab, copies: CardCopies) -> None:
        """Listen to every button; refusals are in the audit trail, and a click on the Home tab redraws it."""

        def audited(run: Callable[[Act], Awaitable[Answer]]) -> Callable[[Act], Awaitable[Answer]]:
            return home.redrawn_after(recording_refusals(self._requests, run))

        listener.click(Action.CONFIRM, audited(self.confirm))
        listener.click(Action.CANCEL, audited(self.cancel))
        listener.click(Action.REJECT, copies.removed_after(audited(self.ask_why_not)))
        withdraw = copies.removed_after(audited(self.withdraw))
        listener.click(Action.WITHDRAW, withdraw)
        listener.choice(MenuItem.WITHDRAW, withdraw)
        listener.submission(Modal.REJECTION, self._windows.objection, audited(self.reject))

    async def confirm(self, click: Click) -> Answer:
        """Promote exactly the draft that was shown, once, however often it is clicked."""
        person = await self._requester(click)
        request = await self._requests.get(click.request_id)
        in_force = await self._deciding()
        if elsewhere := in_force.channels_without(request.origin_channel):
            raise wrong_channel(elsewhere, Command.DELETE_VERSION)
        scope = await self._requests.models_of(request.id)
        terms = await self._quorum.terms(request, scope)
        await self._admission.admit_draft(person, request, scope, terms)
        confirmation = Confirmation(
            card_channel=self._admission.card_channel(request.origin_channel),
            ttl=in_force.ttl,
            today=terms,
            may_decide=await self._quorum.decides_alone(person, terms),
            remind_after=self._remind_after,
            reason=click.reason,
            reference=checked_reference(click.reference),
            reason_required=in_force.reason_required,
        )
        step = confirm(person.user_id, confirmation)
        outcome = await self._requests.apply(request.id, step, click.actor, request)
        match outcome:
            case Changed() | Unchanged(refusal=Refusal.ALREADY_CONFIRMED):
                return Replaced(confirmed(outcome.request))
            case Unchanged():
                return answer_to(outcome)

    async def cancel(self, click: Click) -> Answer:
        """Throw a preview away."""
        outcome = await self._requests.apply(click.request_id, cancel(click.user_id), click.actor)
        match outcome:
            case Changed(event=Event.CANCELLED):
                return Replaced(cancelled())
            case Changed() | Unchanged(refusal=Refusal.ALREADY_CONFIRMED):
                return Replaced(confirmed(outcome.request))
            case Unchanged():
                return answer_to(outcome)

    async def ask_why_not(self, click: Click) -> Answer:
        """Open the window in which an approver rejects."""
        required = (await self._policy()).reason_required
        _, request = await self._approver(click)
        return await self._windows.open_if_undecided(click, request, partial(rejection, reason_required=required))

    async def reject(self, submission: Submission) -> Answer:
        """End the request with a no."""
        person, request = await self._approver(submission)
        required = (await self._policy()).reason_required
        step = reject(person.user_id, person.team_id, submission.reason, reason_required=required)
        return answer_to(await self._requests.apply(request.id, step, submission.actor, request))

    async def withdraw(self, click: Click) -> Answer:
        """Let the requester take the request back."""
        return answer_to(await self._requests.apply(click.request_id, withdraw(click.user_id), click.actor))

    async def _requester(self, click: Click) -> Person:
        return let_in(await self._person(click))

    async def _approver(self, act: Click | Submission) -> tuple[Person, Request]:
        """Return who acts and the request, when the terms that hold for it now let them decide."""
        person = await self._person(act)
        request = await self._requests.get(act.request_id)
        terms = await self._terms(request)
        if denial := await self._quorum.denial(person, terms):
            raise denied(denial, person, terms)
        return person, request

    async def _terms(self, request: Request) -> Terms:
        return await terms_now(self._quorum, self._requests, request)

    async def _person(self, act: Click | Submission) -> Person:
        return await self._people.person(act.user_id)
