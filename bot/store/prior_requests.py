"""Looks up earlier requests for the targets of a new one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, and_, or_, select, tuple_

from bot.permalinks import message_link
from bot.planning.prior_requests import Key, OpenRequest, PastRefusal, PriorRequests
from bot.refs import ModelRef
from bot.requests.request import UNDER_WAY, Event, Request, State, TargetState
from bot.requests.transitions import Changed, Refusal, TransitionResult, Unchanged
from bot.store.advisory_locks import AdvisoryLock
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.keeps_in_force import has_kept
from bot.store.open_rows import IS_TO_REGARD
from bot.store.tables import REQUESTS, TARGETS

_OPEN_STATES = REQUESTS.c.state.in_((State.AWAITING, *UNDER_WAY))

_IS_OPEN = and_(
    IS_TO_REGARD,
    TARGETS.c.request_id.in_(select(REQUESTS.c.id).where(_OPEN_STATES).correlate(None)),
    TARGETS.c.state.in_((TargetState.PLANNED, TargetState.ACCEPTED)),
)


class PriorRequestStore:
    """Looks up targets in open requests and among Replicate's refusals. Raises DatabaseUnavailable.

    `workspace` is the URL of the Slack workspace, which links to cards begin with.
    """

    def __init__(self, database: Database, workspace: str = "") -> None:
        self._database = database
        self._workspace = workspace

    async def read(self, refs: Iterable[ModelRef], *, but: str = "") -> PriorRequests:
        """Return what other requests have about these models and their versions; the request `but` is ignored."""
        models = {(ref.owner, ref.name) for ref in refs}
        if not models:
            return PriorRequests()
        statement = (
            select(TARGETS, REQUESTS.c.id, REQUESTS.c.card_channel, REQUESTS.c.card_ts, REQUESTS.c.reference)
            .join(REQUESTS)
            .where(
                _may_be_of(models),
                REQUESTS.c.id != but,
                IS_TO_REGARD,
                or_(_IS_OPEN, TARGETS.c.state == TargetState.REFUSED),
            )
            .order_by(TARGETS.c.ended_at)
        )
        asked: dict[Key, OpenRequest] = {}
        refused: dict[Key, PastRefusal] = {}
        async with self._database.reading() as connection:
            for row in await connection.execute(statement):
                if (row.owner, row.name) not in models:
                    continue
                key = (ModelRef(row.owner, row.name), row.version_id)
                if row.state == TargetState.REFUSED:
                    before = refused[key].times if key in refused else 0
                    refused[key] = PastRefusal(row.ended_at, row.reason, before + 1)
                else:
                    card = message_link(self._workspace, row.card_channel or "", row.card_ts or "")
                    asked[key] = OpenRequest(row.id, row.state == TargetState.ACCEPTED, card, row.reference or "")
        return PriorRequests(asked, refused)

    async def being_deleted(self, refs: Iterable[ModelRef], *, but: str) -> frozenset[Key]:
        """Return what requests that were begun, other than `but`, have still to delete of these models."""
        models = {(ref.owner, ref.name) for ref in refs}
        statement = (
            select(TARGETS.c.owner, TARGETS.c.name, TARGETS.c.version_id)
            .join(REQUESTS)
            .where(
                _may_be_of(models),
                REQUESTS.c.id != but,
                REQUESTS.c.state == State.DELETING,
                _IS_OPEN,
            )
        )
        async with self._database.reading() as connection:
            rows = await connection.execute(statement)
            return frozenset(
                (ModelRef(owner, name), version_id) for owner, name, version_id in rows if (owner, name) in models
            )


def _may_be_of(models: Collection[tuple[str, str]]) -> ColumnElement[bool]:
    """Return the condition that a target is of a model with one of these owners and one of these names.

    The reader passes over those of other pairs: for several pairs SQLite reads the whole index, for two lists it looks
    each up.
    """
    owners, names = ({pair[part] for pair in models} for part in (0, 1))
    return and_(TARGETS.c.owner.in_(sorted(owners)), TARGETS.c.name.in_(sorted(names)))


async def unless_taken(
    connection: AsyncConnection, database: Database, outcome: TransitionResult, before: Request
) -> TransitionResult:
    """Refuse a confirmation if another open request has one of its targets, or if somebody keeps one by now.

    Of two simultaneous confirmations one is refused: on PostgreSQL through the lock, on SQLite as it has one writer.
    """
    if not (isinstance(outcome, Changed) and outcome.event is Event.ASKED):
        return outcome
    await database.lock(connection, AdvisoryLock.CONFIRMING)
    other = await _overlapping(connection, before.id)
    if other:
        return Unchanged(before, Refusal.TAKEN, other)
    return Unchanged(before, Refusal.KEPT) if await has_kept(connection, database, before.id) else outcome


async def _overlapping(connection: AsyncConnection, request_id: str) -> str | None:
    """Return the id of an open request with one of this request's targets, or None.

    Each of thousands of targets is looked up in a set, which PostgreSQL does not always do where two tables are joined.
    """
    mine, others = TARGETS.alias("mine"), TARGETS.c
    versions = select(mine.c.owner, mine.c.name, mine.c.version_id).where(mine.c.request_id == request_id)
    models = select(mine.c.owner, mine.c.name).where(mine.c.request_id == request_id, mine.c.version_id.is_(None))
    same = or_(
        tuple_(others.owner, others.name, others.version_id).in_(versions.where(mine.c.version_id.is_not(None))),
        and_(others.version_id.is_(None), tuple_(others.owner, others.name).in_(models)),
    )
    statement = select(REQUESTS.c.id).join(TARGETS).where(same, REQUESTS.c.id != request_id, _IS_OPEN).limit(1)
    found: str | None = (await connection.execute(statement)).scalar()
    return found
