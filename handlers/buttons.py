"""The buttons: confirm, cancel, approve, reject, withdraw, stop. Each click is one step over one row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotNow
from bot.locks import Locks
from bot.messages.buttons import Action
from bot.messages.message import Message, compose
from bot.messages.modals import Modal, rejection
from bot.messages.previews import cancelled, confirmed
from bot.messages.refusals import denied, late, unchanged, wrong_channel
from bot.policy_source import PolicySource
from bot.refs import Command
from bot.requests.policy import Person
from bot.requests.request import Event, Request, State
from bot.requests.transitions import (
    Changed,
    Confirmation,
    Refusal,
    TransitionResult,
    Unchanged,
    approve,
    cancel,
    confirm,
    reject,
    stop,
    withdraw,
)
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store import RequestStore
from handlers.admission import Admission, let_in
from handlers.card_copies import CardCopies
from handlers.home import HomeTab
from handlers.listener import Listener
from handlers.payloads import Click, Submission
from handlers.refused_clicks import Act, recording_refusals
from handlers.replies import Answer, Replaced

_MAX_READS = 6
"""How often an approval is tried: once more for each that came first by way of another process, of at most five."""


class RequestButtons:
    """What each button does. The card shows what came of it; only a person who is refused gets an answer."""

    def __init__(
        self,
        requests: RequestStore,
        admission: Admission,
        people: People,
        quorum: Quorum,
        policy: PolicySource,
        slack: AsyncWebClient,
        *,
        remind_after: float,
    ) -> None:
        self._requests = requests
        self._admission = admission
        self._people = people
        self._quorum = quorum
        self._policy = policy
        self._slack = slack
        self._remind_after = remind_after
        self._approving = Locks()

    def listen(self, listener: Listener, home: HomeTab, copies: CardCopies) -> None:
        """Listen to every button; refusals are in the audit trail, and a click on the Home tab redraws it."""

        def audited(run: Callable[[Act], Awaitable[Answer]]) -> Callable[[Act], Awaitable[Answer]]:
            return home.redrawn_after(recording_refusals(self._requests, run))

        listener.click(Action.CONFIRM, audited(self.confirm))
        listener.click(Action.CANCEL, audited(self.cancel))
        listener.click(Action.APPROVE, copies.removed_after(audited(self.approve)))
        listener.click(Action.REJECT, copies.removed_after(audited(self.ask_why_not)))
        listener.click(Action.WITHDRAW, copies.removed_after(audited(self.withdraw)))
        listener.click(Action.STOP, copies.removed_after(audited(self.stop)))
        listener.submission(Modal.REJECTION, audited(self.reject))

    async def confirm(self, click: Click) -> Answer:
        """Promote exactly the draft that was shown, once, however often it is clicked."""
        person = await self._requester(click)
        request = await self._requests.get(click.request_id)
        in_force = await self._policy()
        if elsewhere := in_force.channels_without(request.origin_channel):
            raise wrong_channel(elsewhere, Command.DELETE_VERSION)
        await self._admission.admit_card(request.origin_channel)
        confirmation = Confirmation(
            card_channel=self._admission.card_channel(request.origin_channel),
            ttl=in_force.ttl,
            today=in_force.terms,
            may_decide=await self._quorum.decides_alone(person),
            remind_after=self._remind_after,
            reason=click.reason,
            reason_required=in_force.reason_required,
        )
        step = confirm(person.user_id, confirmation)
        outcome = await self._requests.apply(request.id, step, click.actor, request)
        match outcome:
            case Changed() | Unchanged(refusal=Refusal.ALREADY_CONFIRMED):
                return Replaced(confirmed(outcome.request))
            case Unchanged():
                return _answer_to(outcome)

    async def cancel(self, click: Click) -> Answer:
        """Throw a preview away."""
        outcome = await self._requests.apply(click.request_id, cancel(click.user_id), click.actor)
        match outcome:
            case Changed(event=Event.CANCELLED):
                return Replaced(cancelled())
            case Changed() | Unchanged(refusal=Refusal.ALREADY_CONFIRMED):
                return Replaced(confirmed(outcome.request))
            case Unchanged():
                return _answer_to(outcome)

    async def approve(self, click: Click) -> Answer:
        """Count one approval, and those before it only as far as they still may approve."""
        person, request = await self._approver(click)
        # One at a time: each asks Slack about the approvals before it, and would ask again if another came first.
        async with self._approving.of(request.id):
            return _answer_to(await self._approved(click, person, request))

    async def _approved(self, click: Click, person: Person, request: Request) -> TransitionResult:
        """Approve. Slack is asked about those who approved before only where that makes a difference."""
        verified: Mapping[str, bool] = {}
        for _ in range(_MAX_READS):
            today = (await self._policy()).terms
            step = approve(person.user_id, person.team_id, verified, today)
            outcome = await self._requests.apply(request.id, step, click.actor, request)
            if not (isinstance(outcome, Unchanged) and outcome.refusal is Refusal.UNVERIFIED):
                return outcome
            request = outcome.request
            verified = await self._quorum.verified(request)
        await self._requests.record_refused_click(click.request_id, click.actor, Refusal.UNVERIFIED.value)
        return outcome

    async def ask_why_not(self, click: Click) -> Answer:
        """Open the window in which an approver rejects."""
        _, request = await self._approver(click)
        if request.state is not State.AWAITING:
            closed = Unchanged(request, Refusal.NO_LONGER_OPEN)
            await self._requests.record_refused_click(request.id, click.actor, closed.refusal.value)
            return _answer_to(closed)
        view = rejection(request, await self._requests.targets(request.id), click.channel_id)
        try:
            await call_slack(self._slack.views_open(trigger_id=click.trigger_id, view=view))
        except SlackRefusal as refusal:
            raise NotNow(
                f"Slack did not open the window in time ({refusal.code}). Nothing was changed. Click again."
            ) from refusal
        return None

    async def reject(self, submission: Submission) -> Answer:
        """End the request with a no."""
        person, request = await self._approver(submission)
        step = reject(person.user_id, person.team_id, submission.reason)
        return _answer_to(await self._requests.apply(request.id, step, submission.actor, request))

    async def withdraw(self, click: Click) -> Answer:
        """Let the requester take the request back."""
        return _answer_to(await self._requests.apply(click.request_id, withdraw(click.user_id), click.actor))

    async def stop(self, click: Click) -> Answer:
        """End the deleting after the calls in flight; the requester may, whether Slack is well or not."""
        request = await self._requests.get(click.request_id)
        decides = click.user_id != request.requester and await self._decides(click, request)
        step = stop(click.user_id, decides=decides)
        return _answer_to(await self._requests.apply(request.id, step, click.actor, request))

    async def _requester(self, click: Click) -> Person:
        return let_in(await self._person(click))

    async def _approver(self, act: Click | Submission) -> tuple[Person, Request]:
        """Return who acts and the request, when both today's policy and the request's own let them decide."""
        person = await self._person(act)
        request = await self._requests.get(act.request_id)
        if denial := await self._quorum.denial(person, request.terms):
            raise denied(denial, person)
        return person, request

    async def _decides(self, click: Click, request: Request) -> bool:
        return await self._quorum.denial(await self._person(click), request.terms) is None

    async def _person(self, act: Click | Submission) -> Person:
        return await self._people.person(act.user_id)


def _answer_to(outcome: TransitionResult) -> Message | None:
    """Return what the person who clicked is told; None if the click did what it says, as the card shows that."""
    match outcome:
        case Changed(event=Event.EXPIRED, request=request):
            return compose([late(request)])
        case Changed():
            return None
        case Unchanged(refusal=refusal, request=request, other=other):
            return compose([unchanged(refusal, request, other)])
