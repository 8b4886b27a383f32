"""Removes previews that nobody confirmed, and requests that ended long ago, with everything that hangs on them.

A request that is removed is noted first. The triggers let nothing recorded of any other request be deleted, and no
request be noted that has not ended.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, and_, delete, exists, func, insert, or_, select, text
from sqlalchemy.exc import DBAPIError

from bot.errors import BotError
from bot.requests.request import Event, State
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record
from bot.store.database import Database
from bot.store.fact_tables import RUN_REACHES, TARGET_FACTS
from bot.store.keeps_in_force import is_in_force
from bot.store.proposal_tables import PROPOSALS
from bot.store.removed_entries import keep_digests
from bot.store.tables import (
    AUDIT,
    DECISIONS,
    DELIVERIES,
    KEEPS,
    LIFTS,
    MODEL_SNAPSHOTS,
    REMOVED,
    REQUESTS,
    SCHEMA_SNAPSHOTS,
    TARGETS,
    VERSION_SNAPSHOTS,
)

DRAFTS_GO_AFTER = 7 * 86_400.0
"""Seconds after its end for which a preview stays that nobody confirmed."""

AT_ONCE = 50
"""Requests removed in one transaction, which should be short: on SQLite nothing else is written meanwhile."""

RESTS = 1.0
"""Seconds between two portions of old previews: many of them, as after an update, keep nobody from the database."""

_LOOK_AGAIN = 3600.0
"""Seconds between two looks for old previews."""

_ENDS = tuple(state for state in State if state.is_end)

_HANGING_ON_IT = (
    TARGET_FACTS,
    RUN_REACHES,
    VERSION_SNAPSHOTS,
    MODEL_SNAPSHOTS,
    PROPOSALS,
    DECISIONS,
    DELIVERIES,
    TARGETS,
)
"""The tables whose rows belong to one request, beside the audit trail and keeps."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Removable:
    """Requests of one transaction: those that are removed, and those that went before as previews.

    Of the latter only entries of the audit trail are left.
    """

    requests: tuple[str, ...] = ()
    previews: tuple[str, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """All of them."""
        return self.requests + self.previews


class RemovalStore:
    """Removes requests that ended. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._may_not = False

    async def remove_old_drafts(self) -> float | None:
        """Remove previews that nobody confirmed, DRAFTS_GO_AFTER seconds after their end; return when to look again.

        The audit trail keeps its entries of them. A role without the right to delete rows removes none, and the log
        says so once.
        """
        old = REQUESTS.c.finished_at <= self._database.now - DRAFTS_GO_AFTER
        which = select(REQUESTS.c.id).where(REQUESTS.c.requested_at.is_(None), old).limit(AT_ONCE)
        if self._may_not:
            return _LOOK_AGAIN
        try:
            async with _allowed(), self._database.writing() as connection:
                ids = await self._locked(connection, which)
                await self._remove(connection, ids)
        except MayNotRemove as exc:
            self._may_not = True
            _log.warning("previews that nobody confirmed stay in the database: %s", exc)
            return _LOOK_AGAIN
        return RESTS if len(ids) == AT_ONCE else _LOOK_AGAIN

    async def next_ended_before(self, moment: float) -> Removable:
        """Return the next requests, at most AT_ONCE, that ended before a moment and that nothing is left to do about.

        The moment is in seconds since 1970. Where there are none, return previews that were removed before it.
        """
        which = select(REQUESTS.c.id).where(self._is_over(moment)).order_by(REQUESTS.c.finished_at, REQUESTS.c.id)
        entries = select(AUDIT.c.id).where(AUDIT.c.request_id == REMOVED.c.request_id).exists()
        previews = select(REMOVED.c.request_id).where(REMOVED.c.removed_at < moment, entries)
        async with self._database.reading() as connection:
            requests = (await connection.execute(which.limit(AT_ONCE))).scalars().all()
            if requests:
                return Removable(requests=tuple(requests))
            return Removable(previews=tuple((await connection.execute(previews.limit(AT_ONCE))).scalars()))

    async def count_left(self, moment: float) -> int:
        """Return how many requests ended before a moment, and are there."""
        ended = select(func.count()).where(REQUESTS.c.finished_at < moment, REQUESTS.c.requested_at.is_not(None))
        async with self._database.reading() as connection:
            return int((await connection.execute(ended)).scalar_one())

    async def remove(self, these: Removable, moment: float, detail: str, *, entries: int) -> None:
        """Remove these requests with everything recorded of them, and add an entry to the audit trail that says so.

        `entries` is how many of the trail's entries about them were exported. Raises NotRemoved, and removes none, if
        there are others by then or one of the requests is no longer over, and MayNotRemove.
        """
        async with _allowed(), self._database.writing() as connection:
            which = select(REQUESTS.c.id).where(REQUESTS.c.id.in_(these.requests), self._is_over(moment))
            if set(await self._locked(connection, which)) != set(these.requests):
                raise NotRemoved
            await self._remove(connection, these.requests)
            # Before any is deleted: SQLite gives the id of the newest entry again once that entry is gone.
            await record(connection, self._database, None, Event.REMOVED, detail=detail)
            await keep_digests(connection, these.ids)
            # Refused clicks are recorded without a lock of the request, so only what is deleted can be counted.
            if await _delete_of(connection, AUDIT, these.ids) != entries:
                raise NotRemoved

    async def remove_unused_schemas(self) -> None:
        """Remove schemas that no version needs any more."""
        unused = ~exists().where(VERSION_SNAPSHOTS.c.schema_digest == SCHEMA_SNAPSHOTS.c.digest)
        some = select(SCHEMA_SNAPSHOTS.c.digest).where(unused).limit(AT_ONCE)
        while True:
            async with self._database.writing() as connection:
                if self._database.is_postgres:
                    # Whoever has found a schema stored is let come to its end; whoever comes later stores it again.
                    await connection.execute(text(f"LOCK TABLE {SCHEMA_SNAPSHOTS} IN SHARE ROW EXCLUSIVE MODE"))
                removed = delete(SCHEMA_SNAPSHOTS).where(SCHEMA_SNAPSHOTS.c.digest.in_(some))
                if (await connection.execute(removed)).rowcount < AT_ONCE:
                    return

    def _is_over(self, moment: float) -> ColumnElement[bool]:
        """Whether a request ended before a moment, nothing is to be posted of it, and none of its keeps is in force."""
        keeps = exists().where(KEEPS.c.request_id == REQUESTS.c.id, is_in_force(self._database))
        due = exists().where(DELIVERIES.c.request_id == REQUESTS.c.id, DELIVERIES.c.due_at.is_not(None))
        signed_off = or_(REQUESTS.c.glass_broken_by == "", REQUESTS.c.glass_reviewed_by != "")
        is_end = and_(REQUESTS.c.state.in_(_ENDS), REQUESTS.c.requested_at.is_not(None))
        return and_(REQUESTS.c.finished_at < moment, is_end, signed_off, ~keeps, ~due)

    async def _locked(self, connection: AsyncConnection, which: Select[Any]) -> tuple[str, ...]:
        """Return the ids of these requests, none of which another process is about to change."""
        return tuple((await connection.execute(which.with_for_update(of=REQUESTS))).scalars())

    async def _remove(self, connection: AsyncConnection, ids: Sequence[str]) -> None:
        if not ids:
            return
        noted = [{"request_id": request_id} for request_id in ids]
        await connection.execute(insert(REMOVED).values(removed_at=self._database.now), noted)
        keeps = select(KEEPS.c.id).where(KEEPS.c.request_id.in_(ids))
        await connection.execute(delete(LIFTS).where(LIFTS.c.keep_id.in_(keeps)))
        for table in (KEEPS, *_HANGING_ON_IT):
            await _delete_of(connection, table, ids)
        await connection.execute(delete(REQUESTS).where(REQUESTS.c.id.in_(ids)))


class NotRemoved(Exception):
    """A request that was to be removed has changed meanwhile, or there is more about one, so none was."""


class MayNotRemove(BotError):
    """The database's role may not delete rows. Nothing was removed."""

    def __init__(self) -> None:
        super().__init__(
            "The role in DATABASE_URL may not delete rows, so nothing was removed. "
            "Use one that may, or grant it DELETE on the bot's tables."
        )


async def _delete_of(connection: AsyncConnection, table: Table, ids: Sequence[str]) -> int:
    """Delete the rows about these requests; return how many there were."""
    return (await connection.execute(delete(table).where(table.c.request_id.in_(ids)))).rowcount


@contextlib.asynccontextmanager
async def _allowed() -> AsyncIterator[None]:
    """Turn PostgreSQL's word for a missing privilege into MayNotRemove.

    Its code is in https://www.postgresql.org/docs/current/errcodes-appendix.html.
    """
    try:
        yield
    except DBAPIError as exc:
        if getattr(exc.orig, "sqlstate", None) != "42501":
            raise
        raise MayNotRemove from exc
