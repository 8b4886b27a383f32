"""Looks up earlier requests for the targets of a new one."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.planning.prior_requests import Key, OpenRequest, PastRefusal, PriorRequests
from bot.refs import ModelRef
from bot.requests.request import UNDER_WAY, Event, Request, State, TargetState
from bot.requests.transitions import Changed, Refusal, TransitionResult, Unchanged
from bot.store.database import Database
from bot.store.tables import REQUESTS, TARGETS

_IS_OPEN = and_(
    REQUESTS.c.state.in_((State.AWAITING, *UNDER_WAY)),
    TARGETS.c.state.in_((TargetState.PLANNED, TargetState.ACCEPTED)),
)


_CONFIRMATION_LOCK = 7_023_114_903
"""Key of the PostgreSQL advisory lock that serializes confirmations, as each is compared with those before it."""


class PriorRequestStore:
    """Looks up targets in open requests and among Replicate's refusals. Raises DatabaseUnavailable.

    `workspace` is the URL of the Slack workspace, which links to cards begin with.
    """

    def __init__(self, database: Database, workspace: str = "") -> None:
        self._database = database
        self._workspace = workspace.rstrip("/")

    async def read(self, refs: Iterable[ModelRef], *, but: str = "") -> PriorRequests:
        """Return what other requests have about these models and their versions; the request `but` is ignored."""
        models = {(ref.owner, ref.name) for ref in refs}
        if not models:
            return PriorRequests()
        statement = (
            select(TARGETS, REQUESTS.c.id, REQUESTS.c.card_channel, REQUESTS.c.card_ts)
            .join(REQUESTS)
            .where(
                tuple_(TARGETS.c.owner, TARGETS.c.name).in_(sorted(models)),
                REQUESTS.c.id != but,
                or_(_IS_OPEN, TARGETS.c.state == TargetState.REFUSED),
            )
            .order_by(TARGETS.c.ended_at)
        )
        asked: dict[Key, OpenRequest] = {}
        refused: dict[Key, PastRefusal] = {}
        async with self._database.reading() as connection:
            for row in await connection.execute(statement):
                key = (ModelRef(row.owner, row.name), row.version_id)
                if row.state == TargetState.REFUSED:
                    refused[key] = PastRefusal(row.ended_at, row.reason)
                else:
                    card = self._card(row.card_channel, row.card_ts)
                    asked[key] = OpenRequest(row.id, row.state == TargetState.ACCEPTED, card)
        return PriorRequests(asked, refused)

    def _card(self, channel: str | None, ts: str | None) -> str:
        """Return a card's URL, in the form that `chat.getPermalink` returns for messages outside threads.

        See https://docs.slack.dev/reference/methods/chat.getPermalink.
        """
        if not (self._workspace and channel and ts):
            return ""
        return f"{self._workspace}/archives/{channel}/p{ts.replace('.', '')}"


async def unless_taken(
    connection: AsyncConnection, database: Database, outcome: TransitionResult, before: Request
) -> TransitionResult:
    """Refuse a confirmation if another open request has one of its targets.

    Of two simultaneous confirmations one is refused: on PostgreSQL through the lock, on SQLite as it has one writer.
    """
    if not (isinstance(outcome, Changed) and outcome.event is Event.ASKED):
        return outcome
    if database.is_postgres:
        await connection.execute(select(func.pg_advisory_xact_lock(_CONFIRMATION_LOCK)))
    other = await _overlapping(connection, before.id)
    return Unchanged(before, Refusal.TAKEN, other) if other else outcome


async def _overlapping(connection: AsyncConnection, request_id: str) -> str | None:
    """Return the id of an open request with one of this request's targets, or None."""
    mine, others = TARGETS.alias("mine"), TARGETS
    same: ColumnElement[bool] = and_(
        others.c.owner == mine.c.owner,
        others.c.name == mine.c.name,
        or_(
            others.c.version_id == mine.c.version_id,
            and_(others.c.version_id.is_(None), mine.c.version_id.is_(None)),
        ),
    )
    statement = (
        select(REQUESTS.c.id)
        .select_from(mine)
        .join(others, same)
        .join(REQUESTS, REQUESTS.c.id == others.c.request_id)
        .where(mine.c.request_id == request_id, REQUESTS.c.id != request_id, _IS_OPEN)
        .limit(1)
    )
    found: str | None = (await connection.execute(statement)).scalar()
    return found
