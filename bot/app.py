"""The composition root: settings -> services -> Bolt app with its handlers -> transport. Start here.

Slack ──> transport ──> handlers ──> rows <──> worker ──> Replicate
                                      └─> outbox ──> cards and notices ──> Slack
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable

from slack_bolt.app.async_app import AsyncApp

from bot.active_handlers import ActiveHandlers
from bot.clock import Clock
from bot.deletion.changes_since_plan import ChangesSincePlan
from bot.deletion.recheck import Recheck
from bot.deletion.sender import Sender
from bot.deletion.snapshot_reader import SchemaSnapshots
from bot.deletion.verify import DeletionVerifier
from bot.deletion.worker import LEASE, Worker
from bot.delivery.setup import make_consumers
from bot.errors import DatabaseUnavailable, ReplicateTokenRejected, SettingsError
from bot.messages.home import HOME_SIZES
from bot.picker.notices import expired, outdated
from bot.policy_source import fixed_policy
from bot.poll_loop import DEBOUNCE, PollLoop
from bot.processes import Processes
from bot.replicate import Account, Replicate
from bot.replicate.rate_limit import Urgency
from bot.replicate.retries import MAX_HOLD
from bot.server.transport import Transport, connect
from bot.services import Services
from bot.settings import Settings
from bot.shared_rate_limit import SharedRateLimiter
from bot.slack.bolt import bolt_app
from bot.slack.client import posting_client, web_client
from bot.slack.identity import OPTIONAL_SCOPES, Identity, identify
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store import (
    Database,
    OverviewStore,
    PickerStore,
    PriorRequestStore,
    ProcessStore,
    RateLimitStore,
    RequestStore,
    SnapshotStore,
    Topic,
    WorkStore,
)
from bot.store.rate_limits import Limit
from bot.store.schedule import catch_up
from handlers import register

_SETTLE = 3.0
"""Seconds in which running work may end, used twice; platforms kill a process 10 s after SIGTERM or later."""

_DATABASE_AT_THE_END = 1.5
"""Seconds for which a database that does not answer is waited for while the bot stops."""

_log = logging.getLogger(__name__)


class Bot:
    """The whole bot: `start` it, wait, `stop` it."""

    def __init__(self, settings: Settings, clock: Clock | None = None, *, lease: float = LEASE) -> None:
        self._settings = settings
        self._clock = clock or Clock()
        self._slack = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url)
        self._database = Database(settings.database_url.get_secret_value(), self._clock)
        self._rate_limits = RateLimitStore(self._database)
        limit = Limit("replicate", settings.replicate_rate_limit, burst=10, longest_hold=MAX_HOLD)
        self._limiter = SharedRateLimiter(self._rate_limits, limit)
        self._replicate = Replicate(
            settings.replicate_api_token.get_secret_value(),
            base_url=settings.replicate_base_url,
            limiter=self._limiter,
        )
        self._requests = RequestStore(self._database)
        self._work = WorkStore(self._database, lease)
        self._snapshots = SnapshotStore(self._database)
        self._worker: Worker | None = None
        self._processes: Processes | None = None
        self._active = ActiveHandlers()
        self._loops: list[PollLoop] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._transports: list[Transport] = []

    async def start(self) -> None:
        """Connect everything and begin to work. Raises BotError with what to mend when that cannot be."""
        if self._settings.disk_is_wiped and self._settings.uses_sqlite:
            _log.warning("this platform empties its disk at each deploy: set DATABASE_URL to a PostgreSQL database")
        await self._open_database()
        await self._limiter.start()
        identity = await identify(self._slack)
        # A start can wait as long as Replicate asks for, so it is bulk work.
        account = await _account(self._replicate.at(Urgency.BULK))
        if identity.missing_scopes:
            _log.warning("the Slack app lacks scopes: %s", ", ".join(identity.missing_scopes))
        for scope in identity.missing_optional_scopes:
            _log.warning("the Slack app does without the scope %s: %s", scope, OPTIONAL_SCOPES[scope])
        people = People(self._slack, identity.team_id, self._clock)
        self._processes = await self._join(identity, account)
        quorum = Quorum(people, self._processes.in_force)
        app = self._listening_app(identity, people, quorum, self._processes)
        self._loops = self._make_loops(identity, quorum, self._processes)
        self._tasks = [asyncio.create_task(one.run()) for one in self._loops]
        self._transports = connect(self._settings, app, self._database, self._loops)
        for transport in self._transports:
            await transport.start()
        _log.info("ready: workspace %s, Replicate account %s", identity.team, account.username)

    async def _open_database(self) -> None:
        try:
            await self._database.open()
        except DatabaseUnavailable as exc:
            raise SettingsError(f"The database that DATABASE_URL names cannot be used: {exc.cause}") from exc

    async def stop(self) -> None:
        """Accept no new work, let running work end, give the rest back, and close, all within 10 s."""
        self._database.hurry(_DATABASE_AT_THE_END)
        await _quietly(*(transport.stop() for transport in self._transports))
        draining = [self._worker.drain(_SETTLE)] if self._worker else []
        await asyncio.gather(self._active.settle(_SETTLE), *draining)
        await self._end_loops()
        await self._limiter.stop()
        if self._processes is not None:
            await _quietly(self._processes.leave())
        await self._replicate.aclose()
        await self._database.close()

    async def _end_loops(self) -> None:
        """Let each loop finish its step: a card that is being posted would otherwise be posted twice."""
        for one in self._loops:
            one.end()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_SETTLE)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(self, identity: Identity, account: Account) -> Processes:
        """Register with the processes on this database. Raises SettingsError beside another account or workspace."""
        policy, store = self._settings.policy, ProcessStore(self._database)
        processes = Processes(store, policy, account.username, identity.team_id, self._clock)
        await processes.join()
        return processes

    def _listening_app(self, identity: Identity, people: People, quorum: Quorum, processes: Processes) -> AsyncApp:
        """Bolt with every handler."""
        services = Services(
            settings=self._settings,
            identity=identity,
            slack=self._slack,
            people=people,
            replicate=self._replicate,
            schemas=SchemaSnapshots(self._snapshots),
            policy=processes.in_force,
            quorum=quorum,
            shown_quorum=Quorum(people, fixed_policy(self._settings.policy), remembered=True),
            requests=self._requests,
            overviews=OverviewStore(self._database, HOME_SIZES),
            pickers=PickerStore(self._database, expired=expired(), outdated=outdated()),
            prior=PriorRequestStore(self._database, identity.url),
            active=self._active,
            clock=self._clock,
        )
        app = bolt_app(self._settings, identity)
        register(app, services)
        return app

    async def _catch_up(self) -> None:
        await catch_up(self._database)

    def _make_loops(self, identity: Identity, quorum: Quorum, processes: Processes) -> list[PollLoop]:
        replicate = self._replicate.at(Urgency.BULK)
        since_plan = ChangesSincePlan(replicate, PriorRequestStore(self._database), self._clock)
        self._worker = Worker(
            requests=self._requests,
            work=self._work,
            quorum=quorum,
            recheck=Recheck(replicate, self._work, self._snapshots, processes.in_force, since_plan),
            sender=Sender(
                replicate, self._limiter, self._work, self._database.changes, self._settings.replicate_concurrency
            ),
            verifier=DeletionVerifier(replicate, self._work),
            policy=processes.in_force,
        )
        client = posting_client(self._settings.slack_bot_token.get_secret_value(), self._settings.slack_api_url)
        messages, lists = make_consumers(client, self._database, self._clock, uploads=identity.may_upload)
        changes = self._database.changes
        return [
            PollLoop("worker", self._worker.claim_due, changes=changes, topic=Topic.WORK),
            PollLoop("expiry", self._worker.expire_due, changes=changes, topic=Topic.WORK, debounce=DEBOUNCE),
            PollLoop("catch-up", self._catch_up, changes=changes, topic=Topic.PROCESSES),
            PollLoop("heartbeat", processes.beat_due, changes=changes, topic=Topic.PROCESSES),
            PollLoop("cards", messages.deliver_due, changes=changes, topic=Topic.CARDS, debounce=DEBOUNCE),
            PollLoop(
                "full lists",
                lists.deliver_one,
                changes=changes,
                topic=Topic.LISTS,
                debounce=DEBOUNCE,
            ),
        ]


async def run(settings: Settings, clock: Clock | None = None, *, lease: float = LEASE) -> None:
    """Run the bot until SIGTERM or SIGINT. Raises BotError when it cannot start."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    bot = Bot(settings, clock, lease=lease)
    asked_to_stop = asyncio.create_task(stopping.wait())
    starting = asyncio.create_task(bot.start())
    try:
        # A start may wait long for Slack or Replicate, and can be stopped while it waits.
        await asyncio.wait({starting, asked_to_stop}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await asked_to_stop
        _log.info("stopping")
    finally:
        starting.cancel()
        asked_to_stop.cancel()
        await asyncio.gather(starting, asked_to_stop, return_exceptions=True)
        await bot.stop()


async def _account(replicate: Replicate) -> Account:
    try:
        return await replicate.account()
    except ReplicateTokenRejected as exc:
        raise SettingsError(
            "Replicate does not accept REPLICATE_API_TOKEN. Create a new one on the account's API tokens page; "
            "it starts with r8_."
        ) from exc


async def _quietly(*stops: Awaitable[None]) -> None:
    """Await all of these, ignoring their errors."""
    await asyncio.gather(*stops, return_exceptions=True)
