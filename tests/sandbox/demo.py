"""The demo: a workspace to walk around in, an account to delete from, and the real bot between the two."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from tests.sandbox.bot_process import BotFailed, Echo, KeptBot
from tests.sandbox.demo_examples import examples
from tests.sandbox.demo_world import ACCOUNT, Switch, World
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.sandbox.slack.stand_in import StandInSlack


class Demo:
    """What runs at one address, from reset to reset, and what the page shows of it beside Slack."""

    def __init__(self, listening: socket.socket, vanish_after: float, echo: Echo) -> None:
        self._made_of = (listening, vanish_after, echo)
        self._world = World(self, *self._made_of)
        self._number = 1
        self._wanted = asyncio.Event()
        self._carrying_on: asyncio.Task[BotFailed] | None = None

    @property
    def slack(self) -> StandInSlack:
        """The present workspace."""
        return self._world.slack

    @property
    def replicate(self) -> StandInReplicate:
        """The present account's Replicate."""
        return self._world.replicate

    @property
    def bot(self) -> KeptBot:
        """The present bot."""
        return self._world.bot

    @property
    def examples(self) -> list[dict[str, str]]:
        """Commands to try now, each a `label` and a `command`."""
        return examples(self.replicate, ACCOUNT)

    def state(self) -> dict[str, Any]:
        """What the page shows beside Slack; `world` counts the resets."""
        return {
            "world": self._number,
            "replicate": {"account": ACCOUNT, "models": self._models()},
            "examples": self.examples,
            "progress": self._world.progress.state(),
            "switches": {switch.value: switch in self._world.on for switch in Switch},
            "bot_runs": self._world.bot_runs,
            "cleanup": self._cleanup_state(),
        }

    def _cleanup_state(self) -> dict[str, Any] | None:
        """The rule that can be made due, and whether the bot is yet to see that; None before there is a bot."""
        cleanup = self._world.cleanup
        return {"rule": cleanup.rule.name, "is_due": cleanup.is_due} if cleanup else None

    def _models(self) -> list[dict[str, Any]]:
        """The models in the order in which they were made: first those that the demo begins with."""
        order = [*self.replicate.models]
        return sorted(self.replicate.snapshot()["models"], key=lambda model: order.index(model["ref"]))

    def reset(self) -> None:
        """Have everything begin anew, soon; asked for twice before it begins, it happens once."""
        self._wanted.set()

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a trouble on or off. Raises `KeyError` for one that does not exist."""
        found = {switch.value: switch for switch in Switch}[name]
        self._world.set(found, on=on)

    def kill_bot(self) -> None:
        """Kill the bot's process with SIGKILL; it is started again in a moment."""
        if self._world.bot_runs:
            self.bot.kill()

    def make_cleanup_due(self) -> None:
        """Have the time of the cleanup rule come; the bot sees that within ten seconds."""
        if self._world.cleanup:
            self._world.cleanup.make_due()
            self.slack.notify_changed()

    async def start(self) -> None:
        """Start the first world, and whenever somebody wants it the next. Raises BotFailed without a bot."""
        await self._world.start()
        self._carrying_on = asyncio.create_task(self._carry_on())

    async def ended(self) -> BotFailed:
        """Return, once the bot has ended by itself, what there is to say about it."""
        assert self._carrying_on is not None
        return await asyncio.shield(self._carrying_on)

    async def close(self) -> None:
        """Stop everything."""
        if self._carrying_on:
            self._carrying_on.cancel()
            await asyncio.wait([self._carrying_on])
        await self._world.close()

    async def _carry_on(self) -> BotFailed:
        while True:
            ended = asyncio.create_task(self.bot.ended())
            wanted = asyncio.create_task(self._wanted.wait())
            await asyncio.wait({ended, wanted}, return_when=asyncio.FIRST_COMPLETED)
            failed = ended.done() and not wanted.done()
            for task in (ended, wanted):
                task.cancel()
            if failed:
                return ended.result()
            try:
                await self._begin_anew()
            except BotFailed as failure:
                return failure

    async def _begin_anew(self) -> None:
        self._wanted.clear()
        await self._world.close(at_once=True)
        self._world = World(self, *self._made_of)
        self._number += 1
        await self._world.start()


@asynccontextmanager
async def demo(*, port: int = 0, vanish_after: float = 4.0, echo: Echo = lambda _line: None) -> AsyncIterator[Demo]:
    """Run the whole demo for as long as the block lasts; inside it the bot is connected.

    `port` is the page's, 0 for any free one; a version vanishes `vanish_after` seconds after its deletion
    was accepted. Raises OSError when the port is taken, BotFailed when the bot does not come up.
    """
    with socket.create_server(("127.0.0.1", port)) as listening:
        running = Demo(listening, vanish_after, echo)
        try:
            await running.start()
            yield running
        finally:
            await running.close()


def is_taken(problem: OSError) -> bool:
    """Whether a port could not be listened on because something else does."""
    return problem.errno == errno.EADDRINUSE


@contextlib.contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Give an event that Ctrl-C, SIGTERM or a closed terminal sets, in place of what they usually do."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stopping.set)
    try:
        yield stopping
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
