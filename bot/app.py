"""The composition root: settings -> services -> Bolt app with its handlers -> transport. Start here.

Slack ──> transport ──> handlers ──> rows <──> worker ──> Replicate
                                      └─> outbox ──> cards and notices ──> Slack
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from slack_bolt.app.async_app import AsyncApp

from bot import __version__
from bot.accounts.accounts import Accounts
from bot.active_handlers import ActiveHandlers
from bot.change_log import log_change
from bot.clock import Clock
from bot.errors import DatabaseUnavailable, SlackUnavailable
from bot.event_destination import DestinationInUse
from bot.foundation import Foundation
from bot.imports import imports_kept
from bot.own_policy import OwnPolicy
from bot.policy_source import PolicyToday
from bot.poll_loop import PollLoop
from bot.processes import Processes
from bot.rotation import Read, Rotation
from bot.secret_in_use import SecretInUse
from bot.server.health import Readiness, database_check, loops_check
from bot.server.transport import Transport
from bot.settings import Settings, load_settings
from bot.side_by_side import quietly
from bot.slack.bolt import bolt_app
from bot.slack.client import web_client
from bot.slack.identity import Identity, identify
from bot.slack.people import People
from bot.startup_wait import StartupWait
from bot.store.backup_mark import is_backup
from bot.store.database import Database
from bot.store.notify import Topic
from bot.store.processes import ProcessStore
from bot.watching import make_metrics

if TYPE_CHECKING:
    from bot.deletion.worker import Worker

LEASE = 30.0
"""Seconds after which another process takes over the request of a process that died."""

_SETTLE = 3.0
"""Seconds in which running work may end, used twice; platforms kill a process 10 s after SIGTERM or later."""

_REPLICATE_WITHIN = 3.0
"""Seconds for which a start waits for Replicate before it goes on without it."""

_DATABASE_AT_THE_END = 1.5
"""Seconds for which a database that does not answer is waited for while the bot stops."""

_log = logging.getLogger(__name__)


class Bot:
    """The whole bot: `start` it, wait, `stop` it."""

    def __init__(
        self, settings: Settings, clock: Clock | None = None, *, lease: float = LEASE, read: Read = load_settings
    ) -> None:
        self._settings = settings
        self._policy = OwnPolicy(settings.policy, settings.policy_file)
        self._clock = clock or Clock()
        self._bot_token = SecretInUse(settings.slack_bot_token, self._clock)
        self._slack = web_client(self._bot_token, settings.slack_api_url, settings.network)
        self._database = Database(settings.database_url, self._clock)
        self._database.journal.subscribe(log_change)
        self._accounts = Accounts(settings, self._database, self._clock)
        self._events = DestinationInUse.of(settings, self._clock, partial(self._database.changes.publish, Topic.CARDS))
        self._lease = lease
        self._worker: Worker | None = None
        self._processes: Processes | None = None
        self._active = ActiveHandlers()
        self._loops: list[PollLoop] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._identity = StartupWait("Slack", partial(identify, self._slack), SlackUnavailable)
        self._confirming: asyncio.Task[None] | None = None
        self._confirmed: list[str] = []
        self._deleting: PollLoop | None = None
        readiness = Readiness(
            slack=self._slack_problem,
            replicate=self._replicate_problem,
            database=database_check(self._database),
            worker=loops_check(lambda: self._loops),
        ).with_troubles(lambda: self._accounts.troubles)
        metrics = make_metrics(settings, self._database, self._accounts, lambda: self._transport.connections)
        self._transport = Transport(settings, readiness, ProcessStore(self._database), metrics)
        self._rotation = Rotation(
            settings, read, self._identity, self._bot_token, self._accounts, self._events, self._transport
        )

    async def start(self) -> None:
        """Connect everything and begin to work. Raises BotError with what to mend when that cannot be.

        Waits until Slack answers, as nothing can be done without it; not for Replicate, without which people can still
        reject and withdraw. Health is served all the while.
        """
        for warning in self._settings.warnings:
            _log.warning(warning)
        self._policy.read()
        await self._transport.start()
        await self._database.open()
        if await is_backup(self._database):
            await _end_what_was_open(self._database)
        await self._accounts.start()
        identity = await self._identity.get()
        for gap in identity.gaps:
            _log.warning("the Slack app %s", gap)
        self._processes = Processes(ProcessStore(self._database), self._policy.policy, identity.team_id, self._clock)
        await self._processes.join()
        base = self._foundation(identity, self._processes)
        self._confirming = asyncio.create_task(self._confirm_accounts(base))
        await asyncio.wait({self._confirming}, timeout=_REPLICATE_WITHIN)
        if self._confirming.done():
            self._confirming.result()
        self._transport.open()
        app = bolt_app(base.settings, base.identity, base.bot_token)
        await _load_the_rest()
        self._begin(app, base)
        await self._transport.deliver_to(app)

    def _foundation(self, identity: Identity, processes: Processes) -> Foundation:
        return Foundation(
            settings=self._settings,
            identity=identity,
            bot_token=self._bot_token,
            slack=self._slack,
            people=People(self._slack, identity.team_id, self._clock),
            accounts=self._accounts,
            events=self._events,
            database=self._database,
            processes=processes,
            policy=PolicyToday(processes.in_force, lambda: self._policy.cleanups),
            clock=self._clock,
        )

    async def reload(self) -> None:
        """Read the policy file and the secrets again, and go by them at once; what is wrong in them changes nothing."""
        try:
            if await self._policy.reload() and self._processes is not None:
                await self._processes.adopt(self._policy.policy)
        finally:  # also while the database is away
            await self._rotation.reread()

    async def confirmed(self) -> None:
        """Wait until each token's account is known, or that it cannot be used.

        Raises SettingsError if none can, or if the accounts cannot be those to work for.
        """
        if self._confirming is not None:
            await self._confirming

    async def _confirm_accounts(self, base: Foundation) -> None:
        """Say of each account that this process works for it, once it is known, as other processes may for others."""
        async with aclosing(self._accounts.told()) as told:
            async for account in told:
                working = partial(base.processes.work_for, self._accounts.served)
                await StartupWait("the database", working, DatabaseUnavailable).get()
                self._confirmed.append(account)
                if self._loops:
                    self._work_for(account, base)

    def _begin(self, app: AsyncApp, base: Foundation) -> None:
        """Attach the handlers, and begin to work: with what an account has once it is confirmed."""
        from bot.assembly import assemble  # noqa: PLC0415 - loaded by the start

        self._worker, self._loops = assemble(app, base, self._policy.in_force, self._active, self._lease)
        self._deleting, *others = self._loops
        self._tasks = [asyncio.create_task(one.run()) for one in others]
        for account in self._confirmed:
            self._work_for(account, base)

    def _work_for(self, account: str, base: Foundation) -> None:
        """Read for this account, and delete, which is one loop for all accounts."""
        from bot.assembly import read_in_background  # noqa: PLC0415 - loaded by the start

        begins = read_in_background(base, account)
        self._loops += begins
        if self._deleting is not None:
            begins, self._deleting = [*begins, self._deleting], None
        self._tasks += [asyncio.create_task(one.run()) for one in begins]
        self._database.changes.publish(Topic.WORK)
        _log.info("ready", extra={"workspace": base.identity.team, "account": account, "version": __version__})

    async def _slack_problem(self) -> str | None:
        return self._identity.problem or await self._transport.problem()

    async def _replicate_problem(self) -> str | None:
        return self._accounts.problem

    def hurry(self) -> None:
        """Give up soon on a database that does not answer; for a start that is about to be cancelled."""
        self._database.hurry(_DATABASE_AT_THE_END)

    async def stop(self) -> None:
        """Accept no new work, let running work end, give the rest back, and close, all within 10 s."""
        self.hurry()
        if self._confirming is not None:
            self._confirming.cancel()
        await quietly(self._transport.stop())
        draining = [self._worker.drain(_SETTLE)] if self._worker else []
        await asyncio.gather(self._active.settle(_SETTLE), *draining)
        await self._end_loops()
        await self._accounts.stop()
        if self._processes is not None:
            await quietly(self._processes.leave())
        await self._accounts.aclose()
        await self._database.close()

    async def _end_loops(self) -> None:
        """Let each loop finish its step: a card that is being posted would otherwise be posted twice."""
        for one in self._loops:
            one.end()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_SETTLE)
        for task in self._tasks:
            task.cancel()
        # Before the process leaves, as confirming joins it again. Nobody asks any more why that failed.
        confirming = [] if self._confirming is None else [self._confirming]
        await asyncio.gather(*self._tasks, *confirming, return_exceptions=True)


async def _end_what_was_open(database: Database) -> None:
    """End what was open in a backup when it was made. Imports what hardly any start needs."""
    from bot.messages.card_place import AFTER_RESTORE  # noqa: PLC0415
    from bot.store.restored_copy import end_if_restored  # noqa: PLC0415

    await end_if_restored(database, AFTER_RESTORE)


async def _load_the_rest() -> None:
    """Import what handles events and works, in a thread, as Slack's connection is opened meanwhile.

    It takes a fraction of a second, and what has arrived waits for it. Slack waits three seconds
    (https://docs.slack.dev/interactivity/handling-user-interaction#acknowledgment_response).
    """
    with imports_kept():
        await asyncio.to_thread(import_module, "bot.assembly")
