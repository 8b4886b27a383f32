"""The policy of this process: its settings, which its policy file makes stricter. The file can be read again."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.durations import spell_duration
from bot.errors import PolicyFileUnusable
from bot.plurals import counted
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.requests.policy_rules import PolicyRules

if TYPE_CHECKING:
    from bot.cleanup.rule import CleanupRule

DEFAULT = Path("policy.toml")
"""The policy file where POLICY_FILE names none; it need not be there."""

_log = logging.getLogger(__name__)


class OwnPolicy:
    """The policy of this process and its cleanup rules, as they are at the moment.

    `path` is the policy file, which has to be there; None: `policy.toml` in the working directory, if it is there.
    Until `read` is called, the policy is that of the settings alone.
    """

    def __init__(self, settings: Policy, path: Path | None) -> None:
        self._settings = settings
        self._path = (path or DEFAULT).absolute()
        self._is_needed = path is not None
        self._rules = PolicyRules()
        self._cleanups: tuple[CleanupRule, ...] = ()

    @property
    def path(self) -> Path | None:
        """The file that was read last; None if there is none."""
        return self._path if self._is_needed else None

    @property
    def policy(self) -> Policy:
        """What the settings say, made stricter by the file, with what its cleanup rules select."""
        undo = (*self._settings.rules.undo, *self._rules.undo)
        cleanups = sorted((rule.selecting for rule in self._cleanups), key=lambda rule: rule.name)
        return replace(self._settings, rules=replace(self._rules, undo=undo), cleanups=tuple(cleanups))

    @property
    def cleanups(self) -> tuple[CleanupRule, ...]:
        """The cleanup rules of the file."""
        return self._cleanups

    @property
    def summary(self) -> str:
        """What was read, in a few words."""
        if self.path is None:
            return "no policy file"
        rules, cleanups = self._rules, len(self._cleanups)
        undo = f", {spell_duration(rules.undo[0].seconds)} to undo" if rules.undo else ""
        return f"{self.path}: {counted(rules.count, 'rule')}{undo}, {counted(cleanups, 'cleanup')}"

    async def in_force(self) -> PolicyInForce:
        """Return this policy alone, regardless of other processes: for display only."""
        return PolicyInForce((self.policy,))

    def read(self) -> None:
        """Read the file. Raises PolicyFileUnusable with every problem, and then nothing changes.

        A file that was there once has to be there from then on: what is stricter does not end by a file that is lost.
        """
        if self._is_needed or is_there(self._path):
            # Imported only where there is a file: its tables are models, which take time to build.
            from bot.policy_file.reading import read_policy_file  # noqa: PLC0415

            file = read_policy_file(self._path)
            self._rules, self._cleanups = file.rules, file.cleanups
            self._is_needed = True
            _log.info("policy: %s", self.summary)

    async def reload(self) -> bool:
        """Read the file again; return whether it could be used. One that cannot be is logged, and changes nothing."""
        try:
            await asyncio.to_thread(self.read)
        except PolicyFileUnusable as exc:
            for problem in exc.problems:
                _log.error("%s: %s", self._path, problem)
            _log.error("%s was not taken, for the reasons above; what was read before holds", self._path)
            return False
        return True


def is_there(path: Path) -> bool:
    """Return whether something has this path, be it a file that cannot be read or a link that leads nowhere."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True
