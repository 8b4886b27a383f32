"""`Sign off`: an approver has reviewed what somebody else carried out without approvals."""

from __future__ import annotations

from bot.messages.buttons import Action
from bot.messages.refusals import denied
from bot.requests.break_glass import sign_off
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.requests import RequestStore
from handlers.answers import answer_to
from handlers.card_copies import CardCopies
from handlers.home import HomeTab
from handlers.listener import Listener
from handlers.payloads import Click
from handlers.refused_clicks import recording_refusals
from handlers.replies import Answer
from handlers.terms_now import terms_now


class SignOff:
    """Signs off. Of two at once one does it, and the other is told so."""

    def __init__(self, requests: RequestStore, people: People, quorum: Quorum) -> None:
        self._requests = requests
        self._people = people
        self._quorum = quorum

    def listen(self, listener: Listener, home: HomeTab, copies: CardCopies) -> None:
        """Listen to the button, on a card and in the Home tab, which is redrawn after it."""
        run = home.redrawn_after(recording_refusals(self._requests, self.sign_off))
        listener.click(Action.SIGN_OFF, copies.removed_after(run))

    async def sign_off(self, click: Click) -> Answer:
        """Note who has reviewed it, if they may decide about the request and did not carry it out themselves."""
        person = await self._people.person(click.user_id)
        request = await self._requests.get(click.request_id)
        terms = await terms_now(self._quorum, self._requests, request)
        if denial := await self._quorum.denial(person, terms):
            raise denied(denial, person, terms)
        return answer_to(await self._requests.apply(request.id, sign_off(person.user_id), click.actor, request))
