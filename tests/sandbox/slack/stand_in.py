"""A strict stand-in for one Slack workspace with the bot's app installed, over real sockets.

    async with StandInSlack() as slack:
        slack.add_person("U1", name="Ana")
        slack.add_channel("C1", name="ml-ops", members=["U1"])
        ...                                  # start the bot with SLACK_API_URL = slack.api_url
        await slack.until(lambda: slack.connections)
        await slack.type_command("U1", "C1", "/delete-version", "acme/flux:5c7d")
        card = await slack.until(lambda: slack.sees("U1", "C1")[-1])
        await slack.click("U1", card, "Cancel")

What Slack refuses, this refuses, in Slack's words. Where Slack is lenient and a person would suffer for it,
nothing is refused but it is kept for a test to look at: `messages_without_text`, `unescaped_text`.
"""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Self

from aiohttp import web

from tests.sandbox.changes import Changes
from tests.sandbox.page.api import PageApi
from tests.sandbox.page.beside import Beside
from tests.sandbox.page.choices import PageChoices
from tests.sandbox.page.files import PageFiles
from tests.sandbox.page.shortcuts import PageShortcuts
from tests.sandbox.page.views import PageViews
from tests.sandbox.slack.actions import Actions
from tests.sandbox.slack.calls import Calls
from tests.sandbox.slack.choosing import Choosing
from tests.sandbox.slack.command_answers import Answers
from tests.sandbox.slack.delivery import Delivery
from tests.sandbox.slack.file_methods import FileMethods
from tests.sandbox.slack.limits import RateLimits
from tests.sandbox.slack.people import (
    BOT_USER_ID,
    Channel,
    ChannelKind,
    Group,
    Person,
    PersonKind,
    Shortcut,
    SlashCommand,
)
from tests.sandbox.slack.people_acting import Acting
from tests.sandbox.slack.response_urls import TriggerIds
from tests.sandbox.slack.shortcuts import Shortcuts
from tests.sandbox.slack.view_actions import ViewActions
from tests.sandbox.slack.view_methods import ViewMethods
from tests.sandbox.slack.watching import Watched
from tests.sandbox.slack.web_api import Tokens, WebApi
from tests.sandbox.slack.workspace import Workspace

SCOPES = frozenset(
    {"commands", "chat:write", "usergroups:read", "users:read", "channels:read", "groups:read", "files:write"}
)
MANIFEST = json.loads((Path(__file__).parents[3] / "manifest.json").read_text())
SHORTCUTS = tuple(Shortcut(**shortcut) for shortcut in MANIFEST["features"]["shortcuts"])
COMMANDS = tuple(SlashCommand(**command) for command in MANIFEST["features"]["slash_commands"])

EVENTS = ("app_home_opened",)


