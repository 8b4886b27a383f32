"""What the processes on one database know of each other: the strictest of their policies holds for all of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from bot.clock import Clock
from bot.errors import NotNow, SettingsError
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.store.processes import LiveProcess, ProcessStore

BEAT_EVERY = 10.0
"""Seconds between two heartbeats."""

_log = logging.getLogger(__name__)


class Processes:
    """One process among the others: it says what it was started with, and hears it of them."""

    def __init__(self, store: ProcessStore, policy: Policy, account: str, team_id: str, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._own = LiveProcess(account, team_id, policy.to_json())
        self._clock = clock
        self._next_beat = 0.0
        self._told: frozenset[LiveProcess] = frozenset()

    async def join(self) -> None:
        """Begin to count. Raises SettingsError beside a process of another account or workspace.

        Looked at again once this one counts: of two that begin at the same moment, each sees the other.
        """
        self._refuse_beside(await self._store.others())
        await self._store.beat(self._own)
        try:
            self._refuse_beside(await self._store.others())
        except SettingsError:
            await self._store.leave()
            raise
        await self.in_force()

    def _refuse_beside(self, others: Sequence[LiveProcess]) -> None:
        for other in others:
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

    async def beat_due(self) -> float:
        """Beat if it is time; return in how many seconds it will be again."""
        wait = self._next_beat - self._clock.elapsed()
        if wait > 0:
            return wait
        await self._store.beat(self._own)
        self._next_beat = self._clock.elapsed() + BEAT_EVERY
        return BEAT_EVERY

    async def in_force(self) -> PolicyInForce:
        """Return what all live processes were started with; the log says once in what another differs.

        Raises NotNow where another one is of another account or workspace, which began while this one was not heard of,
        or where its policy cannot be read: then nothing is decided.
        """
        others = await self._store.others()
        try:
            self._refuse_beside(others)
            policies = [Policy.from_json(other.policy) for other in others]
        except SettingsError as exc:
            raise NotNow(f"{exc} Nothing was changed.") from exc
        except (ValueError, KeyError, TypeError) as exc:
            raise NotNow(
                "Another process of this bot has settings that this one cannot read, so nothing was changed. "
                "Try again in a minute. Whoever runs the bot can look with `python -m bot check`."
            ) from exc
        for other, policy in zip(others, policies, strict=True):
            differing = self._policy.differences(policy)
            if differing and other not in self._told:
                _log.warning("another process differs in %s; the stricter of both holds", ", ".join(differing))
        self._told = frozenset(others)
        return PolicyInForce((self._policy, *policies))

    async def leave(self) -> None:
        """Count no more."""
        await self._store.leave()
