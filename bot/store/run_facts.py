"""What is told about the targets of a request beside what they are, and which open requests still lack it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, case, func, or_, select, update

from bot.requests.request import State
from bot.requests.run_facts import RECENT, RecentRuns, RunFacts, RunReach, TargetFacts
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.fact_tables import RUN_REACHES, TARGET_FACTS
from bot.store.known_model_rows import portions
from bot.store.known_runs import KnownRunStore
from bot.store.news import read_news
from bot.store.schedule import redraw_changed
from bot.store.tables import REQUESTS, TARGETS
from bot.untrusted_text import clean

_OPEN = (State.DRAFT, State.AWAITING)


async def read_recent(connection: AsyncConnection, which: ColumnElement[bool]) -> dict[str, RecentRuns]:
    """Return by request which of its targets that match `which` were run lately, as `RunFacts.recent` does."""
    is_version, ran_at = TARGETS.c.version_id.is_not(None), TARGET_FACTS.c.last_run_at
    is_recent = ran_at >= REQUESTS.c.created_at - RECENT
    counted = (
        select(
            TARGETS.c.request_id,
            is_version.label("are_versions"),
            func.count().label("all"),
            func.count(case((is_recent, 1))).label("recent"),
            func.max(ran_at).label("newest_at"),
        )
        .join(REQUESTS, REQUESTS.c.id == TARGETS.c.request_id)
        .outerjoin(TARGET_FACTS, _SAME_TARGET)
        .where(which)
        .group_by(TARGETS.c.request_id, is_version)
    )
    rows = (await connection.execute(counted)).all()
    with_versions = {row.request_id for row in rows if row.are_versions}
    told = (row for row in rows if row.recent and (row.are_versions or row.request_id not in with_versions))
    return {row.request_id: RecentRuns(row.recent, row.all, bool(row.are_versions), row.newest_at) for row in told}


_SAME_TARGET = and_(TARGET_FACTS.c.request_id == TARGETS.c.request_id, TARGET_FACTS.c.position == TARGETS.c.position)


class RunFactStore:
    """Stores facts and reads them. Every method raises DatabaseUnavailable.

    `known` is what is stored of all runs, from which they are made.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.known = KnownRunStore(database)

    async def save(self, request_id: str, facts: RunFacts) -> None:
        """Store what is known of a new draft; what has become known of its runs meanwhile stays."""
        async with self._database.writing() as connection:
            await self._write(connection, request_id, facts)

    async def of(self, request_id: str) -> RunFacts:
        """Return what is known; nothing is for an unknown id."""
        about = select(TARGET_FACTS).where(TARGET_FACTS.c.request_id == request_id)
        how_far = select(RUN_REACHES).where(RUN_REACHES.c.request_id == request_id)
        async with self._database.reading() as connection:
            rows = (await connection.execute(about)).all()
            reach = (await connection.execute(how_far)).one_or_none()
            news = await read_news(connection, request_id)
        return RunFacts(_reach_of(reach), {row.position: _facts_of(row) for row in rows}, news)

    async def incomplete(self, account: str, most: int) -> Sequence[str]:
        """Return the ids of open requests and drafts of which not all runs are known, the oldest first."""
        is_lacking = or_(RUN_REACHES.c.since.is_(None), RUN_REACHES.c.missing_since.is_not(None))
        wanted = (
            select(REQUESTS.c.id)
            .outerjoin(RUN_REACHES, RUN_REACHES.c.request_id == REQUESTS.c.id)
            .where(REQUESTS.c.state.in_(_OPEN), REQUESTS.c.expires_at > self._database.now)
            .where(func.lower(REQUESTS.c.account) == account.lower(), is_lacking)
            .order_by(REQUESTS.c.created_at, REQUESTS.c.id)
            .limit(most)
        )
        async with self._database.reading() as connection:
            return (await connection.execute(wanted)).scalars().all()

    async def complete(self, request_id: str, facts: RunFacts) -> bool:
        """Store what has become known of runs, and have the card drawn with it; what is known of models stays.

        False if the request is not open any more.
        """
        lock = update(REQUESTS).where(REQUESTS.c.id == request_id, REQUESTS.c.state.in_(_OPEN))
        locked = lock.values(revision=REQUESTS.c.revision).returning(REQUESTS.c.requested_at)
        async with self._database.changing() as connection:
            row = (await connection.execute(locked)).one_or_none()
            if row is None:
                return False
            await self._write(connection, request_id, facts, is_newer=True)
            if row.requested_at is not None:
                await redraw_changed(connection, self._database, request_id)
        return True

    async def _write(
        self, connection: AsyncConnection, request_id: str, facts: RunFacts, *, is_newer: bool = False
    ) -> None:
        await self._put(connection, RUN_REACHES, [_reach_row(request_id, facts.reach)], is_newer=is_newer)
        rows = [_facts_row(request_id, position, one) for position, one in sorted(facts.by_position.items())]
        for some in portions(rows):
            await self._put(connection, TARGET_FACTS, some, is_newer=is_newer)

    async def _put(
        self, connection: AsyncConnection, table: Table, rows: Sequence[dict[str, object]], *, is_newer: bool
    ) -> None:
        """Insert rows; of those that are there, what is known of runs is changed, or else what is known of models."""
        adding = self._database.insert(table).values(rows)
        changed = {name: adding.excluded[name] for name in (_OF_RUNS if is_newer else _OF_MODELS) if name in table.c}
        keys = list(table.primary_key.columns)
        if changed:
            await connection.execute(adding.on_conflict_do_update(index_elements=keys, set_=changed))
        else:
            await connection.execute(adding.on_conflict_do_nothing(index_elements=keys))


_OF_RUNS = ("since", "is_complete", "runs_seen", "missing_since", "last_run_at", "runs", "hidden_run_at")
_OF_MODELS = ("description", "run_count", "versions")


def _reach_row(request_id: str, reach: RunReach | None) -> dict[str, object]:
    return {
        "request_id": request_id,
        "since": reach.since if reach else None,
        "is_complete": reach.is_complete if reach else False,
        "runs_seen": reach.runs_seen if reach else 0,
        "missing_since": reach.missing_since if reach else None,
    }


def _reach_of(row: Row[Any] | None) -> RunReach | None:
    if row is None or row.since is None:
        return None
    return RunReach(row.since, row.is_complete, row.runs_seen, row.missing_since)


def _facts_row(request_id: str, position: int, facts: TargetFacts) -> dict[str, object]:
    about = asdict(facts) | {"description": clean(facts.description)}
    return {"request_id": request_id, "position": position} | about


def _facts_of(row: Row[Any]) -> TargetFacts:
    return TargetFacts(row.last_run_at, row.runs, row.hidden_run_at, row.description, row.run_count, row.versions)