class StandInSlack(Watched, Acting):
    """One workspace, its people, and the bot's app, on one address of 127.0.0.1.

    `clock` (seconds since 1970) dates messages, response URLs, trigger ids and rate limits; signatures and
    the three seconds for an acknowledgement go by real time. `events` are what the app's manifest subscribes
    to, `home_tab` whether it enables the Home tab. `beside` stands beside Slack on the page. Where a `listening`
    socket is given, connections that it queues while one stand-in follows another wait for the next.
    """

    def __init__(
        self,
        *,
        signing_secret: str = "made-up-signing-secret",  # noqa: S107 - made up
        bot_token: str = "xoxb-sandbox",  # noqa: S107 - made up
        app_token: str = "xapp-sandbox",  # noqa: S107 - made up
        scopes: Iterable[str] = SCOPES,
        commands: Sequence[SlashCommand] = COMMANDS,
        shortcuts: Sequence[Shortcut] = SHORTCUTS,
        events: Iterable[str] = EVENTS,
        home_tab: bool = True,
        deliver_to: str | None = None,
        rate_limits: bool = True,
        bot_name: str = "Replicate delete bot",
        clock: Callable[[], float] = time.time,
        beside: Beside | None = None,
        port: int = 0,
        listening: socket.socket | None = None,
    ) -> None:
        self._changes = Changes()
        self.workspace = Workspace(clock=clock, changed=self._changes.notify, bot_name=bot_name)
        self.limits = RateLimits(clock, rate_limits)
        self.delivery = Delivery(signing_secret, self._changes.notify, clock)
        self.deliver_to = deliver_to
        self.triggers = TriggerIds(clock)
        self._calls = Calls(clock)
        self._answers = Answers(self.workspace, self._calls, clock)
        self._actions = Actions(self.workspace, self.delivery, self._answers, self.triggers, commands)
        self._view_actions = ViewActions(self.workspace, self.delivery, self.triggers, frozenset(events))
        self._choosing = Choosing(self.workspace, self.delivery, self._actions, self._view_actions)
        self._shortcuts = Shortcuts(
            self.workspace, self.delivery, self._actions, self._answers.urls, self.triggers, shortcuts
        )
        tokens = Tokens(bot_token, app_token, frozenset(scopes))
        self._file_methods = FileMethods(self.workspace, self._calls, lambda: self.files_url)
        views = ViewMethods(self.workspace, self.triggers, home_tab=home_tab)
        self._web_api = WebApi(
            self.workspace,
            tokens,
            self.limits,
            self._calls,
            self._socket_url,
            views=views,
            files=self._file_methods,
        )
        self._page_api = PageApi(
            self.workspace,
            self._actions,
            PageViews(self.workspace.views, self._view_actions),
            PageFiles(self.workspace.files),
            PageChoices(self.workspace, self._view_actions, self._choosing),
            PageShortcuts(self.workspace, self._shortcuts),
            self._changes,
            bot_connected=self._reachable,
            beside=beside,
        )
        self._port = port
        self._listening = listening
        self._runner: web.AppRunner | None = None
        self.url = self.files_url = self.sockets_url = ""

    # Running

    async def start(self) -> None:
        """Listen; `url` is known afterwards. Raises `OSError` when the port is taken."""
        app = web.Application(client_max_size=8 * 1024**2)
        for part in (self._web_api, self._file_methods, self.delivery.sockets, self._answers, self._page_api):
            app.router.add_routes(part.routes())
        self._runner = web.AppRunner(app, shutdown_timeout=1, access_log=None)
        await self._runner.setup()
        try:
            await self._site(self._runner).start()
        except OSError:
            await self.stop()
            raise
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        self.is_reached_at(api=self.url, files=self.url, sockets=self.url)

    def _site(self, runner: web.AppRunner) -> web.BaseSite:
        if self._listening is None:
            return web.TCPSite(runner, "127.0.0.1", self._port)
        # A duplicate, which is closed at the end: whoever made the socket keeps it for the next stand-in.
        return web.SockSite(runner, self._listening.dup())

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self._changes.close()
        await self.delivery.close()
        if self._runner:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_failure: object) -> None:
        await self.stop()

    @property
    def api_url(self) -> str:
        """The base of the Web API, for `AsyncWebClient(base_url=...)`."""
        return f"{self.url}/api/"

    def is_reached_at(self, *, api: str, files: str, sockets: str) -> None:
        """Have addresses that Slack gives away begin so, as it is where Slack has several hosts."""
        self._actions.base_url, self.files_url, self.sockets_url = api, files, sockets

    def rotate(self, *, bot_token: str = "", app_token: str = "", signing_secret: str = "") -> None:
        """Give the app other secrets. Those from before do not work any more; open connections stay open."""
        self._web_api.rotate(bot=bot_token, app=app_token)
        self.delivery.signing_secret = signing_secret or self.delivery.signing_secret

    def install_elsewhere(self, bot_token: str) -> None:
        """Install the app in another workspace as well, where this is its bot token."""
        self._web_api.install_elsewhere(bot_token)

    def _reachable(self) -> bool:
        return bool(self.deliver_to or self.connections)

    def _socket_url(self) -> str:
        return f"{self.sockets_url.replace('http', 'ws', 1)}/link/?ticket={self.delivery.sockets.ticket()}"

    # Setting the scene

    def add_person(
        self,
        user: str,
        *,
        name: str,
        kind: PersonKind = PersonKind.MEMBER,
        title: str = "",
        enterprise_teams: Iterable[str] = (),
        home_team: str = "",
        known_team: str | None = "",
    ) -> Person:
        """Somebody joins. On Enterprise Grid `enterprise_teams` are their workspaces; see `Person` for the rest."""
        teams = tuple(enterprise_teams)
        self.workspace.people[user] = Person(user, name, kind, title, teams, home_team, known_team)
        self.notify_changed()
        return self.workspace.people[user]

    def add_channel(
        self,
        channel: str,
        *,
        name: str = "",
        kind: ChannelKind = ChannelKind.PUBLIC,
        members: Iterable[str] = (),
        bot_is_member: bool = True,
        shared_with_other_company: bool = False,
        archived: bool = False,
    ) -> Channel:
        """A conversation is opened."""
        bot = {BOT_USER_ID} if bot_is_member else set()
        return self.workspace.add_channel(
            Channel(channel, name, kind, {*members, *bot}, archived, shared_with_other_company)
        )

    def add_group(self, group: str, *, handle: str, members: Iterable[str]) -> Group:
        """A user group is made."""
        self.workspace.groups[group] = Group(group, handle, list(members))
        self.notify_changed()
        return self.workspace.groups[group]
