"""Stores keeps, and takes what is kept out of open requests, against a worker that may be about to send its DELETE.

A keep and the mark that a DELETE is about to be sent (`WorkStore.mark_sent`) both lock the request's row. So either the
keep finds the mark, and is told that it comes too late, or the mark finds the target taken out, and nothing is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, insert, or_, select, tuple_, update

from bot.refs import ModelRef
from bot.requests.decisions import Actor
from bot.requests.keep_note import KeepNote
from bot.requests.keeps import Keep, Keeping, Keeps, TakenOut, can_be_kept, take_out
from bot.requests.outcomes import Outcome
from bot.requests.request import UNDER_WAY, Event, Request, State, Target, TargetState
from bot.requests.target_entries import kept_detail, taken_out_detail
from bot.store.advisory_locks import AdvisoryLock
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record, record_all
from bot.store.database import Database
from bot.store.keeps_in_force import read_keeps, read_keeps_in_force
from bot.store.known_model_rows import AccountNames, account_keys
from bot.store.notify import Topic
from bot.store.rows import columns_of, read_request, read_targets
from bot.store.schedule import schedule
from bot.store.tables import KEEPS, REQUESTS, TARGETS
from bot.untrusted_text import clean

_OPEN = (State.AWAITING, *UNDER_WAY)


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of a keep: what it took out of the request, and the request as it is now.

    `is_open`: the request was still open. If it was not, or if everything came too late, nothing was changed.
    """

    request: Request
    out: TakenOut
    is_open: bool = True


