"""The cleanup rule of the demo's policy file, and the way to have its time come at once."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bot.cleanup.rule import CleanupRule
from bot.cleanup.schedule import next_after
from bot.policy_file.reading import read_policy_file
from tests.sandbox.demo_workspace import CHLOE, OPS

POLICY = f"""\
# What the bot proposes by itself. Nothing of it is deleted unless somebody approves it.
[[cleanup]]
name = "old experiments"
models = ["acme/exp-lora-faces", "acme/exp-controlnet-depth", "acme/exp-prompt-rewriter"]
keep = 1
older_than = "60d"
unused_for = "30d"
every = "monday 09:00"
timezone = "Europe/Berlin"
channel = "{OPS}"
owner = "{CHLOE}"
quiet_for = "1s"
"""
"""`quiet_for` is as short as it can be, so that the button has something proposed again that was rejected."""

_LOOKS_EVERY = 0.25
_LOOKS_FOR = 30.0
"""Seconds between two looks whether the bot has seen that the rule is due, and after which nobody looks any more."""


class DemoCleanup:
    """A policy file in the bot's folder, and its rule's turns in the bot's database.

    The bot finds a time of the rule that it has not dealt with yet, as after a Monday on which it did not run: what it
    does then is what it does every Monday. `changed` is called when it has done so.
    """

    def __init__(self, folder: Path, database: Path, changed: Callable[[], None]) -> None:
        self.policy = folder / "policy.toml"
        self.policy.write_text(POLICY)
        [self._rule] = read_policy_file(self.policy).cleanups
        self._database = database
        self._changed = changed
        self._watching: asyncio.Task[None] | None = None

    @property
    def rule(self) -> CleanupRule:
        """The rule."""
        return self._rule

    @property
    def is_due(self) -> bool:
        """Whether the bot is yet to see that the rule is due."""
        return self._watching is not None and not self._watching.done()

    def make_due(self) -> None:
        """Have the bot find out that the last time of the rule was missed; it looks every ten seconds."""
        before = time.time() - 8 * 86_400
        with closing(sqlite3.connect(self._database)) as connection, connection:
            connection.execute(
                "INSERT INTO cleanup_schedules (rule, schedule, done_until) VALUES (?, ?, ?) "
                "ON CONFLICT (rule, schedule) DO UPDATE SET done_until = excluded.done_until",
                (self._rule.name, self._rule.schedule, before),
            )
        if not self.is_due:
            self._watching = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching."""
        if self._watching:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)

    async def _watch(self) -> None:
        for _ in range(int(_LOOKS_FOR / _LOOKS_EVERY)):
            await asyncio.sleep(_LOOKS_EVERY)
            if not self._is_missed():
                break
        # The task ends after this call, and what it says is asked for then.
        asyncio.get_running_loop().call_soon(self._changed)

    def _is_missed(self) -> bool:
        with closing(sqlite3.connect(self._database)) as connection:
            row = connection.execute(
                "SELECT done_until FROM cleanup_schedules WHERE rule = ? AND schedule = ?",
                (self._rule.name, self._rule.schedule),
            ).fetchone()
        return row is not None and next_after(self._rule.every, self._rule.timezone, row[0]) <= time.time()
