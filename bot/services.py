"""What handlers work with."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.command_limit import CommandLimit
from bot.deletion.snapshot import SchemaSnapshots
from bot.policy_source import PolicySource
from bot.replicate import Replicate
from bot.settings import Settings
from bot.slack.identity import Identity
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store import OverviewStore, PickerStore, PriorRequestStore, RequestStore


@dataclass(slots=True)
class ActiveHandlers:
    """The handlers at work, so that a stop can wait for them."""

    _tasks: set[asyncio.Task[object]] = field(default_factory=set)

    @contextlib.contextmanager
    def here(self) -> Iterator[None]:
        """Count the current task as at work for as long as the block lasts."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - handlers run on the loop
        self._tasks.add(task)
        try:
            yield
        finally:
            self._tasks.discard(task)

    async def settle(self, seconds: float) -> None:
        """Wait until nothing is at work, but no longer than this.

        What is at work for longer than two thirds of it is cancelled, and has the last third to say so to
        whoever waits for it.
        """
        last = seconds / 3
        at_work = await _unfinished(set(self._tasks), seconds - last)
        for task in at_work:
            task.cancel()
        await _unfinished(at_work, last)


async def _unfinished(tasks: set[asyncio.Task[object]], seconds: float) -> set[asyncio.Task[object]]:
    """Wait for these no longer than this, and return those that are still at work."""
    return (await asyncio.wait(tasks, timeout=seconds))[1] if tasks else tasks


@dataclass(frozen=True, slots=True)
class Services:
    """Everything a handler may use. `slack` is for questions; cards are the board's.

    `policy` is what all processes together allow. `quorum` asks Slack each time, and is for whatever is done;
    `shown_quorum` may be a minute old, and is for what is only shown.
    """

    settings: Settings
    identity: Identity
    slack: AsyncWebClient
    people: People
    replicate: Replicate
    schemas: SchemaSnapshots
    policy: PolicySource
    quorum: Quorum
    shown_quorum: Quorum
    requests: RequestStore
    overview: OverviewStore
    pickings: PickerStore
    prior: PriorRequestStore
    busy: ActiveHandlers
    under_way: CommandLimit
    clock: Clock
