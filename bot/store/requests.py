"""Stores drafts, requests and decisions."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import case, delete, func, select, update

from bot.errors import NotInDatabase, NotNow
from bot.refs import ModelRef
from bot.requests.decisions import Actor, Decision
from bot.requests.history import detail_of, waiting_detail
from bot.requests.request import Event, Request, State, Target, TargetState
from bot.requests.scope import Scope
from bot.requests.transitions import Changed, Refusal, Transition, TransitionResult, Unchanged
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record
from bot.store.claimable import held_back
from bot.store.database import Database
from bot.store.draft import Draft
from bot.store.draft_rows import insert_draft
from bot.store.glass_rows import glass_columns
from bot.store.notify import Topic
from bot.store.prior_requests import unless_taken
from bot.store.rows import STATE, read_request, read_targets
from bot.store.schedule import schedule
from bot.store.tables import DECISIONS, REMOVED, REQUESTS, TARGETS
from bot.untrusted_text import clean


class RequestStore:
    """Stores requests as users see and change them. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Asked at every change, so composed once.
        self._next_expiry = database.until(REQUESTS.c.expires_at, REQUESTS.c.state.in_(_CAN_EXPIRE))

    async def save_draft(self, draft: Draft) -> str | None:
        """Store a draft and return its id, or None if this command's draft is stored already."""
        while True:  # until a random id is free
            async with self._database.writing() as connection:
                request_id = await insert_draft(connection, self._database, draft)
                if request_id is not None:
                    return request_id
                known = select(REQUESTS.c.id).where(REQUESTS.c.trigger == draft.trigger)
                if (await connection.execute(known)).first() is not None:
                    return None

    async def get(self, request_id: str) -> Request:
        """Return the request. Raises NotInDatabase if there is none with this id, NotNow if the id is empty."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).one_or_none()
            if row is None:
                raise await _missing(connection, request_id)
            return await read_request(connection, row)

    async def digest(self, request_id: str) -> str:
        """Return the fingerprint of what was shown of the request. Raises as `get` does, which reads much more."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(REQUESTS.c.digest).where(REQUESTS.c.id == request_id))).one_or_none()
            if row is None:
                raise await _missing(connection, request_id)
        return str(row.digest)

    async def card_of(self, request_id: str) -> tuple[str, str] | None:
        """Return the channel and `ts` of a request's card, or None if there is none yet."""
        statement = select(REQUESTS.c.card_channel, REQUESTS.c.card_ts).where(REQUESTS.c.id == request_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
        return (row.card_channel, row.card_ts) if row and row.card_ts is not None else None

    async def targets(self, request_id: str) -> tuple[Target, ...]:
        """Return the request's targets in the order they were shown."""
        async with self._database.reading() as connection:
            return await read_targets(connection, request_id)

    async def models_of(self, request_id: str) -> Scope:
        """Return the models of a request and its number of targets; of a request that there is not, none."""
        model = (TARGETS.c.owner, TARGETS.c.name)
        left = func.count(case((STATE != TargetState.KEPT, 1)))
        statement = select(*model, func.count(), left).where(TARGETS.c.request_id == request_id).group_by(*model)
        async with self._database.reading() as connection:
            rows = [(ModelRef(owner, name), *counts) for owner, name, *counts in await connection.execute(statement)]
        return Scope.counted({ref: count for ref, count, _ in rows}, {ref: count for ref, _, count in rows})

    async def apply(
        self, request_id: str, step: Transition, actor: Actor, seen: Request | None = None
    ) -> TransitionResult:
        """Apply `step` to the request under its row's lock, store the changes, and return the outcome.

        `seen` is the request as the caller has just read it; it is not read again if its revision has not changed.
        Raises NotInDatabase and NotNow as `get` does.
        """
        # An UPDATE without changes locks the row on PostgreSQL, and takes the write lock on SQLite.
        lock = (
            update(REQUESTS)
            .where(REQUESTS.c.id == request_id)
            .values(revision=REQUESTS.c.revision)
            .returning(*REQUESTS.c, self._database.now.label("now"))
        )
        async with self._database.changing(Topic.WORK) as connection:
            row = (await connection.execute(lock)).one_or_none()
            if row is None:
                raise await _missing(connection, request_id)
            before = await read_request(connection, row, seen)
            outcome = await self.change(connection, before, step(before, row.now), actor)
        if not isinstance(outcome, Changed):
            return outcome
        return replace(outcome, request=replace(outcome.request, revision=row.revision + 1))

    async def change(
        self, connection: AsyncConnection, before: Request, outcome: TransitionResult, actor: Actor | None
    ) -> TransitionResult:
        """Store the outcome of a transition of a request whose row the caller has locked; return it as it came to be.

        Without an actor the bot has acted by itself.
        """
        outcome = await unless_taken(connection, self._database, outcome, before)
        await self._record(connection, before, outcome, actor)
        if isinstance(outcome, Changed):
            await self._write(connection, before, outcome.request)
            await schedule(connection, self._database, before.id)
        return outcome

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
        return await self._database.seconds(self._next_expiry)

    async def _write(self, connection: AsyncConnection, before: Request, request: Request) -> None:
        await connection.execute(
            update(REQUESTS)
            .where(REQUESTS.c.id == request.id)
            .values(
                state=request.state,
                revision=REQUESTS.c.revision + 1,
                reason=clean(request.reason),
                reference=clean(request.reference) or None,
                approvals_required=request.terms.approvals_required,
                self_approval=request.terms.self_approval,
                terms=request.terms.more_to_json(),
                begins_at=request.begins_at,
                undone_by=request.undone_by,
                restored_to=request.restored_to,
                **glass_columns(request),
                card_channel=request.card_channel,
                expires_at=request.expires_at,
                requested_at=request.requested_at,
                remind_at=request.remind_at,
                stopping=request.stopping,
                stopped_by=request.stopped_by,
                decided_at=request.decided_at,
                finished_at=request.finished_at,
                **held_back(before, request),
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
            "counts_for": json.dumps(decision.counts_for) if decision.counts_for else "",
        }
        await connection.execute(
            self._database.insert(DECISIONS)
            .values(request_id=request_id, user_id=decision.user_id, **latest)
            .on_conflict_do_update(index_elements=["request_id", "user_id"], set_=latest)
        )

    async def _record(
        self, connection: AsyncConnection, before: Request, outcome: TransitionResult, actor: Actor | None
    ) -> None:
        """Record a click's outcome in the audit trail, unless the caller tries that again with what was missing."""
        match outcome:
            case Unchanged(refusal=Refusal.UNVERIFIED | Refusal.NAME_MISSING):
                pass
            case Unchanged(refusal=refusal):
                await record(connection, self._database, before.id, Event.CLICK_REFUSED, actor, refusal.value)
            case Changed(event=Event.EXPIRED):
                await record(connection, self._database, before.id, Event.EXPIRED)
                await record(connection, self._database, before.id, Event.CLICK_REFUSED, actor, _TOO_LATE)
            case Changed(event=event):
                detail = detail_of(before, outcome)
                await record(connection, self._database, before.id, event, actor, detail)
                if waits := waiting_detail(before, outcome.request):
                    await record(connection, self._database, before.id, Event.WAITS, detail=waits)


_CAN_EXPIRE = (State.DRAFT, State.AWAITING, State.APPROVED)
_TOO_LATE = "its time was over"


async def _missing(connection: AsyncConnection, request_id: str) -> NotNow:
    """Return what to say about a request that there is not, or not any more."""
    if not request_id:
        return NotNow(
            "There is no request like this in the bot's database, so nothing was changed. Run the command again to "
            "make a new one."
        )
    if (await connection.execute(select(REMOVED).where(REMOVED.c.request_id == request_id))).first() is not None:
        return NotNow(
            f"{request_id} ended some time ago and has been removed from the bot's database, so nothing was changed. "
            "Run the command again to make a new request."
        )
    return NotInDatabase(request_id)
