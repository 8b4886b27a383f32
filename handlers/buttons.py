"""The buttons: confirm, cancel, approve, reject, withdraw, stop. Each click is one step over one row."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from slack_bolt.app.async_app import AsyncApp

from bot.errors import NotNow
from bot.locks import Locks
from bot.messages.buttons import Action
from bot.messages.message import Message, compose
from bot.messages.modals import Modal, rejection
from bot.messages.previews import cancelled, confirmed
from bot.messages.refusals import denied, late, unchanged, wrong_channel
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
from bot.services import Services
from bot.slack.client import SlackRefusal, call_slack
from handlers.acknowledge import Act, on_click, on_submission, recording_refusals
from handlers.card_copies import without_copies
from handlers.home import HomeTab
from handlers.payloads import Click, Submission
from handlers.previews import admit_card, card_channel, let_in
from handlers.replies import Answer, Replaced

_MAX_READS = 6
"""How often an approval is tried: once more for each that came first by way of another process, of at most five."""


def register(app: AsyncApp, services: Services, homes: HomeTab) -> None:
    """Listen to every button; who is refused is in the audit trail, and a click in a Home draws that Home anew."""
    decisions = RequestButtons(services)

    def recording_refusals_of(run: Callable[[Act], Awaitable[Answer]]) -> Callable[[Act], Awaitable[Answer]]:
        return homes.redrawn_after(recording_refusals(services, run))

    on_click(app, services, Action.CONFIRM, recording_refusals_of(decisions.confirm))
    on_click(app, services, Action.CANCEL, recording_refusals_of(decisions.cancel))
    on_click(app, services, Action.APPROVE, without_copies(services, recording_refusals_of(decisions.approve)))
    on_click(app, services, Action.REJECT, without_copies(services, recording_refusals_of(decisions.ask_why_not)))
    on_click(app, services, Action.WITHDRAW, without_copies(services, recording_refusals_of(decisions.withdraw)))
    on_click(app, services, Action.STOP, without_copies(services, recording_refusals_of(decisions.stop)))
    on_submission(app, services, Modal.REJECTION, recording_refusals_of(decisions.reject))


class RequestButtons:
    """What each button does. The board shows what came of it; only who is refused gets an answer."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._requests = services.requests
        self._approving = Locks()

    async def confirm(self, click: Click) -> Answer:
        """Promote exactly the draft that was shown, once, however often it is clicked."""
        person = await self._requester(click)
        request = await self._requests.get(click.request_id)
        settings, in_force = self._services.settings, await self._services.policy()
        if elsewhere := in_force.channels_without(request.origin_channel):
            raise wrong_channel(elsewhere, Command.DELETE_VERSION)
        await admit_card(self._services, request.origin_channel)
        confirmation = Confirmation(
            card_channel=card_channel(self._services, request.origin_channel),
            ttl=in_force.ttl,
            today=in_force.terms,
            may_decide=await self._services.quorum.decides_alone(person),
            remind_after=settings.reminds_after,
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
        # In turn: each has to ask Slack about those before it, which is in vain once another one comes first.
        async with self._approving.of(request.id):
            return _answer_to(await self._approved(click, person, request))

    async def _approved(self, click: Click, person: Person, request: Request) -> TransitionResult:
        """Approve. Slack is asked about those who approved before only where that makes a difference."""
        verified: Mapping[str, bool] = {}
        for _ in range(_MAX_READS):
            today = (await self._services.policy()).terms
            step = approve(person.user_id, person.team_id, verified, today)
            outcome = await self._requests.apply(request.id, step, click.actor, request)
            if not (isinstance(outcome, Unchanged) and outcome.refusal is Refusal.UNVERIFIED):
                return outcome
            request = outcome.request
            verified = await self._services.quorum.verified(request)
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
            await call_slack(self._services.slack.views_open(trigger_id=click.trigger_id, view=view))
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
        if denial := await self._services.quorum.denial(person, request.terms):
            raise denied(denial, person)
        return person, request

    async def _decides(self, click: Click, request: Request) -> bool:
        return await self._services.quorum.denial(await self._person(click), request.terms) is None

    async def _person(self, act: Click | Submission) -> Person:
        return await self._services.people.person(act.user_id)


def _answer_to(outcome: TransitionResult) -> Message | None:
    """What the clicker is told beyond what the card will show: nothing, when the click did what it says."""
    match outcome:
        case Changed(event=Event.EXPIRED, request=request):
            return compose([late(request)])
        case Changed():
            return None
        case Unchanged(refusal=refusal, request=request, other=other):
            return compose([unchanged(refusal, request, other)])
