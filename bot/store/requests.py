"""Stores drafts, requests and decisions."""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, replace
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import NotNow
from bot.planning.drafts import DRAFT_LIFE
from bot.requests.digest import digest_of
from bot.requests.history import detail_of
from bot.requests.left_out import LeftOut
from bot.requests.policy import Terms
from bot.requests.request import Actor, Decision, Event, Request, State, Target, new_id
from bot.requests.snapshots import VersionSnapshot
from bot.requests.transitions import Changed, Refusal, Transition, TransitionResult, Unchanged
from bot.store.audit_writer import record
from bot.store.database import Database
from bot.store.notify import Topic
from bot.store.prior_requests import unless_taken
from bot.store.rows import read_request, target_of, target_row
from bot.store.schedule import schedule
from bot.store.snapshots import insert_versions
from bot.store.tables import DECISIONS, REQUESTS, TARGETS
from bot.untrusted_text import clean


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan that was shown but not confirmed yet.

    `trigger` identifies the command, so that a command delivered twice makes one draft. `versions` are the snapshots
    of the versions among its targets; their schemas are stored already.
    """

    trigger: str
    requester: str
    team_id: str
    origin_channel: str
    account: str
    terms: Terms
    targets: tuple[Target, ...]
    versions: tuple[VersionSnapshot, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    reason: str = ""
    rules: str = ""


class RequestStore:
    """Stores requests as users see and change them. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save_draft(self, draft: Draft) -> str | None:
        """Store a draft and return its id, or None if this command's draft is stored already."""
        while True:  # until a random id is free
            async with self._database.writing() as connection:
                request_id = await self._insert_draft(connection, draft)
                if request_id is not None:
                    await connection.execute(insert(TARGETS), [target_row(request_id, t) for t in draft.targets])
                    await insert_versions(connection, request_id, draft.versions)
                    return request_id
                known = select(REQUESTS.c.id).where(REQUESTS.c.trigger == draft.trigger)
                if (await connection.execute(known)).first() is not None:
                    return None

    async def _insert_draft(self, connection: AsyncConnection, draft: Draft) -> str | None:
        """Insert the row and return its id; None if its trigger or its random id is taken."""
        statement = (
            self._database.insert(REQUESTS)
            .values(
                id=new_id(),
                state=State.DRAFT,
                revision=0,
                trigger=draft.trigger,
                requester=draft.requester,
                team_id=draft.team_id,
                origin_channel=draft.origin_channel,
                account=draft.account,
                approvals_required=draft.terms.approvals_required,
                approvers=str(draft.terms.approvers),
                self_approval=draft.terms.self_approval,
                digest=digest_of(draft.account, draft.targets),
                left_out=json.dumps([astuple(left) for left in draft.left_out]),
                left_out_count=sum(left.count for left in draft.left_out),
                reason=clean(draft.reason),
                rules=draft.rules,
                target_count=len(draft.targets),
                created_at=self._database.now,
                expires_at=self._database.now + DRAFT_LIFE,
            )
            .on_conflict_do_nothing()
            .returning(REQUESTS.c.id)
        )
        request_id: str | None = (await connection.execute(statement)).scalar_one_or_none()
        return request_id

    async def get(self, request_id: str) -> Request:
        """Return the request. Raises NotNow if there is none with this id."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).one_or_none()
            return await read_request(connection, _known(row, request_id))

    async def card_of(self, request_id: str) -> tuple[str, str] | None:
        """Return the channel and `ts` of a request's card, or None if there is none yet."""
        statement = select(REQUESTS.c.card_channel, REQUESTS.c.card_ts).where(
            REQUESTS.c.id == request_id, REQUESTS.c.card_ts.is_not(None)
        )
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return (row.card_channel, row.card_ts) if row else None

    async def targets(self, request_id: str) -> tuple[Target, ...]:
        """Return the request's targets in the order they were shown."""
        statement = select(TARGETS).where(TARGETS.c.request_id == request_id).order_by(TARGETS.c.position)
        async with self._database.reading() as connection:
            return tuple(target_of(row) for row in await connection.execute(statement))

    async def apply(
        self, request_id: str, step: Transition, actor: Actor, seen: Request | None = None
    ) -> TransitionResult:
        """Apply `step` to the request under its row's lock, store the changes, and return the outcome.

        `seen` is the request as the caller has just read it; it is not read again if its revision has not changed.
        Raises NotNow if there is no such request.
        """
        # An UPDATE without changes locks the row on PostgreSQL, and takes the write lock on SQLite.
        lock = (
            update(REQUESTS)
            .where(REQUESTS.c.id == request_id)
            .values(revision=REQUESTS.c.revision)
            .returning(*REQUESTS.c, self._database.now.label("now"))
        )
        async with self._database.changing(Topic.WORK) as connection:
            row = _known((await connection.execute(lock)).one_or_none(), request_id)
            before = await read_request(connection, row, seen)
            outcome = await unless_taken(connection, self._database, step(before, row.now), before)
            await self._record(connection, before, outcome, actor)
            if not isinstance(outcome, Changed):
                return outcome
            await self._write(connection, before, outcome.request)
            await schedule(connection, self._database, request_id)
        return replace(outcome, request=replace(outcome.request, revision=row.revision + 1))

    async def record_refused_click(self, request_id: str, actor: Actor, why: str) -> None:
        """Record in the audit trail a click by a user who may not decide."""
        async with self._database.writing() as connection:
            await record(connection, self._database, request_id, Event.CLICK_REFUSED, actor, why)

    async def expire_due(self) -> None:
        """Expire every draft and request whose time has passed by the database's clock."""
        due = (
            update(REQUESTS)
            .where(REQUESTS.c.state.in_(_CAN_EXPIRE))
            .where(REQUESTS.c.expires_at <= self._database.now)
            .values(state=State.EXPIRED, finished_at=self._database.now, revision=REQUESTS.c.revision + 1)
            .returning(REQUESTS.c.id)
        )
        async with self._database.changing() as connection:
            ids = (await connection.execute(due)).scalars().all()
            for request_id in ids:
                await record(connection, self._database, request_id, Event.EXPIRED)
                await schedule(connection, self._database, request_id)

    async def until_next_expiry(self) -> float | None:
        """Return in how many seconds the next draft or request expires, or None if none is open."""
        return await self._database.seconds_until(REQUESTS.c.expires_at, REQUESTS.c.state.in_(_CAN_EXPIRE))

    async def _write(self, connection: AsyncConnection, before: Request, request: Request) -> None:
        await connection.execute(
            update(REQUESTS)
            .where(REQUESTS.c.id == request.id)
            .values(
                state=request.state,
                revision=REQUESTS.c.revision + 1,
                reason=clean(request.reason),
                approvals_required=request.terms.approvals_required,
                self_approval=request.terms.self_approval,
                card_channel=request.card_channel,
                expires_at=request.expires_at,
                requested_at=request.requested_at,
                remind_at=request.remind_at,
                stopping=request.stopping,
                stopped_by=request.stopped_by,
                decided_at=request.decided_at,
                finished_at=request.finished_at,
            )
        )
        for decision in request.decisions:
            if decision not in before.decisions:
                await self._write_decision(connection, request.id, decision)
        dropped = {d.user_id for d in before.decisions} - {d.user_id for d in request.decisions}
        if dropped:
            await connection.execute(
                delete(DECISIONS).where(DECISIONS.c.request_id == request.id, DECISIONS.c.user_id.in_(dropped))
            )

    async def _write_decision(self, connection: AsyncConnection, request_id: str, decision: Decision) -> None:
        latest = {
            "team_id": decision.team_id,
            "choice": decision.choice,
            "decided_at": decision.at,
            "reason": clean(decision.reason),
        }
        await connection.execute(
            self._database.insert(DECISIONS)
            .values(request_id=request_id, user_id=decision.user_id, **latest)
            .on_conflict_do_update(index_elements=["request_id", "user_id"], set_=latest)
        )

    async def _record(
        self, connection: AsyncConnection, before: Request, outcome: TransitionResult, actor: Actor
    ) -> None:
        """Record a click's outcome in the audit trail, except for an UNVERIFIED one, as the caller tries that again."""
        match outcome:
            case Unchanged(refusal=Refusal.UNVERIFIED):
                pass
            case Unchanged(refusal=refusal):
                await record(connection, self._database, before.id, Event.CLICK_REFUSED, actor, refusal.value)
            case Changed(event=Event.EXPIRED):
                await record(connection, self._database, before.id, Event.EXPIRED)
                await record(connection, self._database, before.id, Event.CLICK_REFUSED, actor, _TOO_LATE)
            case Changed(event=event):
                detail = detail_of(before, outcome)
                await record(connection, self._database, before.id, event, actor, detail)


_CAN_EXPIRE = (State.DRAFT, State.AWAITING, State.APPROVED)
_TOO_LATE = "its time was over"


def _known(row: Row[Any] | None, request_id: str) -> Row[Any]:
    if row is None:
        raise NotNow(
            f"There is no request {request_id or 'like this'} in the bot's database, so nothing was changed. "
            "Run the command again to make a new one."
        )
    return row
