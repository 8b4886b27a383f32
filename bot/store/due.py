"""Which requests a worker can claim, and when."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, or_, select, true, update

from bot.requests import State
from bot.store.database import Database
from bot.store.tables import PROCESSES, REQUESTS

_LONGEST_DELAY = 300.0
"""Seconds for which a request may be left at most before it is claimed again."""


class Due:
    """Approved and begun requests. `lease` is in seconds, of every process on the database.

    With an `account`, requests of other Replicate accounts are left to the live processes that work for those; where
    there are none, they are claimed all the same, so that they end and say why.
    """

    def __init__(self, database: Database, lease: float, account: str | None) -> None:
        self._database = database
        self._lease = lease
        self._account = account

    def now(self) -> ColumnElement[bool]:
        """Whether a request can be claimed at this moment."""
        return and_(self._is_left_to_do(), self._free_at() <= self._database.now)

    async def wait(self) -> float | None:
        """Return in how many seconds a request can be claimed, as things stand, or None.

        A lease or a delay too far ahead was written before the database's clock was set back. It is brought back:
        who holds it renews it, and what a dead process held is free as soon as after any other death.
        """
        free = self._free_at() - self._database.now
        seconds = select(func.min(free), func.max(free)).where(self._is_left_to_do())
        async with self._database.reading() as connection:
            soonest, latest = (await connection.execute(seconds)).one()
        if latest is not None and latest > self._lease + _LONGEST_DELAY:
            await self._bring_back()
            return min(soonest, self._lease)
        return None if soonest is None else float(soonest)

    async def _bring_back(self) -> None:
        latest = self._database.now + self._lease
        async with self._database.writing() as connection:
            for column in (REQUESTS.c.worker_until, REQUESTS.c.not_before):
                is_off = and_(self._is_left_to_do(), column > latest + _LONGEST_DELAY)
                await connection.execute(update(REQUESTS).where(is_off).values({column.name: latest}))

    def _is_left_to_do(self) -> ColumnElement[bool]:
        in_time = and_(REQUESTS.c.state == State.APPROVED, REQUESTS.c.expires_at > self._database.now)
        return and_(or_(REQUESTS.c.state == State.DELETING, in_time), self._is_ours())

    def _is_ours(self) -> ColumnElement[bool]:
        """Whether no live process works for the request's account rather than this one."""
        if self._account is None:
            return true()
        theirs = select(PROCESSES.c.id).where(
            PROCESSES.c.account == REQUESTS.c.account, PROCESSES.c.live_until > self._database.now
        )
        return or_(REQUESTS.c.account == self._account, ~theirs.exists())

    def _free_at(self) -> ColumnElement[float]:
        """When a request may be claimed: nobody works on it by then, and its delay is over."""
        leased, delayed = (func.coalesce(column, 0.0) for column in (REQUESTS.c.worker_until, REQUESTS.c.not_before))
        return self._database.later_of(leased, delayed)