class KeepStore:
    """Places keeps and reads those in force. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, refs: Iterable[ModelRef]) -> Keeps:
        """Return the keeps in force that may concern these models: all those of their owners.

        A keep of a version holds whatever its model is called now.
        """
        owners = sorted({ref.owner.lower() for ref in refs})
        if not owners:
            return Keeps()
        async with self._database.reading() as connection:
            return Keeps(await read_keeps_in_force(connection, self._database, func.lower(KEEPS.c.owner).in_(owners)))

    async def in_force(self, account: AccountNames) -> tuple[Keep, ...]:
        """Return every keep in force of a Replicate account, or of several, the latest first."""
        of_account = func.lower(KEEPS.c.account).in_(account_keys(account))
        async with self._database.reading() as connection:
            return (await read_keeps_in_force(connection, self._database, of_account))[::-1]

    async def place(self, request_id: str, keeping: Keeping, actor: Actor) -> Placed:
        """Keep targets of an open request: take them out of every open request, and have the keep hold from now on.

        Approvals stay, as there is only less to delete. A request in which nothing is left ends. The caller has checked
        that the actor may do this, and that the request exists.
        """
        async with self._database.changing(Topic.WORK) as connection:
            await self._database.lock(connection, AdvisoryLock.CONFIRMING)
            others = await _others(connection, request_id, keeping.positions)
            row = (await self._lock(connection, {request_id, *others}))[request_id]
            if not _is_open(row):
                return Placed(await read_request(connection, row), TakenOut(), is_open=False)
            targets = await read_targets(connection, request_id)
            out = take_out(targets, [target for target in targets if target.position in keeping.positions])
            if out.kept:
                note = KeepNote(actor.user_id, clean(keeping.reason), keeping.until)
                keeps = await self._insert(connection, row, out.kept_by_themselves, note)
                await self._carry_out(connection, request_id, out, note, actor)
                for other in sorted(others):
                    await self._take_out_of_other(connection, other, keeps, note, actor)
                row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).one()
            return Placed(await read_request(connection, row), out)

    async def _lock(self, connection: AsyncConnection, ids: set[str]) -> Mapping[str, Any]:
        """Lock the rows of requests, in the same order everywhere; on SQLite the transaction holds the only lock."""
        rows = select(*REQUESTS.c, self._database.now.label("now")).where(REQUESTS.c.id.in_(ids))
        locked = (await connection.execute(rows.order_by(REQUESTS.c.id).with_for_update())).all()
        return {str(row.id): row for row in locked}

    async def _insert(
        self, connection: AsyncConnection, row: Row[Any], targets: Sequence[Target], note: KeepNote
    ) -> tuple[Keep, ...]:
        # Bound parameters, so that the statement is compiled once for all keeps.
        own: dict[str, object] = {name: bindparam(f"its_{name}") for name in ("id", "owner", "name", "version_id")}
        same = {"account": row.account, "kept_by": note.by, "reason": note.reason, "until": note.until}
        keep = insert(KEEPS).values(request_id=row.id, placed_at=self._database.now, **same, **own)
        new = [_own_columns(target) for target in targets]
        await connection.execute(keep, new)
        return await read_keeps(connection, KEEPS.c.id.in_([one["its_id"] for one in new]))

    async def _take_out_of_other(
        self, connection: AsyncConnection, request_id: str, keeps: Sequence[Keep], note: KeepNote, actor: Actor
    ) -> None:
        targets = await read_targets(connection, request_id)
        covered = [t for t in targets if can_be_kept(t) and any(k.covers(t.ref, t.version_id) for k in keeps)]
        if covered:
            await self._carry_out(connection, request_id, take_out(targets, covered), note, actor)

    async def _carry_out(
        self, connection: AsyncConnection, request_id: str, out: TakenOut, note: KeepNote, actor: Actor
    ) -> None:
        """Take targets out of a request whose row is locked, each with its entry in the audit trail."""
        outcomes = [Outcome(target, TargetState.KEPT, note.reason, note) for target in out.kept]
        outcomes += [Outcome(target, TargetState.SKIPPED, why) for target, why in out.along.items()]
        for _, alike in groupby(outcomes, key=lambda outcome: (outcome.state, outcome.reason)):
            await self._set(connection, request_id, list(alike))
        entries = [(Event.KEEP_PLACED, kept_detail(target, note)) for target in out.kept]
        entries += [(Event.TAKEN_OUT, taken_out_detail(target, why)) for target, why in out.along.items()]
        await record_all(connection, self._database, request_id, entries, actor)
        await self._end_or_redraw(connection, request_id)

    async def _set(self, connection: AsyncConnection, request_id: str, alike: Sequence[Outcome]) -> None:
        positions = [outcome.target.position for outcome in alike]
        await connection.execute(
            update(TARGETS)
            .where(TARGETS.c.request_id == request_id, TARGETS.c.position.in_(positions))
            .values(columns_of(alike[0]) | {"ended_at": self._database.now})
        )

    async def _end_or_redraw(self, connection: AsyncConnection, request_id: str) -> None:
        """Let a request end that no worker has begun and in which nothing is left; a worker ends its own."""
        left = (
            select(TARGETS.c.position)
            .where(TARGETS.c.request_id == request_id, TARGETS.c.state == TargetState.PLANNED)
            .exists()
        )
        now = self._database.now
        ends = {"state": State.FINISHED, "finished_at": now, "decided_at": func.coalesce(REQUESTS.c.decided_at, now)}
        not_begun = REQUESTS.c.state.in_((State.AWAITING, State.APPROVED))
        ended = update(REQUESTS).where(REQUESTS.c.id == request_id, not_begun, ~left).values(ends)
        if (await connection.execute(ended)).rowcount:
            await record(connection, self._database, request_id, Event.FINISHED, detail=_NOTHING_LEFT)
        await connection.execute(
            update(REQUESTS).where(REQUESTS.c.id == request_id).values(revision=REQUESTS.c.revision + 1)
        )
        await schedule(connection, self._database, request_id)


_NOTHING_LEFT = "everything in it is kept, so nothing was deleted"


def _is_open(row: Row[Any]) -> bool:
    """Whether nothing has ended the request, and its time is not over; what is being deleted has no such time."""
    return row.state == State.DELETING or (row.state in _OPEN and row.expires_at > row.now)


def _own_columns(target: Target) -> dict[str, object]:
    """Return the columns of a keep that differ from target to target."""
    version = {"its_id": secrets.token_hex(8), "its_version_id": target.version_id}
    return {"its_owner": target.ref.owner, "its_name": target.ref.name, **version}


async def _others(connection: AsyncConnection, request_id: str, positions: frozenset[int]) -> set[str]:
    """Return the other open requests with targets of the same models: a keep of a model covers versions in any of them.

    So does one of a version, where its model was renamed. No further request can be confirmed before this transaction
    ends.
    """
    mine = TARGETS.alias("mine")
    chosen = and_(mine.c.request_id == request_id, mine.c.position.in_(positions))
    models = select(mine.c.owner, mine.c.name).where(chosen).distinct()
    versions = select(mine.c.version_id).where(chosen, mine.c.version_id.is_not(None))
    covered = or_(tuple_(TARGETS.c.owner, TARGETS.c.name).in_(models), TARGETS.c.version_id.in_(versions))
    is_other = and_(REQUESTS.c.id != request_id, REQUESTS.c.state.in_(_OPEN))
    statement = select(TARGETS.c.request_id).distinct().join(REQUESTS).where(is_other, covered)
    return set((await connection.execute(statement)).scalars())
