"""The bot between a stand-in Slack and a stand-in Replicate, and the people and models of every scenario.

People: Ana asks; Ben and Chloe may approve (the group `ml-leads`); Dan is a full member and no approver;
Gus is a guest; Eve belongs to another company. Channels: `ml-ops` has everybody but Eve and the bot.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from bot.app import LEASE, Bot
from bot.settings import Settings
from bot.store.due_deliveries import REDRAW_AFTER
from bot.store.outbox import BACKOFF
from tests.beside import beside
from tests.moved_clocks import WatchedClock
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.sandbox.slack.menus import DOTS, words_of_options
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import ChannelKind, PersonKind
from tests.sandbox.slack.stand_in import SCOPES, StandInSlack
from tests.scenarios.outbox_rows import CARD_IS_SHOWN, CARDS

ANA, BEN, CHLOE, DAN, GUS, EVE = "UANA", "UBEN", "UCHLOE", "UDAN", "UGUS", "UEVE"
OPS, RANDOM, SHARED, OLD, SECRET, DIRECT = "COPS", "CRANDOM", "CSHARED", "COLD", "CSECRET", "DANA"
LEADS = "SLEADS"
AT_REST = "state NOT IN ('approved', 'deleting')"
A_DAY = 86_400.0
CHECKOUT = Path(__file__).parents[2]

T = TypeVar("T")


@dataclass
class Stage:
    """Everything a scenario needs; `bots` are the ones started in this process."""

    slack: StandInSlack
    replicate: StandInReplicate
    clock: WatchedClock
    database_url: str
    environment: dict[str, str] = field(default_factory=dict)
    processes: list[asyncio.subprocess.Process] = field(default_factory=list)
    hurries: bool = True
    """Whether the clock is moved where a card would wait; not where Slack's limit of posts is what matters."""
    lease: float = LEASE
    """Seconds for which bots in this process lease their work; longer where the clock runs ahead of renewals."""
    crowded: bool = False
    """Whether so many bots share this machine that calls which waited apart may leave together, and be limited."""

    @cached_property
    def _console(self) -> Engine:
        url = make_url(self.database_url)
        if url.get_backend_name() == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        return create_engine(url, poolclass=NullPool)

    def settings(self, **changes: object) -> Settings:
        """Return settings for this stage; `changes` by field name."""
        values = {name.lower(): value for name, value in self.environment.items()} | changes
        return Settings(_env_file=None, **values)  # type: ignore[arg-type]  # typed by their names

    @contextlib.asynccontextmanager
    async def bot(self, **changes: object) -> AsyncIterator[Bot]:
        """Run the bot in this process for as long as the block lasts."""
        read = partial(self.settings, **changes)
        bot = Bot(read(), self.clock, lease=self.lease, read=read)
        try:
            await bot.start()
            yield bot
        finally:
            await bot.stop()

    @contextlib.asynccontextmanager
    async def hurried(self) -> AsyncIterator[None]:
        """Let time pass within the block as the bot waits for Replicate's limit."""
        async with self.clock.hurried(lambda: self.replicate.is_busy):
            yield

    @contextlib.asynccontextmanager
    async def listening_bot(self, **changes: object) -> AsyncIterator[str]:
        """Run the bot in HTTP mode, have Slack deliver to it, and give its address."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        self.slack.delivery.deliver_to = f"{address}/slack/events"
        self.environment.setdefault("SLACK_SIGNING_SECRET", self.slack.delivery.signing_secret)
        async with self.bot(slack_app_token=None, port=port, **changes):
            yield address

    async def launch(
        self,
        changes: Mapping[str, str] | None = None,
        *,
        later: float | Path = 0.0,
        lease: float | None = None,
        connects: bool = True,
        log: Path | None = None,
    ) -> asyncio.subprocess.Process:
        """Run the bot as a process of its own and wait until it `connects`.

        `changes` are settings by the names of their variables; its clock is `later` seconds ahead, or as many as a
        file says, and what it works on is leased for `lease` seconds, or as long as in production. What it logs goes
        to `log`.
        """
        before = self.slack.connections
        command = ["-m", "bot"]
        if later or lease:
            command = ["-m", "tests.scenarios.process", str(later), *([str(lease)] if lease else [])]
        directory = Path(self.database_url.removeprefix("sqlite:///")).parent if "sqlite" in self.database_url else None
        with contextlib.ExitStack() as closing:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                env={**_inherited(), **self.environment, **(changes or {})},
                cwd=directory,
                stderr=closing.enter_context(log.open("wb")) if log else asyncio.subprocess.DEVNULL,
            )
        self.processes.append(process)
        if connects:
            await self.slack.until(lambda: self.slack.connections > before, timeout=60)
        return process

    async def kill_processes(self) -> None:
        """Kill every process that was launched."""
        for process in self.processes:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def ask(self, text: str, *, command: str = "/delete-version", user: str = ANA, channel: str = OPS) -> Message:
        """Type a command and return the answer that only this person sees."""
        seen = len(self.private(user, channel))
        acknowledged = await self.slack.type_command(user, channel, command, text)
        assert acknowledged.acked, acknowledged
        return await self.slack.until(lambda: self.private(user, channel)[seen])

    async def request(self, text: str, *, command: str = "/delete-version", channel: str = OPS) -> Message:
        """Ask as Ana, confirm, and return the card."""
        preview = await self.ask(text, command=command, channel=channel)
        cards = len(self.cards(channel))
        await self.slack.click(ANA, preview, "Request approval")
        async with self.cards_wait_for_nothing():
            return await self.slack.until(lambda: self.cards(channel)[cards])

    async def press(self, user: str, card: Message, words: str, *, stale: bool = False) -> None:
        """Press the button of a card with these words, or choose them in its menu, where what is rare is."""
        if words in words_of_options(card.blocks):
            await self.slack.choose(user, card, DOTS, words, stale=stale)
        else:
            await self.slack.click(user, card, words, stale=stale)

    async def reject(self, user: str, card: Message, reason: str = "", *, stale: bool = False) -> None:
        """Press Reject and submit the window that asks why not; nothing more where none opens."""
        await self.slack.click(user, card, "Reject", stale=stale)
        seen = len(self.private(user))
        await self.slack.until(lambda: self.slack.modal(user) or len(self.private(user)) > seen)
        if self.slack.modal(user):
            await self.slack.submit(user, {"reason": reason} if reason else None)

    async def told(self, user: str, act: Callable[[], Awaitable[object]], channel: str = OPS) -> str:
        """Do something and return what only this person is then told."""
        seen = len(self.private(user, channel))
        await act()
        return (await self.slack.until(lambda: self.private(user, channel)[seen])).text

    def private(self, user: str, channel: str = OPS) -> list[Message]:
        """Return the messages in a channel that only this person sees."""
        return [m for m in self.slack.sees(user, channel) if m.ephemeral_to]

    def cards(self, channel: str = OPS, viewer: str = ANA) -> list[Message]:
        """Return the cards in a channel, oldest first."""
        return [m for m in self.slack.sees(viewer, channel) if not m.ephemeral_to and not m.is_reply]

    async def card_says(self, words: str, channel: str = OPS, timeout: float = 60) -> Message:  # noqa: ASYNC109
        """Return the newest card once its text holds these words; it is drawn as soon as it can be."""

        def found() -> Message | None:
            card = self.cards(channel)[-1]
            return card if words in card.text else None

        async with self.cards_wait_for_nothing():
            return await self.slack.until(found, timeout)

    @contextlib.asynccontextmanager
    async def cards_wait_for_nothing(self, which: str = AT_REST) -> AsyncIterator[None]:
        """Whenever a card of `which` requests would wait within the block, let it be that much later.

        A card waits that was drawn too lately to be drawn again, and one that Slack did not take. Work under way
        is drawn in its own time, and bots that are processes of their own have their own clocks.
        """
        async with beside(self._pass_time(CARDS + which)):
            yield

    async def _pass_time(self, cards: str) -> None:
        vain: dict[str, int] = {}
        while self.hurries and not self.processes:
            with contextlib.suppress(DBAPIError):  # a test may have taken the database away
                for request_id, failures, drawn_at in self.rows(cards):
                    before = vain.get(request_id, 0)
                    if failures not in (0, before):
                        self.clock.shift += BACKOFF.wait(before + 1)
                    elif drawn_at is not None:
                        self.clock.shift += max(0.0, drawn_at + REDRAW_AFTER - self.clock.now())
                    vain[request_id] = failures
            await asyncio.sleep(0.05)

    async def card_rests(self) -> None:
        """Return once a card shows all of its request, and nobody draws it."""
        async with self.cards_wait_for_nothing("state = 'approved'"):
            await self.recorded(CARD_IS_SHOWN)

    async def only_approved(self, bot: Bot, user: str, message: Message, button: str = "Approve") -> None:
        """Have a request approved by pressing this, with a bot that is going down and begins nothing any more."""
        assert bot._worker is not None
        await bot._worker.drain(0)
        await self.slack.click(user, message, button)
        await self.recorded("SELECT id FROM requests WHERE state = 'approved'")
        await self.card_rests()

    async def private_says(self, words: str, user: str = ANA, channel: str = OPS) -> Message:
        """Return what only this person sees once a message of it holds these words."""
        return await self.slack.until(lambda: [m for m in self.private(user, channel) if words in m.text][0])  # noqa: RUF015 - until understands LookupError

    async def replies(self, channel: str = OPS) -> list[Message]:
        """Return the replies in a channel's threads, once there is one."""
        async with self.cards_wait_for_nothing():
            await self.slack.until(lambda: [m for m in self.slack.sees(ANA, channel) if m.is_reply])
        return [m for m in self.slack.sees(ANA, channel) if m.is_reply]

    def ids(self, ref: str) -> list[str]:
        """Return the ids of the versions that Replicate still has of a model, newest first."""
        return [version.id for version in reversed(self.replicate.models[ref].versions)]

    def deletions(self) -> list[str]:
        """Return the paths of the DELETEs that reached Replicate, in order."""
        return [asked.path for asked in self.replicate.requests if asked.method == "DELETE"]

    def rows(self, query: str, **values: object) -> list[Any]:
        """Ask the bot's database, as somebody at its console could; `values` are bound by their names."""
        with self._console.connect() as connection:
            return list(connection.execute(text(query), values).all())

    def execute(self, statement: str) -> None:
        """Change the bot's database, as somebody at its console could."""
        with self._console.begin() as connection:
            connection.execute(text(statement))

    async def recorded(self, query: str, **values: object) -> list[Any]:
        """Return the rows of a query once there are any; cards are drawn as soon as they can be."""
        async with self.cards_wait_for_nothing(), asyncio.timeout(60):
            while not (rows := self.rows(query, **values)):  # noqa: ASYNC110 - a database tells nobody of a change
                await asyncio.sleep(0.02)
        return rows


