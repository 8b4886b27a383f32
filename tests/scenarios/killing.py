"""A bot that is killed at one step of its conversation with Slack and Replicate, and started again."""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.sandbox.replicate.stand_in import Recorded
from tests.sandbox.slack.calls import Dropped
from tests.scenarios.stage import ANA, BEN, OPS, Stage

LATER = 60.0
"""Seconds after which the next process is started, by everybody's clock: all leases of the killed one are over."""


class When(enum.StrEnum):
    """On which side of a step the process is killed."""

    BEFORE = "before it is handled"
    AFTER = "after it was handled, before its answer"


@dataclass(frozen=True)
class Moment:
    """When to kill: at the step with this number, counted from 0 at the confirming click."""

    step: int
    when: When


@dataclass
class Doomed:
    """A stage whose bot is a process that is killed at one moment, or never."""

    stage: Stage
    moment: Moment | None = None
    steps: list[str] = field(default_factory=list)
    killed: bool = False
    revived: bool = False
    _process: asyncio.subprocess.Process | None = None
    _numbers: dict[int, int] = field(default_factory=dict)

    async def start(self) -> None:
        """Start the first process."""
        self._process = await self.stage.launch()

    def watch(self) -> None:
        """Count the steps from now on."""
        slack, replicate = self.stage.slack, self.stage.replicate

        async def before_call(method: str, arguments: dict[str, Any]) -> None:
            self._count(method, arguments)
            if await self._strikes(When.BEFORE, arguments):
                raise Dropped

        async def after_call(_method: str, arguments: dict[str, Any]) -> None:
            if await self._strikes(When.AFTER, arguments):
                raise Dropped

        async def before(asked: Recorded) -> None:
            self._count(f"{asked.method} {asked.path.split('/')[-1][:8]}", asked)
            if await self._strikes(When.BEFORE, asked):
                raise web.HTTPServiceUnavailable

        async def after(asked: Recorded) -> None:
            await self._strikes(When.AFTER, asked)

        slack.before_call, slack.after_call = before_call, after_call
        replicate.before, replicate.after = before, after

    async def persist(self, act: Callable[[], Awaitable[object]], done: Callable[[], object]) -> None:
        """Do something until it has happened, as a person does whose bot was away for a minute."""
        slack = self.stage.slack
        await act()
        await slack.until(lambda: done() or (self.killed and not self.revived), timeout=60)
        if self.killed and not self.revived:
            await self._revive()
            if not done():
                await act()
            await slack.until(done, timeout=60)

    def _count(self, name: str, asked: object) -> None:
        if not self.killed:
            self._numbers[id(asked)] = len(self.steps)
            self.steps.append(name)

    async def _strikes(self, when: When, asked: object) -> bool:
        if self.killed or self.moment is None or self._process is None:
            return False
        if self.moment != Moment(self._numbers.get(id(asked), -1), when):
            return False
        self.killed = True
        self._process.kill()
        await self._process.wait()
        self.stage.slack.notify_changed()
        return True

    async def _revive(self) -> None:
        await self.stage.slack.until(lambda: self.stage.slack.connections == 0)
        self.revived = True
        self.stage.clock.shift += LATER
        await self.stage.launch(later=LATER)


async def delete_two_versions(doomed: Doomed) -> None:
    """Ask for two versions, confirm, approve, and wait for the reply; insist where nothing happens."""
    stage = doomed.stage
    first, second = stage.replicate.add_model("acme/flux", versions=2)
    await doomed.start()
    preview = await stage.ask(f"acme/flux:{first} acme/flux:{second}")
    doomed.watch()
    await doomed.persist(lambda: stage.slack.click(ANA, preview, "Request approval", stale=True), stage.cards)
    awaiting = stage.cards()[-1]
    await doomed.persist(
        lambda: stage.slack.click(BEN, awaiting, "Approve", stale=True),
        lambda: any("Approved by" in card.text for card in stage.cards()),
    )
    await doomed.persist(_nothing, lambda: [m for m in stage.slack.sees(ANA, OPS) if m.is_reply])


async def _nothing() -> None:
    """A person who only waits."""
