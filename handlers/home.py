"""The Home tab: drawn when a person opens it, and after each of their clicks there."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.cleanup.rule import Cleanups
from bot.errors import NotAllowed, NotInDatabase, SlackUnavailable
from bot.locks import Locks
from bot.messages.home import DueCleanup, HomePolicy, home, home_in_trouble, home_of_stranger
from bot.messages.home_models import GONE_SHOWN, MODELS_SHOWN, ModelsPage
from bot.messages.message import Message
from bot.messages.starting import StartAction
from bot.policy_source import PolicySource
from bot.requests.overview import OverviewList
from bot.requests.policy import Person, may_ask
from bot.requests.policy_in_force import PolicyInForce
from bot.settings import Settings
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.error_codes import RefusalKind
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.known_models import KnownModelStore
from bot.store.known_runs import KnownRunStore
from bot.store.overview import OverviewStore
from bot.store.rule_turns import RuleTurnStore
from handlers.error_replies import explain_errors
from handlers.kept_section import KeptSection
from handlers.listener import Listener
from handlers.payloads import HomeOpened
from handlers.refused_clicks import Act
from handlers.replies import Answer
from handlers.start_listener import StartListener
from handlers.start_payloads import StartClick

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HomeReaders:
    """What the Home tab is read from: requests, keeps, and a page of known models from the one of a number on.

    `due` returns the cleanup rules with their next times.
    """

    overviews: OverviewStore
    kept: KeptSection
    models: Callable[[int], Awaitable[ModelsPage]]
    due: Callable[[], Awaitable[tuple[DueCleanup, ...]]]


class HomeTab:
    """Draws people's Home tabs, the one of one person never twice at a time."""

    def __init__(
        self,
        slack: AsyncWebClient,
        people: People,
        readers: HomeReaders,
        shown_quorum: Quorum,
        policy: PolicySource,
        settings: Settings,
    ) -> None:
        self._slack = slack
        self._people = people
        self._read = readers
        self._quorum = shown_quorum
        self._policy = policy
        self._settings = settings
        self._drawing = Locks()

    def listen(self, listener: Listener, starts: StartListener) -> None:
        """Listen to Home tabs being opened, and to the buttons that draw them again."""
        listener.home_opened(self.opened)
        starts.click(StartAction.REFRESH, self.refresh)
        starts.click(StartAction.MODELS_PAGE, self.refresh)

    async def opened(self, visit: HomeOpened) -> None:
        """Draw the Home tab of a person who opens it."""
        await self.draw(visit.user_id, visit.view_hash)

    async def refresh(self, click: StartClick) -> Answer:
        """Draw the Home tab again, with the models from where the button says."""
        await self.draw(click.user_id, click.view_hash, click.number)
        return None

    def redrawn_after_choice(
        self, run: Callable[[StartClick], Awaitable[Answer]]
    ) -> Callable[[StartClick], Awaitable[Answer]]:
        """Return `run`, beside which the Home tab is drawn again: its menu then shows no choice, and can be used again.

        Slack tells of a choice only where it is another one than before, and `run` may take as long as a picker reads.
        """

        async def ran(click: StartClick) -> Answer:
            drawing = asyncio.create_task(self.draw(click.user_id))
            try:
                return await run(click)
            finally:
                await drawing

        return ran

    def redrawn_after(self, run: Callable[[Act], Awaitable[Answer]]) -> Callable[[Act], Awaitable[Answer]]:
        """Return `run`, after which the Home tab is redrawn if the click was there, even if `run` failed.

        One that another copy of the bot has drawn stays, for the next click on it to reach that copy.
        """

        async def ran(act: Act) -> Answer:
            is_drawn = act.in_home
            try:
                return await run(act)
            except NotInDatabase:
                is_drawn = False
                raise
            finally:
                if is_drawn:
                    await self.draw(act.user_id, act.view_hash)

        return ran

    async def draw(self, user_id: str, seen: str = "", models_from: int = 0) -> None:
        """Publish a person's Home tab as things are now; a failure is logged, and a view that Slack refuses is told.

        `models_from` models come before the page of models that it shows.
        `seen` is the hash of the Home tab on their screen. If another process has drawn a newer one since,
        Slack refuses, and it is drawn again: an older page never replaces a newer one
        (https://docs.slack.dev/reference/methods/views.publish, `hash`).
        """
        async with self._drawing.of(user_id):
            try:
                if not await self._published(user_id, seen, models_from):
                    await self._published(user_id, "", models_from)
            except SlackUnavailable as exc:
                _log.warning("a Home could not be drawn: %s", exc)
            except SlackRefusal as refusal:
                _log.log(refusal.log_level, "a Home could not be drawn: %s", refusal)
                if refusal.kind is RefusalKind.OUR_MISTAKE:
                    await self._say_so(user_id, refusal.code)

    async def _published(self, user_id: str, seen: str, models_from: int) -> bool:
        """Whether Slack took it; False when it has changed since it was `seen`."""
        view = await self._view(user_id, models_from)
        try:
            await call_slack(self._slack.views_publish(user_id=user_id, view=view, hash=seen or None))
        except SlackRefusal as refusal:
            if refusal.kind is RefusalKind.VIEW_CHANGED:
                return False
            raise
        return True

    async def _say_so(self, user_id: str, code: str) -> None:
        """Publish, instead of a view that Slack does not take, that there is none: an old one would mislead."""
        words = (
            f"The bot made a page that Slack does not take ({code}). Nothing changed, and cards work as before. "
            "Show this to whoever runs the bot."
        )
        with contextlib.suppress(SlackRefusal, SlackUnavailable):
            await call_slack(self._slack.views_publish(user_id=user_id, view=home_in_trouble(words)))

    async def _view(self, user_id: str, models_from: int) -> View:
        match await explain_errors(self._overview(user_id, models_from)):
            case Message(text=text):
                return home_in_trouble(text)
            case view:
                return view

    async def _overview(self, user_id: str, models_from: int) -> View:
        person = await self._person(user_id)
        if person is None or may_ask(person):
            return home_of_stranger()
        in_force = await self._policy()
        policies = await self._read.overviews.policies()
        named_by = {one: await self._quorum.counts_for(person, one.terms) for one in policies}
        overview = await self._read.overviews.overview(user_id, named_by, in_force.terms)
        overview = replace(overview, to_review=await self._to_review(person))
        kept = await self._read.kept.blocks(person)
        models = await self._read.models(models_from)
        rules = replace(_home_policy(self._settings, in_force), cleanups=await self._read.due())
        return home(overview, models, rules, kept=kept)

    async def _to_review(self, person: Person) -> OverviewList:
        """Return what was carried out without approvals, and this person may sign off."""
        listed = await self._read.overviews.to_review(person.user_id)
        may = [await self._quorum.denial(person, entry.request.terms) is None for entry in listed.entries]
        entries = tuple(entry for entry, is_theirs in zip(listed.entries, may, strict=True) if is_theirs)
        return OverviewList(entries, len(entries) + listed.more if entries else 0)

    async def _person(self, user_id: str) -> Person | None:
        """Return the person, or None if Slack does not know them."""
        try:
            return await self._people.person(user_id, remembered=True)
        except NotAllowed:
            return None


