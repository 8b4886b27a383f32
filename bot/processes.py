"""A process among all that live on one database: its heartbeat, and the policy that they have in force together.

The strictest settings hold, rather than that a process which differs refuses to work: a deploy that changes a setting
goes on working all the while, in either direction, and is as loose as its new settings once the old process is gone.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Sequence

from bot.clock import Clock
from bot.errors import DatabaseUnavailable, NotNow, SettingsError
from bot.in_force import InForce, Policy, Process, differences, in_force, is_another_workspaces, others_of
from bot.store import ProcessStore

BEAT = 10.0
"""Seconds between two heartbeats."""

_log = logging.getLogger(__name__)


class LiveProcesses:
    """Joins a process to the others, keeps it among them, and asks them afresh for every decision."""

    def __init__(self, store: ProcessStore, clock: Clock, policy: Policy) -> None:
        self._store = store
        self._clock = clock
        self._policy = policy
        self._me = Process(secrets.token_hex(8), "", "", policy)
        self._beaten_at: float | None = None
        self._said = ""

    async def join(self, team_id: str, account: str) -> None:
        """Begin to count. Raises SettingsError where the database belongs to a bot of another workspace."""
        self._me = Process(self._me.id, team_id, account, self._policy)
        if is_another_workspaces(self._me, await self._beat()):
            await self.leave()
            raise SettingsError(
                "A bot of another Slack workspace is running on the database that DATABASE_URL names. Give this one a "
                "database of its own; or, if this is to replace the other, stop that first and start this in a minute."
            )

    async def beat_due(self) -> float:
        """Note that this process is alive, where it is time to; return in how many seconds it will be."""
        since = self._clock.now() - self._beaten_at if self._beaten_at is not None else BEAT
        if 0 <= since < BEAT:
            return BEAT - since
        await self._beat()
        return BEAT

    async def leave(self) -> None:
        """Count no more. Where the database is away, the heartbeat runs out."""
        if self._beaten_at is None:
            return
        try:
            await self._store.leave(self._me)
        except DatabaseUnavailable:
            _log.warning("the database does not hear that this process ends; its settings count for a little longer")

    async def in_force(self) -> InForce:
        """Return the policy in force at this moment.

        Raises NotNow where this process may not work at all: another one that came before it is of another workspace,
        or has settings that this one cannot read.
        """
        live = await self._store.live()
        if is_another_workspaces(self._me, live):
            raise NotNow(
                "A bot of another Slack workspace uses this bot's database, so nothing was changed. "
                "Whoever runs the bot has to give each of them its own database."
            )
        policies = [process.policy for process in others_of(self._me, live)]
        readable = [policy for policy in policies if policy is not None]
        if len(readable) < len(policies):
            raise NotNow(
                "Another process of this bot has settings that this one cannot read, so nothing was changed. "
                "Try again in a minute. Whoever runs the bot can look with `python -m bot check`."
            )
        return in_force(self._policy, readable)

    async def _beat(self) -> Sequence[Process]:
        self._beaten_at = self._clock.now()
        live = await self._store.beat(self._me, self._policy)
        said = "; ".join(differences(self._me, live))
        if said != self._said:
            _log.warning("%s", said or "the processes on this database have the same settings again")
            self._said = said
        return live
