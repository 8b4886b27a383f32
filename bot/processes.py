"""What the processes on one database know of each other: the strictest of their policies holds for all of them."""

from __future__ import annotations

import logging

from bot.clock import Clock
from bot.errors import SettingsError
from bot.in_force import InForce, Policy
from bot.store.processes import LiveProcess, ProcessStore

BEAT_EVERY = 10.0
"""Seconds between two heartbeats."""

_log = logging.getLogger(__name__)


class Processes:
    """One process among the others: it says what it was started with, and hears it of them."""

    def __init__(self, store: ProcessStore, policy: Policy, account: str, team_id: str, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._own = LiveProcess(account, team_id, policy.written())
        self._clock = clock
        self._next_beat = 0.0
        self._told: frozenset[LiveProcess] = frozenset()

    async def join(self) -> None:
        """Begin to count. Raises SettingsError beside a process of another account or workspace."""
        for other in await self._store.others():
            if other.account.lower() != self._own.account.lower():
                raise SettingsError(
                    f"Another bot on this database works for the Replicate account {other.account}, and this one for "
                    f"{self._own.account}. Give each account a database of its own, or stop the other bot first."
                )
            if other.team_id != self._own.team_id:
                raise SettingsError(
                    "Another bot on this database works for another Slack workspace. Give each workspace a database of "
                    "its own, or stop the other bot first."
                )
        await self._store.beat(self._own)
        await self.in_force()

    async def beat_due(self) -> float:
        """Beat if it is time; return in how many seconds it will be again."""
        wait = self._next_beat - self._clock.elapsed()
        if wait > 0:
            return wait
        await self._store.beat(self._own)
        self._next_beat = self._clock.elapsed() + BEAT_EVERY
        return BEAT_EVERY

    async def in_force(self) -> InForce:
        """Return what all live processes were started with; the log says once in what another differs."""
        others = await self._store.others()
        policies = [Policy.read(other.policy) for other in others]
        for other, policy in zip(others, policies, strict=True):
            differing = self._policy.differences(policy)
            if differing and other not in self._told:
                _log.warning("another process differs in %s; the stricter of both holds", ", ".join(differing))
        self._told = frozenset(others)
        return InForce((self._policy, *policies))

    async def leave(self) -> None:
        """Count no more."""
        await self._store.leave()
