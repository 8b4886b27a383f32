"""The Home tab: drawn when a person opens it, and after each of their clicks there."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import NotAllowed, SlackUnavailable
from bot.locks import Locks
from bot.messages.home import HomePolicy, home, home_in_trouble, home_of_stranger
from bot.messages.message import Message
from bot.policy_source import PolicySource
from bot.requests.policy import Person, may_ask
from bot.requests.policy_in_force import PolicyInForce
from bot.settings import Settings
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store import OverviewStore
from handlers.error_replies import explain_errors
from handlers.listener import Listener
from handlers.payloads import HomeOpened
from handlers.refused_clicks import Act
from handlers.replies import Answer

_log = logging.getLogger(__name__)


class HomeTab:
    """Draws people's Home tabs, the one of one person never twice at a time."""

    def __init__(
        self,
        slack: AsyncWebClient,
        people: People,
        overviews: OverviewStore,
        shown_quorum: Quorum,
        policy: PolicySource,
        settings: Settings,
    ) -> None:
        self._slack = slack
        self._people = people
        self._overviews = overviews
        self._quorum = shown_quorum
        self._policy = policy
        self._settings = settings
        self._drawing = Locks()

    def listen(self, listener: Listener) -> None:
        """Listen to Home tabs being opened."""
        listener.home_opened(self.opened)

    async def opened(self, visit: HomeOpened) -> None:
        """Draw the Home tab of a person who opens it."""
        await self.draw(visit.user_id, visit.view_hash)

    def redrawn_after(self, run: Callable[[Act], Awaitable[Answer]]) -> Callable[[Act], Awaitable[Answer]]:
        """Return `run`, after which the Home tab is redrawn if the click was there, even if `run` failed."""

        async def ran(act: Act) -> Answer:
            try:
                return await run(act)
            finally:
                if act.in_home:
                    await self.draw(act.user_id, act.view_hash)

        return ran

    async def draw(self, user_id: str, seen: str = "") -> None:
        """Publish a person's Home tab as things are now; a failure is only logged.

        `seen` is the hash of the Home tab on their screen. If another process has drawn a newer one since,
        Slack refuses, and it is drawn again: an older page never replaces a newer one
        (https://docs.slack.dev/reference/methods/views.publish, `hash`).
        """
        async with self._drawing.of(user_id):
            try:
                if not await self._published(user_id, seen):
                    await self._published(user_id, "")
            except (SlackRefusal, SlackUnavailable) as exc:
                _log.warning("a Home could not be drawn: %s", exc)

    async def _published(self, user_id: str, seen: str) -> bool:
        """Whether Slack took it; False when it has changed since it was `seen`."""
        view = await self._view(user_id)
        try:
            await call_slack(self._slack.views_publish(user_id=user_id, view=view, hash=seen or None))
        except SlackRefusal as refusal:
            if refusal.code == "hash_conflict":
                return False
            raise
        return True

    async def _view(self, user_id: str) -> View:
        match await explain_errors(self._overview(user_id)):
            case Message(text=text):
                return home_in_trouble(text)
            case view:
                return view

    async def _overview(self, user_id: str) -> View:
        person = await self._person(user_id)
        if person is None or may_ask(person):
            return home_of_stranger()
        in_force = await self._policy()
        policies = await self._overviews.policies()
        decides_under = [terms for terms in policies if await self._quorum.denial(person, terms) is None]
        overview = await self._overviews.overview(user_id, decides_under, in_force.terms)
        return home(overview, _home_policy(self._settings, in_force))

    async def _person(self, user_id: str) -> Person | None:
        """Return the person, or None if Slack does not know them."""
        try:
            return await self._people.person(user_id, remembered=True)
        except NotAllowed:
            return None


def _home_policy(settings: Settings, in_force: PolicyInForce) -> HomePolicy:
    return HomePolicy(
        terms=in_force.terms,
        ttl=in_force.ttl,
        remind_after=settings.reminds_after,
        approval_channel=settings.approval_channel,
        request_channels=settings.request_channels,
        reason_required=in_force.reason_required,
        protected=in_force.protected,
    )
