"""The bot's Home tab: drawn when somebody opens it, and again after each of their clicks there."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from slack_bolt.app.async_app import AsyncApp
from slack_sdk.models.views import View

from bot.errors import NotAllowed, SlackUnavailable
from bot.locks import Locks
from bot.messages.home import HomePolicy, home, home_in_trouble, home_of_stranger
from bot.messages.message import Message
from bot.requests.policy import Person, may_ask
from bot.requests.policy_in_force import PolicyInForce
from bot.services import Services
from bot.settings import Settings
from bot.slack.client import SlackRefusal, call_slack
from handlers.acknowledge import Act, on_home_opened
from handlers.error_replies import explain_errors
from handlers.payloads import HomeOpened
from handlers.replies import Answer

_log = logging.getLogger(__name__)


def register(app: AsyncApp, services: Services) -> HomeTab:
    """Listen to Homes being opened; return what draws them."""
    homes = HomeTab(services)

    async def opened(visit: HomeOpened) -> None:
        await homes.draw(visit.user_id, visit.view_hash)

    on_home_opened(app, services, opened)
    return homes


class HomeTab:
    """Draws people's Homes, the one of one person never twice at a time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._drawing = Locks()

    def redrawn_after(self, run: Callable[[Act], Awaitable[Answer]]) -> Callable[[Act], Awaitable[Answer]]:
        """Return `run`, followed by a new Home where the act was done in it, whatever came of it."""

        async def ran(act: Act) -> Answer:
            try:
                return await run(act)
            finally:
                if act.in_home:
                    await self.draw(act.user_id, act.view_hash)

        return ran

    async def draw(self, user_id: str, seen: str = "") -> None:
        """Publish a person's Home as things are now; a Slack that does not take it is logged.

        `seen` is the hash of the Home on their screen. Where another process has drawn a newer one since,
        Slack refuses, and it is drawn anew: an older page never replaces a newer one
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
            await call_slack(self._services.slack.views_publish(user_id=user_id, view=view, hash=seen or None))
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
        store, quorum, in_force = self._services.overview, self._services.shown_quorum, await self._services.policy()
        decides_under = [terms for terms in await store.policies() if await quorum.denial(person, terms) is None]
        return home(
            await store.overview(user_id, decides_under, in_force.terms), _rules(self._services.settings, in_force)
        )

    async def _person(self, user_id: str) -> Person | None:
        """Return who it is, None for somebody Slack will not tell about."""
        try:
            return await self._services.people.person(user_id, remembered=True)
        except NotAllowed:
            return None


def _rules(settings: Settings, in_force: PolicyInForce) -> HomePolicy:
    return HomePolicy(
        terms=in_force.terms,
        ttl=in_force.ttl,
        remind_after=settings.reminds_after,
        approval_channel=settings.approval_channel,
        request_channels=settings.request_channels,
        reason_required=in_force.reason_required,
        protected=in_force.protected,
    )
