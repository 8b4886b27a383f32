"""Undo and Stop: the requester and every approver end what was approved."""

from __future__ import annotations

from bot.messages.buttons import Action
from bot.messages.message import Message
from bot.messages.undo import stopping_instead, too_late_to_undo
from bot.requests.request import Request
from bot.requests.stopping import stop, undo
from bot.requests.transitions import Changed, Refusal, TransitionResult, Unchanged
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.requests import RequestStore
from handlers.answers import answer_to
from handlers.card_copies import CardCopies
from handlers.home import HomeTab
from handlers.listener import Listener
from handlers.payloads import Click
from handlers.refused_clicks import recording_refusals
from handlers.replies import Answer, Replaced
from handlers.terms_now import terms_now


class StopButtons:
    """What Undo and Stop do. The requester may press both, whether Slack is well or not."""

    def __init__(self, requests: RequestStore, people: People, quorum: Quorum) -> None:
        self._requests = requests
        self._people = people
        self._quorum = quorum

    def listen(self, listener: Listener, home: HomeTab, copies: CardCopies) -> None:
        """Listen to both, on cards, in the Home tab, and to Stop in the answer to an Undo that came too late."""
        for action, run in ((Action.UNDO, self.undo), (Action.STOP, self.stop)):
            audited = home.redrawn_after(recording_refusals(self._requests, run))
            listener.click(action, copies.removed_after(audited))
        instead = recording_refusals(self._requests, self.stop_instead)
        listener.click(Action.STOP_INSTEAD, copies.of_same_request(instead))

    async def undo(self, click: Click) -> Answer:
        """End an approved request before deleting begins; who comes too late is offered Stop."""
        request = await self._requests.get(click.request_id)
        step = undo(click.user_id, decides=await self._decides(click, request))
        outcome = await self._requests.apply(request.id, step, click.actor, request)
        match outcome:
            case Unchanged(refusal=Refusal.DELETING_HAS_BEGUN):
                return too_late_to_undo(outcome.request)
            case _:
                return answer_to(outcome)

    async def stop(self, click: Click) -> Answer:
        """End the deleting after the calls in flight."""
        return answer_to(await self._stopped(click))

    async def stop_instead(self, click: Click) -> Answer:
        """Do the same, and say so in the place of the answer that offered it: nobody else sees that."""
        match await self._stopped(click):
            case Changed(request=request):
                return Replaced(stopping_instead(request))
            case unchanged:
                return _in_its_place(answer_to(unchanged))

    async def _stopped(self, click: Click) -> TransitionResult:
        request = await self._requests.get(click.request_id)
        step = stop(click.user_id, decides=await self._decides(click, request))
        return await self._requests.apply(request.id, step, click.actor, request)

    async def _decides(self, click: Click, request: Request) -> bool:
        """Whether somebody else than the requester may decide; about the requester Slack is not asked."""
        if click.user_id == request.requester:
            return False
        terms = await terms_now(self._quorum, self._requests, request)
        return await self._quorum.denial(await self._people.person(click.user_id), terms) is None


def _in_its_place(answer: Message | None) -> Answer:
    return Replaced(answer) if answer else None
