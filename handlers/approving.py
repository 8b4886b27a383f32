"""Approve, at once or with a comment, and with the model's name where the last approver types it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

from bot.locks import Locks
from bot.messages.buttons import Action, MenuItem
from bot.messages.modals import Modal, approval
from bot.messages.refusals import denied
from bot.policy_source import PolicySource, for_deciding
from bot.requests.policy import Denial, Person
from bot.requests.request import Request
from bot.requests.terms import Terms
from bot.requests.transitions import Refusal, TransitionResult, Unchanged, approve, missing_after
from bot.requests.typed_name import is_typed
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.requests import RequestStore
from handlers.answers import answer_to
from handlers.card_copies import CardCopies
from handlers.decision_windows import DecisionWindows
from handlers.home import HomeTab
from handlers.listener import Listener
from handlers.payloads import Click, Submission
from handlers.refused_clicks import Act, recording_refusals
from handlers.replies import Answer
from handlers.terms_now import terms_now

_MAX_READS = 6
"""How often an approval is tried: once more for each that came first by way of another process, of at most five."""


@dataclass(frozen=True, slots=True)
class _Approver:
    """Somebody who approves a request: the terms that hold for it now, and for which requirements they count."""

    person: Person
    request: Request
    terms: Terms
    counts_for: Collection[str]


class ApproveButton:
    """What Approve does, also in the windows that take a comment and a name."""

    def __init__(
        self, requests: RequestStore, people: People, quorum: Quorum, policy: PolicySource, windows: DecisionWindows
    ) -> None:
        self._requests = requests
        self._people = people
        self._quorum = quorum
        self._deciding = for_deciding(policy)
        self._windows = windows
        self._approving = Locks()

    def listen(self, listener: Listener, home: HomeTab, copies: CardCopies) -> None:
        """Listen to the button, to the menu's entry and to the window; a click on the Home tab redraws it."""

        def audited(run: Callable[[Act], Awaitable[Answer]]) -> Callable[[Act], Awaitable[Answer]]:
            return home.redrawn_after(recording_refusals(self._requests, run))

        listener.click(Action.APPROVE, copies.removed_after(audited(self.approve)))
        listener.choice(MenuItem.COMMENT, copies.removed_after(audited(self.ask_for_comment)))
        listener.submission(Modal.APPROVAL, self._windows.objection, audited(self.approve))

    async def approve(self, act: Click | Submission) -> Answer:
        """Count one approval, and those before it only as far as they still may approve.

        Where it is the last one, and has to have the model's name, a click opens the window that asks for it.
        """
        by = await self._approver(act)
        # One at a time: each asks Slack about the approvals before it, and would ask again if another came first.
        async with self._approving.of(by.request.id):
            outcome = await self._approved(act, by)
        if not (isinstance(outcome, Unchanged) and outcome.refusal in (Refusal.NAME_MISSING, Refusal.UNVERIFIED)):
            return answer_to(outcome)
        if outcome.refusal is Refusal.NAME_MISSING and isinstance(act, Click):
            window = partial(approval, by=act.user_id, left={}, asks_name=True)
            return await self._windows.open_if_undecided(act, outcome.request, window)
        await self._requests.record_refused_click(act.request_id, act.actor, outcome.refusal.value)
        return answer_to(outcome)

    async def ask_for_comment(self, click: Click) -> Answer:
        """Open the window in which an approver approves with a comment."""
        by = await self._approver(click)
        left = missing_after(by.request, by.terms, by.counts_for)
        window = partial(approval, by=click.user_id, left=left, asks_name=by.terms.confirm_name and not left)
        return await self._windows.open_if_undecided(click, by.request, window)

    async def _approved(self, act: Click | Submission, by: _Approver) -> TransitionResult:
        """Approve. Slack is asked about those who approved before only where that makes a difference."""
        comment, name = (act.reason, await self._typed_name(act)) if isinstance(act, Submission) else ("", "")
        verified: Mapping[str, Collection[str]] = {}
        person = by.person
        for _ in range(_MAX_READS):
            await self._deciding()
            step = approve(
                person.user_id, person.team_id, verified, by.terms, comment, counts_for=by.counts_for, typed_name=name
            )
            outcome = await self._requests.apply(by.request.id, step, act.actor, by.request)
            if not (isinstance(outcome, Unchanged) and outcome.refusal is Refusal.UNVERIFIED):
                break
            by = await self._under_terms_of(outcome.request, by)
            verified = await self._quorum.verified(by.request, by.terms)
        return outcome

    async def _approver(self, act: Click | Submission) -> _Approver:
        """Return who acts, if they may approve. Raises NotAllowed."""
        person = await self._people.person(act.user_id)
        request = await self._requests.get(act.request_id)
        return await self._counted(person, request, await terms_now(self._quorum, self._requests, request))

    async def _under_terms_of(self, request: Request, by: _Approver) -> _Approver:
        """Return the same person for a request as it is now; Slack is asked again if other terms hold for it."""
        terms = await terms_now(self._quorum, self._requests, request)
        if terms == by.terms:
            return _Approver(by.person, request, terms, by.counts_for)
        return await self._counted(by.person, request, terms)

    async def _counted(self, person: Person, request: Request, terms: Terms) -> _Approver:
        counts_for = await self._quorum.counts_for(person, terms)
        if not counts_for:
            raise denied(Denial.NOT_AN_APPROVER if person.is_member else Denial.NOT_A_MEMBER, person, terms)
        return _Approver(person, request, terms, counts_for)

    async def _typed_name(self, submission: Submission) -> str:
        """Return the name that was typed if it is that of the model with the most targets, else nothing."""
        if not submission.name:
            return ""
        largest = (await self._requests.models_of(submission.request_id)).largest
        return str(largest) if is_typed(submission.name, largest) else ""