def free_port() -> int:
    """Return a port on which nobody listens at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _inherited() -> dict[str, str]:
    """What a process needs of the environment; no setting of the bot's is inherited."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "COVERAGE_PROCESS_START") if name in os.environ}
    return kept | {"PYTHONPATH": str(CHECKOUT)}


@contextlib.asynccontextmanager
async def stage(database_url: str, *, scopes: Iterable[str] = SCOPES, **changes: str) -> AsyncIterator[Stage]:
    """Open a stage: both stand-ins running, people and channels there, no bot yet."""
    clock = WatchedClock()
    slack = StandInSlack(clock=clock.now, scopes=scopes)
    replicate = StandInReplicate(vanish_after=0.3, clock=lambda: datetime.fromtimestamp(clock.now(), UTC))
    replicate.on_change.append(slack.notify_changed)
    replicate.on_request.append(slack.notify_changed)
    async with slack, replicate:
        _people(slack)
        environment = {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": slack.api_url,
            "REPLICATE_API_TOKEN": "r8_sandbox",
            "REPLICATE_BASE_URL": replicate.base_url,
            "APPROVERS": LEADS,
            "DATABASE_URL": database_url,
            # What the bot reads by itself would be counted among the requests of a scenario.
            "DISCOVER_MODELS": "false",
            "no_proxy": "*",
            **changes,
        }
        opened = Stage(slack, replicate, clock, database_url, environment)
        try:
            yield opened
        finally:
            await opened.kill_processes()


def _people(slack: StandInSlack) -> None:
    for user, name in ((ANA, "Ana"), (BEN, "Ben"), (CHLOE, "Chloe"), (DAN, "Dan")):
        slack.add_person(user, name=name)
    slack.add_person(GUS, name="Gus", kind=PersonKind.GUEST)
    slack.add_person(EVE, name="Eve", kind=PersonKind.EXTERNAL)
    slack.add_group(LEADS, handle="ml-leads", members=[BEN, CHLOE])
    members = [ANA, BEN, CHLOE, DAN, GUS]
    slack.add_channel(OPS, name="ml-ops", members=members)
    slack.add_channel(RANDOM, name="random", members=members, bot_is_member=False)
    slack.add_channel(SHARED, name="with-globex", members=[*members, EVE], shared_with_other_company=True)
    slack.add_channel(OLD, name="old", members=members, archived=True)
    slack.add_channel(SECRET, name="secret", kind=ChannelKind.PRIVATE, members=members, bot_is_member=False)
    slack.add_channel(DIRECT, kind=ChannelKind.DM, members=[ANA, BEN], bot_is_member=False)
