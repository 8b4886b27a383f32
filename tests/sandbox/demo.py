"""The demo: a workspace to walk around in, an account to delete from, and the real bot between the two."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import sys
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.sandbox.demo_models import seed_demo
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.sandbox.slack.people import ChannelKind, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

CHECKOUT = Path(__file__).parents[2]
ACCOUNT = "acme"
ANA, BEN, CHLOE, GUS, EVE = "UANA", "UBEN", "UCHLOE", "UGUS", "UEVE1"
OPS, RANDOM, SHARED, PRIVATE, DIRECT = "COPS", "CRANDOM", "CSHARED", "CPRIVATE", "DANA"
LEADS = "SLEADS"

_STARTS_WITHIN = 60.0
_STOPS_WITHIN = 8.0
"""Longer than the bot gives its own deletions to arrive when it is asked to stop."""

Echo = Callable[[str], None]


class BotFailed(Exception):
    """The bot did not connect, or ended by itself; the text says how and shows its last lines."""


class BotProcess:
    """The bot as its users run it, `python -m bot`, in an environment that holds only what is given."""

    def __init__(self, process: asyncio.subprocess.Process, echo: Echo) -> None:
        self._process = process
        self._echo = echo
        self._last_lines: deque[str] = deque(maxlen=15)
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, environment: Mapping[str, str], folder: Path, echo: Echo) -> BotProcess:
        """Start it with `folder` as its working directory; `echo` gets each line it writes."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(CHECKOUT), **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C in a terminal reaches a whole group of processes; the bot is told in its turn.
            start_new_session=True,
        )
        return cls(process, echo)

    async def ended(self) -> BotFailed:
        """Return, once it has ended by itself, what there is to say about it."""
        code = await self._process.wait()
        await self._reading
        return self.failed(f"The bot ended with exit code {code}.")

    def failed(self, what: str) -> BotFailed:
        """Return the failure with the lines it wrote last."""
        said = "\n".join(f"  {line}" for line in self._last_lines) or "  (nothing)"
        return BotFailed(f"{what} Its last lines:\n{said}")

    async def stop(self) -> None:
        """Ask it to stop, and make it when it takes too long."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(_STOPS_WITHIN):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            text = line.decode(errors="replace").rstrip()
            self._last_lines.append(text)
            self._echo(text)


@dataclass(frozen=True)
class Demo:
    """Everything that runs: both stand-ins, and the bot connected to them."""

    slack: StandInSlack
    replicate: StandInReplicate
    bot: BotProcess
    examples: list[dict[str, str]]
    """Commands to try, each a `label` and a `command`."""


@asynccontextmanager
async def demo(*, port: int = 0, vanish_after: float = 4.0, echo: Echo = lambda _line: None) -> AsyncIterator[Demo]:
    """Run the whole demo for as long as the block lasts; inside it the bot is connected.

    `port` is the page's, 0 for any free one; a version vanishes `vanish_after` seconds after its deletion
    was accepted. Raises OSError when the port is taken, BotFailed when the bot does not come up.
    """
    async with contextlib.AsyncExitStack() as stack:
        replicate = StandInReplicate(username=ACCOUNT, vanish_after=vanish_after)
        seed_demo(replicate)
        offered = examples(replicate)
        slack = StandInSlack(port=port, replicate_snapshot=lambda: _shown(replicate), examples=offered)
        await stack.enter_async_context(slack)
        await stack.enter_async_context(replicate)
        replicate.on_change.append(slack.notify_changed)
        furnish(slack)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-")))
        bot = await BotProcess.start(_settings(slack, replicate, folder), folder, echo)
        stack.push_async_callback(bot.stop)
        await _connected(slack, bot)
        yield Demo(slack, replicate, bot, offered)


def furnish(slack: StandInSlack) -> None:
    """Put people, channels and a few words into an empty workspace."""
    slack.add_person(ANA, name="Ana", title="ML engineer, requester")
    slack.add_person(BEN, name="Ben", title="ML lead, approver")
    slack.add_person(CHLOE, name="Chloe", title="ML lead, approver")
    slack.add_person(GUS, name="Gus", kind=PersonKind.GUEST, title="Guest")
    slack.add_person(EVE, name="Eve", kind=PersonKind.EXTERNAL, title="Of another company")
    slack.add_group(LEADS, handle="ml-leads", members=[BEN, CHLOE])
    team = [ANA, BEN, CHLOE, GUS]
    slack.add_channel(OPS, name="ml-ops", members=team)
    slack.add_channel(RANDOM, name="random", members=team, bot_is_member=False)
    slack.add_channel(SHARED, name="shared-with-globex", members=[*team, EVE], shared_with_other_company=True)
    slack.add_channel(PRIVATE, name="model-reviews", kind=ChannelKind.PRIVATE, members=[ANA, BEN, CHLOE])
    slack.add_channel(DIRECT, kind=ChannelKind.DM, members=[ANA])
    slack.say(BEN, OPS, "Our Replicate account is filling up. Ana, can the old flux-portraits versions go?")
    slack.say(ANA, OPS, "I'll ask the bot.")


def examples(replicate: StandInReplicate) -> list[dict[str, str]]:
    """Commands worth trying on the demo's account, each showing something else."""
    portraits = "acme/flux-portraits"
    oldest, _, _, trained, _ = (version.id[:8] for version in replicate.models[portraits].versions)
    live = replicate.newest("acme/prod-voice")[:8]
    commands = {
        "A version": f"/delete-version {portraits}:{oldest}",
        "Several versions": f"/delete-version {portraits} {oldest} {trained}",
        "Picking by eye": f"/delete-version {portraits}",
        "An empty model": "/delete-model acme/old-experiment",
        "A public model": "/delete-model acme/upscaler",
        "A deployed version": f"/delete-version acme/prod-voice:{live}",
        "Somebody else's model": "/delete-model globex/secret-model",
        "Nonsense": "/delete-version banana",
    }
    return [{"label": label, "command": command} for label, command in commands.items()]


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


def _shown(replicate: StandInReplicate) -> dict[str, Any]:
    return {"account": ACCOUNT, **replicate.snapshot()}


def _settings(slack: StandInSlack, replicate: StandInReplicate, folder: Path) -> dict[str, str]:
    return {
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_APP_TOKEN": "xapp-sandbox",
        "SLACK_API_URL": slack.api_url,
        "REPLICATE_API_TOKEN": replicate.token,
        "REPLICATE_BASE_URL": replicate.base_url,
        "APPROVERS": LEADS,
        "APPROVALS_REQUIRED": "1",
        "DATABASE_URL": f"sqlite:///{folder / 'sandbox.sqlite3'}",
    }


async def _connected(slack: StandInSlack, bot: BotProcess) -> None:
    """Return when the bot has connected. Raises BotFailed when it ends first, or does not manage in time."""
    connected = asyncio.create_task(slack.until(lambda: slack.connections, timeout=2 * _STARTS_WITHIN))
    ended = asyncio.create_task(bot.ended())
    try:
        await asyncio.wait({connected, ended}, timeout=_STARTS_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if ended.done():
            raise ended.result()
        if not connected.done():
            raise bot.failed(f"The bot did not connect within {_STARTS_WITHIN:.0f} s.")
    finally:
        connected.cancel()
        ended.cancel()
        await asyncio.gather(connected, ended, return_exceptions=True)
