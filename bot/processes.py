"""What the processes on one database know of each other: the strictest of their policies holds for all of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from bot.clock import Clock
from bot.errors import DatabaseUnavailable, NotNow, SettingsError
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.served_accounts import ServedAccounts
from bot.store.processes import LiveProcess, ProcessStore

BEAT_EVERY = 10.0
"""Seconds between two heartbeats."""

_LEAVING = 2.5
"""Seconds in which the last heartbeat is deleted; a new connection to a frozen database takes longer to fail."""

_log = logging.getLogger(__name__)


class Processes:
    """One process among the others: it says what its policy is, and hears it of them.

    Its Replicate accounts are unknown (`""`) until they are confirmed: Replicate may be away at the start.
    """

    def __init__(self, store: ProcessStore, policy: Policy, team_id: str, clock: Clock) -> None:
        self._store = store
        self._policy = policy
        self._own = LiveProcess("", team_id, policy.to_json())
        self._clock = clock
        self._next_beat = 0.0
        self._told: frozenset[LiveProcess] = frozenset()
        self._beating = asyncio.Lock()

    async def join(self) -> None:
        """Begin to count. Raises SettingsError beside a process of another workspace.

        Looked at again once this one counts: of two that begin at the same moment, each sees the other.
        """
        self._refuse_beside(await self._store.others())
        await self._beat()
        try:
            self._refuse_beside(await self._store.others())
        except SettingsError:
            await self._store.leave()
            raise
        await self.in_force()

    async def work_for(self, accounts: ServedAccounts) -> None:
        """Say which Replicate accounts this process works for. Raises SettingsError beside one that has none of them.

        Processes of which one has more accounts may live side by side, as while an account is added: each carries out
        the requests of its own.
        """
        self._own = replace(self._own, account=str(accounts))
        await self.join()

    async def accounts(self) -> tuple[str, ...]:
        """Return this process's Replicate accounts; while it does not know all, also those that the others know."""
        own = self._own.serves
        if own.names and not own.unknown:
            return own.names
        others = sorted(name for other in await self._store.others() for name in other.serves.names)
        names: dict[str, str] = {}
        for name in (*own.names, *others):
            names.setdefault(name.lower(), name)
        return tuple(names.values())

    async def adopt(self, policy: Policy) -> None:
        """Decide by another policy from now on, and tell the others at once, or with the first heartbeat that works."""
        self._policy = policy
        self._own = replace(self._own, policy=policy.to_json())
        self._told = frozenset()
        try:
            await self._beat()
        except DatabaseUnavailable:
            _log.warning("other processes hear of the policy once the database answers")

    async def _beat(self) -> None:
        """Store a heartbeat, with the others' account while this one's is unknown.

        Versions of the bot before this one take a missing account for another one, and would decide nothing.
        """
        # One at a time, so that none without the account is stored after the one that has it.
        async with self._beating:
            await self._store.beat(replace(self._own, account=self._own.account or await self._others_account()))

    async def _others_account(self) -> str:
        return next((other.account for other in await self._store.others() if other.account), "")

    def _refuse_beside(self, others: Sequence[LiveProcess]) -> None:
        for other in others:
            if not self._own.serves.may_share(other.serves):
                raise SettingsError(
                    f"Another bot on this database works for the Replicate {other.serves.named}, and this one for "
                    f"{', '.join(self._own.serves.names)}. Give each account a database of its own, or stop the "
                    "other bot first."
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
        await self._beat()
        self._next_beat = self._clock.elapsed() + BEAT_EVERY
        return BEAT_EVERY

    async def in_force(self) -> PolicyInForce:
        """Return the policies of all live processes; the log says once in what another differs.

        Raises NotNow where another one is of other accounts or of another workspace, which began while this one was not
        heard of, or where its policy cannot be read: then nothing is decided.
        """
        others = await self._store.others()
        try:
            self._refuse_beside(others)
            policies = [Policy.from_json(other.policy) for other in others]
        except SettingsError as exc:
            raise NotNow(f"{exc} Nothing changed.") from exc
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
        """Count no more. Raises TimeoutError if the database does not answer soon: the process is to end."""
        async with asyncio.timeout(_LEAVING):
            await self._store.leave()
