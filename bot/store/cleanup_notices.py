"""The outbox of what is told of cleanup rules; a rule's turn writes to it in its own transaction (`proposals.py`)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import ColumnElement, Select, UpdateBase, bindparam, update

from bot.cleanup.notices import Notice, from_json
from bot.store.claim_first import claim_first
from bot.store.database import Database
from bot.store.proposal_tables import CLEANUP_NOTICES

MAX_DELAY = 3600.0
"""Seconds for which a notice is put off at most."""


class NoticeLost(Exception):
    """Another process has claimed the notice, or has posted it; this one must not post it any more."""


@dataclass(frozen=True, slots=True)
class ClaimedNotice:
    """A notice that its holder posts to `recipient`, a channel or a person; every write checks `lease`."""

    id: int
    lease: str
    recipient: str
    notice: Notice
    failures: int


class CleanupNoticeStore:
    """Hands out notices under a lease of so many seconds. Every method raises DatabaseUnavailable.

    What is written for a notice raises NoticeLost where the lease is over.
    """

    def __init__(self, database: Database, *, lease: float) -> None:
        self._database = database
        self._lease = lease
        self.renew_every = lease / 3

    async def claim(self) -> ClaimedNotice | None:
        """Claim what has waited longest, or return None if nothing is due."""
        lease = secrets.token_hex(8)
        async with self._database.writing() as connection:
            row = (await connection.execute(self._claiming, {"new_lease": lease})).one_or_none()
        if row is None:
            return None
        return ClaimedNotice(row.id, lease, row.recipient, from_json(row.notice), row.failures)

    async def wait(self) -> float | None:
        """Return in how many seconds something is due, as things stand, or None when nothing will be."""
        return await self._database.seconds(self._next_due)

    async def renew(self, notice: ClaimedNotice) -> None:
        """Renew the lease, as before each call to Slack."""
        await self._write(notice, held_until=self._database.now + self._lease)

    async def posted(self, notice: ClaimedNotice) -> None:
        """Record that it was posted, so that it is not posted again."""
        await self._write(notice, due_at=None, posted_at=self._database.now, lease=None, held_until=None)

    async def drop(self, notice: ClaimedNotice) -> None:
        """Do not post it, as there is no place for it."""
        await self._write(notice, due_at=None, lease=None, held_until=None)

    async def put_off(self, notice: ClaimedNotice, seconds: float) -> None:
        """Try again later: Slack did not take it this time, or what it links to is not there yet."""
        later = self._database.now + min(seconds, MAX_DELAY)
        await self._write(notice, held_until=later, lease=None, failures=notice.failures + 1)

    @cached_property
    def _claiming(self) -> UpdateBase:
        """Claim the notice that has waited longest, with a `new_lease`."""
        notices = CLEANUP_NOTICES.c
        return claim_first(
            notices.id,
            notices.due_at.is_not(None),
            self._ready_at() <= self._database.now,
            order=(notices.due_at, notices.id),
            values={"held_until": self._database.now + self._lease, "lease": bindparam("new_lease")},
        )

    @cached_property
    def _next_due(self) -> Select[float]:
        return self._database.until(self._ready_at(), CLEANUP_NOTICES.c.due_at.is_not(None))

    def _ready_at(self) -> ColumnElement[float]:
        """When a notice that is due may be claimed: when it is not held or put off.

        It is due from the moment on at which it was written, also if the clock was ahead then.
        """
        return self._database.unless_far_ahead(CLEANUP_NOTICES.c.held_until, MAX_DELAY + self._lease)

    async def _write(self, notice: ClaimedNotice, **changes: object) -> None:
        held = (CLEANUP_NOTICES.c.id == notice.id, CLEANUP_NOTICES.c.lease == notice.lease)
        statement = update(CLEANUP_NOTICES).where(*held).values(changes).returning(CLEANUP_NOTICES.c.id)
        async with self._database.writing() as connection:
            if (await connection.execute(statement)).first() is None:
                raise NoticeLost(notice.recipient)
