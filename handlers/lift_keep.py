"""`Lift…`: anybody asks to end a keep, and approvers decide."""

from __future__ import annotations

from bot.delivery.lift_messages import LiftMessages, NotPosted
from bot.delivery.posting import PostedAt
from bot.errors import NotAllowed, SlackUnavailable
from bot.messages.buttons import Action
from bot.messages.lifts import lift_asked, lift_message, lift_unchanged, lift_window
from bot.messages.message import Message, channel, compose
from bot.messages.modals import Modal
from bot.messages.refusals import denied
from bot.policy_source import PolicySource
from bot.requests.lifts import Lift, LiftRefusal, LiftState, LiftStep, approve_lift, reject_lift
from bot.requests.policy import Person
from bot.requests.terms import Terms
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.keep_lifts import LiftStore
from bot.store.requests import RequestStore
from handlers.admission import Admission, let_in
from handlers.home import HomeTab
from handlers.listener import Listener
from handlers.payloads import Click, Submission
from handlers.replies import Answer
from handlers.windows import open_window

_MAX_READS = 6
"""How often an approval is tried: once more for each that came first."""

_NOTHING = "Nothing was asked."


class LiftKeep:
    """Asks for lifts, and takes the decisions about them. A lift needs an approval, as a deletion does."""

    def __init__(
        self,
        lifts: LiftStore,
        requests: RequestStore,
        admission: Admission,
        people: People,
        quorum: Quorum,
        policy: PolicySource,
        messages: LiftMessages,
    ) -> None:
        self._lifts = lifts
        self._requests = requests
        self._admission = admission
        self._people = people
        self._quorum = quorum
        self._policy = policy
        self._messages = messages

    def listen(self, listener: Listener, home: HomeTab) -> None:
        """Listen to `Lift…`, to the window that it opens, and to the buttons of what was asked."""
        listener.click(Action.LIFT, self.open)
        listener.submission(Modal.LIFT, _nothing_wrong, home.redrawn_after(self.ask))
        listener.click(Action.LIFT_APPROVE, home.redrawn_after(self.approve))
        listener.click(Action.LIFT_REJECT, home.redrawn_after(self.reject))

    async def open(self, click: Click) -> Answer:
        """Open the window that asks why the keep is to be lifted."""
        let_in(await self._people.person(click.user_id))
        view = lift_window(await self._lifts.keep(click.request_id), click.channel_id)
        await open_window(self._messages.client, click.trigger_id, view, _NOTHING, "Click again.")
        return None

    async def ask(self, submission: Submission) -> Answer:
        """Ask the approvers, where the cards of the keep's request go."""
        person = let_in(await self._people.person(submission.user_id))
        keep = await self._lifts.keep(submission.request_id)
        request = await self._requests.get(keep.request_id)
        where, ttl = self._admission.card_channel(request.origin_channel), (await self._policy()).ttl
        lift = await self._lifts.ask(keep.id, submission.reason, where, ttl, submission.actor)
        who = "You" if lift.asked_by == person.user_id else "Someone"
        if lift.message_ts:
            return lift_asked(lift, f"{who} asked already.")
        told = await self._posted(lift, request.origin_channel)
        return lift_asked(lift, told if who == "You" else f"{who} asked already. {told}")

    async def approve(self, click: Click) -> Answer:
        """Count one approval; Slack is asked again about those before it."""
        person, lift = await self._approver(click)
        for _ in range(_MAX_READS):
            terms = await self._terms(lift)
            verified = await self._quorum.still_count([person.user_id, *lift.approved_by], terms)
            step = approve_lift(person.user_id, verified, terms, counts_for=verified[person.user_id])
            lift, refusal = await self._apply(click, step)
            if refusal is not LiftRefusal.UNVERIFIED:
                break
        return await self._told(click, lift, refusal)

    async def reject(self, click: Click) -> Answer:
        """Leave the keep in force."""
        person, _ = await self._approver(click)
        return await self._told(click, *await self._apply(click, reject_lift(person.user_id)))

    async def _apply(self, click: Click, step: LiftStep) -> tuple[Lift, LiftRefusal | None]:
        return await self._lifts.apply(click.request_id, step, click.actor)

    async def _posted(self, lift: Lift, origin: str) -> str:
        """Post the message of a lift that has none; return where it can be decided, as mrkdwn."""
        posted: Lift | NotPosted = NotPosted.REFUSED
        if await self._may_post(origin):
            posted = await self._messages.post(lift, await self._message(lift))
        match posted:
            case Lift():
                if (posted.state, posted.approved_by) != (lift.state, lift.approved_by):
                    # Somebody decided in Home, which had no message to edit yet.
                    await self._messages.show(posted, await self._message(posted))
                return f"Approvers can decide in {channel(posted.channel)}, and in this bot's Home."
            case NotPosted.REFUSED:
                return "It could not be posted in a channel; approvers can decide in this bot's Home."
            case NotPosted.UNANSWERED:
                where = channel(lift.channel)
                return f"Slack did not say whether it was posted in {where}; approvers can decide in this bot's Home."

    async def _told(self, click: Click, lift: Lift, refusal: LiftRefusal | None) -> Answer:
        """Show what was decided in the lift's message; only a person whose click changed nothing gets an answer."""
        clicked = PostedAt(click.channel_id, click.message_ts) if click.message_ts else None
        await self._messages.show(lift, await self._message(lift), clicked)
        return compose([lift_unchanged(lift, refusal)]) if refusal else None

    async def _message(self, lift: Lift) -> Message:
        terms = await self._terms(lift)
        counts_for = dict.fromkeys(lift.approved_by, frozenset({terms.base.key}))
        if terms.further and lift.state is LiftState.ASKED:
            counts_for = await self._quorum.still_count(lift.approved_by, terms)
        return lift_message(lift, terms, counts_for)

    async def _approver(self, click: Click) -> tuple[Person, Lift]:
        """Return who acts, and the lift, if they may decide about it; a refusal is in the audit trail."""
        lift = await self._lifts.get(click.request_id)
        try:
            person, terms = await self._people.person(click.user_id), await self._terms(lift)
            if denial := await self._quorum.denial(person, terms):
                raise denied(denial, person, terms)
        except NotAllowed as refusal:
            await self._requests.record_refused_click(lift.keep.request_id, click.actor, str(refusal))
            refusal.is_recorded = True
            raise
        return person, lift

    async def _terms(self, lift: Lift) -> Terms:
        """Return the terms in force for what is kept."""
        return (await self._policy()).terms_for([lift.keep.ref], 1)

    async def _may_post(self, origin: str) -> bool:
        """Whether a message with the names of private models can be posted where the cards go."""
        try:
            await self._admission.admit_card(origin)
        except (NotAllowed, SlackUnavailable):
            return False
        return True


async def _nothing_wrong(_: Submission) -> None:
    """Every submission closes the window: Slack requires its one field."""
