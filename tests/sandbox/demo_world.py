"""One world of the demo: both stand-ins, the real bot between them, and the troubles that people turn on."""

from __future__ import annotations

import asyncio
import enum
import socket
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.sandbox.bot_process import Echo, KeptBot
from tests.sandbox.demo_cleanup import DemoCleanup
from tests.sandbox.demo_models import seed_demo
from tests.sandbox.demo_progress import Progress
from tests.sandbox.demo_workspace import LEADS, furnish
from tests.sandbox.page.beside import Beside
from tests.sandbox.replicate import faults
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.sandbox.slack.stand_in import StandInSlack

ACCOUNT = "acme"

_STARTS_WITHIN = 60.0
_DATABASE = "sandbox.sqlite3"
_SLACK_TAKES = 2.0
"""Seconds for which a slow Slack keeps each call waiting: less than the three for which a trigger id opens a window."""

_POLICY = f"""
[[models]]
match = ["{ACCOUNT}/prod-*"]
approvers = ["{LEADS}"]
approvals = 2
"""
"""What is in production needs both leads."""


class Switch(enum.Enum):
    """A trouble that can be turned on and off."""

    REPLICATE_FAILS = "replicate_fails"
    SLACK_IS_SLOW = "slack_is_slow"


class World:
    """Everything that a reset throws away: both stand-ins, the bot connected to them, and its database."""

    def __init__(self, beside: Beside, listening: socket.socket, vanish_after: float, echo: Echo) -> None:
        self.replicate = StandInReplicate(username=ACCOUNT, vanish_after=vanish_after)
        seed_demo(self.replicate)
        self.slack = StandInSlack(beside=beside, listening=listening)
        furnish(self.slack)
        self.progress = Progress(self.slack.workspace, self.replicate)
        self.on: set[Switch] = set()
        self._echo = echo
        self._open = AsyncExitStack()
        self._bot: KeptBot | None = None
        self._cleanup: DemoCleanup | None = None

    @property
    def bot(self) -> KeptBot:
        """The bot, once it was started."""
        assert self._bot is not None
        return self._bot

    @property
    def bot_runs(self) -> bool:
        """Whether the bot's process is there."""
        return self._bot is not None and self._bot.pid is not None

    @property
    def cleanup(self) -> DemoCleanup | None:
        """The cleanup rule, once the bot was started."""
        return self._cleanup

    async def start(self) -> None:
        """Open the page, and return when the bot has connected. Raises BotFailed when it does not."""
        folder = Path(self._open.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-")))
        (folder / "policy.toml").write_text(_POLICY)
        await self._open.enter_async_context(self.slack)
        await self._open.enter_async_context(self.replicate)
        self.replicate.on_change.append(self.slack.notify_changed)
        self._cleanup = DemoCleanup(folder, folder / _DATABASE, self.slack.notify_changed)
        self._bot = KeptBot(self._settings(folder), folder, self._echo, self.slack.notify_changed)
        await self._bot.start()
        await _connected(self.slack, self._bot)

    async def close(self, *, at_once: bool = False) -> None:
        """Stop the bot, `at_once` where its database is thrown away, and then the stand-ins."""
        if self._bot:
            await self._bot.stop(at_once=at_once)
        if self._cleanup:
            await self._cleanup.close()
        await self._open.aclose()

    def set(self, switch: Switch, *, on: bool) -> None:
        """Turn a trouble on or off."""
        (self.on.add if on else self.on.discard)(switch)
        match switch:
            case Switch.REPLICATE_FAILS:
                self.replicate.heal()
                if on:
                    self.replicate.fail(faults.html_error(503), times=None)
            case Switch.SLACK_IS_SLOW:
                self.slack.before_call = _slowly if on else None
        self.slack.notify_changed()

    def _settings(self, folder: Path) -> dict[str, str]:
        return {
            "SLACK_BOT_TOKEN": "xoxb-sandbox",
            "SLACK_APP_TOKEN": "xapp-sandbox",
            "SLACK_API_URL": self.slack.api_url,
            "REPLICATE_API_TOKEN": self.replicate.token,
            "REPLICATE_BASE_URL": self.replicate.base_url,
            "APPROVERS": LEADS,
            "APPROVALS_REQUIRED": "1",
            "DATABASE_URL": f"sqlite:///{folder / _DATABASE}",
        }


async def _slowly(_method: str, _arguments: dict[str, Any]) -> None:
    await asyncio.sleep(_SLACK_TAKES)


async def _connected(slack: StandInSlack, bot: KeptBot) -> None:
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