def models_page(
    known: KnownModelStore, runs: KnownRunStore, accounts: Callable[[], Awaitable[tuple[str, ...]]]
) -> Callable[[int], Awaitable[ModelsPage]]:
    """Return the way to read a page of the accounts' known models; it is empty while no account is known."""

    async def page(offset: int) -> ModelsPage:
        if not (names := await accounts()):
            return ModelsPage()
        return ModelsPage(
            models=await known.stalest(names, MODELS_SHOWN, offset),
            total=await known.count(names),
            stale=await known.count_stale(names),
            offset=offset,
            gone=await known.gone(names, GONE_SHOWN),
            runs={name: await runs.of(name, ()) for name in names},
        )

    return page


def due_cleanups(cleanups: Cleanups, turns: RuleTurnStore) -> Callable[[], Awaitable[tuple[DueCleanup, ...]]]:
    """Return the way to read when each cleanup rule is next due."""

    async def due() -> tuple[DueCleanup, ...]:
        rules = cleanups()
        times = await turns.next_times(rules) if rules else {}
        return tuple(DueCleanup(rule.name, times[rule.name]) for rule in rules)

    return due


def _home_policy(settings: Settings, in_force: PolicyInForce) -> HomePolicy:
    return HomePolicy(
        terms=in_force.terms,
        ttl=in_force.ttl,
        remind_after=settings.reminds_after,
        approval_channel=settings.approval_channel,
        request_channels=settings.request_channels,
        reason_required=in_force.reason_required,
        protected=in_force.protected,
        undo_for=in_force.terms_for((), 1).undo_for,
        limits=in_force.limits,
        rule_count=in_force.rule_count,
    )
