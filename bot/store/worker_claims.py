"""The worker's writes: claims with a lease, and the outcomes of targets.

Every write checks in its own transaction that the lease is still held. So a process that stalled and lost its lease
cannot change anything.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Update, and_, case, select, update

from bot.requests.outcomes import Outcome
from bot.requests.request import Event, State, Target, TargetState
from bot.store.approved_as_shown import objection
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record, record_all
from bot.store.claimable import claim_next, until_next
from bot.store.claims import Claim, LeaseLost, MaySend, NotAsApproved
from bot.store.confirmations import gone_columns
from bot.store.database import Database
from bot.store.known_model_rows import note_deleted
from bot.store.notify import Topic
from bot.store.rows import columns_of, target_of
from bot.store.schedule import redraw, schedule
from bot.store.served import Accounts
from bot.store.tables import AUDIT, REQUESTS, TARGETS


class WorkStore:
    """Claims approved requests about `accounts`, and records what became of them. Raises DatabaseUnavailable."""

    def __init__(self, database: Database, lease: float, accounts: Accounts) -> None:
        self._database = database
        self.lease = lease
        # Asked at every change: composing them costs more than the database takes to answer.
        self._claiming = claim_next(database, lease, accounts)
        self._next_free = until_next(database, lease, accounts)

    async def claim(self) -> Claim | None:
        """Claim the request without a worker that was approved first, or return None.

        An approved request that has expired, or may still be undone, is not claimed; one that was begun is continued
        however old it is. Its rows are compared with what was shown and approved in the same transaction.
        """
        async with self._database.writing() as connection:
            row = (await connection.execute(self._claiming, {"new_worker": secrets.token_hex(8)})).one_or_none()
            if row is None:
                return None
            why = await objection(connection, row)
            claim = Claim(row.id, row.account, row.worker, row.attempts, row.stopping, why, row.restored_to)
            await self._record_start(connection, claim)
            await schedule(connection, self._database, claim.request_id)
            if claim.objection:
                await self._record(connection, claim, Event.NOT_AS_APPROVED, claim.objection)
        self._database.changes.publish(Topic.CARDS)
        return claim

    async def _record_start(self, connection: AsyncConnection, claim: Claim) -> None:
        """Record that a worker began, or went on; once where it could do nothing since it last did, as in an outage."""
        entry = (Event.STARTED, f"attempt {claim.attempt}")
        newest = select(AUDIT.c.event, AUDIT.c.detail).where(AUDIT.c.request_id == claim.request_id)
        before = (await connection.execute(newest.order_by(AUDIT.c.id.desc()).limit(1))).one_or_none()
        if before is None or tuple(before) != entry:
            await self._record(connection, claim, *entry)

    async def verified(self, claim: Claim) -> tuple[Target, ...]:
        """Return the planned targets, after comparing all rows with what was shown and approved.

        Raises NotAsApproved, after recording it in the audit trail, and LeaseLost.
        """
        async with self._database.writing() as connection:
            await self._require_lease(connection, claim)
            row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == claim.request_id))).one()
            why = await objection(connection, row)
            if why:
                await self._record(connection, claim, Event.NOT_AS_APPROVED, why)
            planned = await self._read(connection, claim, TargetState.PLANNED)
        if why:
            raise NotAsApproved(why)
        return planned

    async def wait(self) -> float | None:
        """Return in how many seconds another request can be claimed, or None if there is none to claim."""
        return await self._database.seconds(self._next_free)

    async def renew(self, claim: Claim) -> None:
        """Renew the lease. Raises LeaseLost."""
        async with self._database.writing() as connection:
            await self._require_lease(connection, claim, worker_until=self._database.now + self.lease)

    async def give_back(self, claim: Claim, *, after: float = 0.0, count_attempt: bool = True) -> None:
        """Let any process claim the request again after `after` seconds. Raises LeaseLost.

        Without `count_attempt` it was ended from outside, and does not count as one without progress.
        """
        fewer = case((REQUESTS.c.attempts > 0, REQUESTS.c.attempts - 1), else_=0)
        async with self._database.changing(Topic.WORK) as connection:
            await self._require_lease(
                connection,
                claim,
                worker=None,
                worker_until=None,
                not_before=self._database.now + after,
                attempts=REQUESTS.c.attempts if count_attempt else fewer,
            )

    async def attempts(self, claim: Claim) -> int:
        """Return how many attempts in a row made no progress; this one counts until it makes some. Raises LeaseLost."""
        async with self._database.writing() as connection:
            return int((await self._require_lease(connection, claim)).attempts)

    async def is_stopping(self, claim: Claim) -> bool:
        """Whether the request is stopping. Raises LeaseLost."""
        async with self._database.reading() as connection:
            stopping = (await connection.execute(select(REQUESTS.c.stopping).where(self._is_held(claim)))).scalar()
        if stopping is None:
            raise LeaseLost(claim.request_id)
        return bool(stopping)

    async def targets(self, claim: Claim, state: TargetState) -> tuple[Target, ...]:
        """Return the targets in this state, in the order they were shown."""
        async with self._database.reading() as connection:
            return await self._read(connection, claim, state)

    async def _read(self, connection: AsyncConnection, claim: Claim, state: TargetState) -> tuple[Target, ...]:
        wanted = (TARGETS.c.request_id == claim.request_id, TARGETS.c.state == state)
        rows = await connection.execute(select(TARGETS).where(*wanted).order_by(TARGETS.c.position))
        return tuple(target_of(row) for row in rows)

    async def mark_sent(self, claim: Claim, targets: Sequence[Target]) -> Mapping[int, MaySend]:
        """Note that DELETEs are about to be sent, and return by position which of them may be. Raises LeaseLost.

        It locks the request's row, as `KeepStore.place` does: whichever comes first holds, and the other finds it.
        """
        held = select(REQUESTS.c.id).where(self._is_held(claim), ~REQUESTS.c.stopping).with_for_update(read=True)
        planned = and_(TARGETS.c.request_id == held.scalar_subquery(), TARGETS.c.state == TargetState.PLANNED)
        marking = update(TARGETS).where(_among(claim, targets), planned).values(sent_at=self._database.now)
        async with self._database.single() as connection:
            marked = dict.fromkeys(
                (await connection.execute(marking.returning(TARGETS.c.position))).scalars(), MaySend.YES
            )
        if len(marked) == len(targets):
            return marked
        others = MaySend.STOPPING if await self.is_stopping(claim) else MaySend.TAKEN_OUT
        return dict.fromkeys((target.position for target in targets), others) | marked

    async def mark_unsent(self, claim: Claim, targets: Sequence[Target]) -> None:
        """Note that the DELETEs of these targets were refused without effect, as if they had not been sent."""
        held = select(REQUESTS.c.id).where(self._is_held(claim)).exists()
        planned = TARGETS.c.state == TargetState.PLANNED
        async with self._database.single() as connection:
            await connection.execute(update(TARGETS).where(_among(claim, targets), planned, held).values(sent_at=None))

    async def record(self, claim: Claim, outcomes: Sequence[Outcome]) -> None:
        """Record outcomes: accepted, or an end state, which is final. Raises LeaseLost.

        A target that has already ended stays as it is, and gets no second entry in the audit trail.
        """
        if not outcomes:
            return
        async with self._database.changing() as connection:
            request = await self._require_lease(connection, claim, revision=REQUESTS.c.revision + 1, attempts=0)
            await redraw(connection, self._database, claim.request_id, request.revision)
            ends: dict[int, Outcome] = {}
            for _, same in groupby(sorted(outcomes, key=_outcome_key), key=_outcome_key):
                became = {outcome.target.position: outcome for outcome in same}
                changed = (await connection.execute(self._set_outcomes(claim, list(became.values())))).scalars()
                ends |= {position: became[position] for position in changed if became[position].state.is_end}
            entries = [(Event.TARGET_ENDED, str(end)) for end in ends.values()]
            await record_all(connection, self._database, claim.request_id, entries)
            await note_deleted(connection, self._database, claim.request_id, ends.values())

    def _set_outcomes(self, claim: Claim, alike: Sequence[Outcome]) -> Update:
        targets = [outcome.target for outcome in alike]
        when = TARGETS.c.ended_at if alike[0].state.is_end else TARGETS.c.accepted_at
        still_open = TARGETS.c.state.in_([TargetState.PLANNED, TargetState.ACCEPTED])
        return (
            update(TARGETS)
            .where(_among(claim, targets), still_open)
            .values(columns_of(alike[0]) | gone_columns(alike[0], self._database.now) | {when.name: self._database.now})
            .returning(TARGETS.c.position)
        )

    async def overdue(self, claim: Claim, targets: Sequence[Target], after: float) -> tuple[Target, ...]:
        """Return the targets among these that were accepted more than `after` seconds ago, and have not ended."""
        statement = select(TARGETS.c.position).where(
            TARGETS.c.request_id == claim.request_id,
            TARGETS.c.state == TargetState.ACCEPTED,
            TARGETS.c.accepted_at <= self._database.now - after,
        )
        async with self._database.reading() as connection:
            positions = set((await connection.execute(statement)).scalars())
        return tuple(t for t in targets if t.position in positions)

    async def finish(self, claim: Claim, state: State) -> None:
        """End the request as finished or stopped; all of its targets have to have ended. Raises LeaseLost."""
        ended = {"state": state, "finished_at": self._database.now, "revision": REQUESTS.c.revision + 1}
        async with self._database.changing() as connection:
            await self._require_lease(connection, claim, worker=None, worker_until=None, **ended)
            await self._record(connection, claim, Event.FINISHED, state)
            await schedule(connection, self._database, claim.request_id)

    async def _require_lease(self, connection: AsyncConnection, claim: Claim, **changes: object) -> Row[Any]:
        """Lock the request's row and apply `changes`, or raise LeaseLost if the lease is not held."""
        statement = (
            update(REQUESTS)
            .where(self._is_held(claim))
            .values(changes or {"worker": claim.token})
            .returning(REQUESTS.c.stopping, REQUESTS.c.attempts, REQUESTS.c.revision)
        )
        row = (await connection.execute(statement)).one_or_none()
        if row is None:
            raise LeaseLost(claim.request_id)
        return row

    def _is_held(self, claim: Claim) -> ColumnElement[bool]:
        mine = and_(REQUESTS.c.id == claim.request_id, REQUESTS.c.worker == claim.token)
        return and_(mine, REQUESTS.c.worker_until > self._database.now)

    async def _record(self, connection: AsyncConnection, claim: Claim, event: Event, detail: str = "") -> None:
        await record(connection, self._database, claim.request_id, event, detail=detail)


def _among(claim: Claim, targets: Sequence[Target]) -> ColumnElement[bool]:
    positions = [target.position for target in targets]
    return and_(TARGETS.c.request_id == claim.request_id, TARGETS.c.position.in_(positions))


def _outcome_key(outcome: Outcome) -> tuple[TargetState, str, str, list[str]]:
    return outcome.state, outcome.reason, repr(outcome.keep), sorted(outcome.gone_from)
