"""Stores what is asked and decided about ending a keep."""

from __future__ import annotations

import json
import secrets
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from bot.errors import NotInDatabase, NotNow
from bot.requests.decisions import Actor
from bot.requests.keeps import Keep
from bot.requests.lifts import Lift, LiftRefusal, LiftState, LiftStep, is_open
from bot.requests.request import Event
from bot.store.advisory_locks import AdvisoryLock
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record
from bot.store.database import Database
from bot.store.keeps_in_force import read_keeps, read_keeps_in_force
from bot.store.known_model_rows import AccountNames, account_keys
from bot.store.tables import KEEPS, LIFTS
from bot.untrusted_text import clean


class LiftStore:
    """Stores lifts. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, keep_id: str) -> Keep:
        """Return a keep that is in force. Raises NotNow for one that is not any more, and NotInDatabase."""
        async with self._database.reading() as connection:
            return await self._keep(connection, keep_id)

    async def ask(self, keep_id: str, reason: str, channel: str, ttl: float, actor: Actor) -> Lift:
        """Store that somebody asks to lift a keep, and return it, or the open one that there is. Raises as `keep`."""
        async with self._database.writing() as connection:
            await self._database.lock(connection, AdvisoryLock.LIFTING)
            keep = await self._keep(connection, keep_id)
            now: float = (await connection.execute(select(self._database.now))).scalar_one()
            rows = await connection.execute(select(LIFTS).where(LIFTS.c.keep_id == keep_id))
            for known in (_lift(row, keep) for row in rows):
                if is_open(known, now):
                    return known
            lift = Lift(secrets.token_hex(8), keep, actor.user_id, clean(reason), now, now + ttl, channel)
            await connection.execute(
                insert(LIFTS).values(
                    id=lift.id,
                    keep_id=keep.id,
                    asked_by=lift.asked_by,
                    reason=lift.reason,
                    state=lift.state,
                    approved_by="[]",
                    asked_at=lift.asked_at,
                    expires_at=lift.expires_at,
                    channel=lift.channel,
                )
            )
            detail = f"{keep}; reason: {lift.reason}"
            await record(connection, self._database, keep.request_id, Event.LIFT_ASKED, actor, detail)
        return lift

    async def get(self, lift_id: str) -> Lift:
        """Return a lift. Raises NotInDatabase."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(LIFTS).where(LIFTS.c.id == lift_id))).one_or_none()
            return await self._with_keep(connection, row)

    async def open(self, account: AccountNames) -> tuple[Lift, ...]:
        """Return what is asked and not decided about the keeps of an account, or of several, the earliest first."""
        asked = select(LIFTS, self._database.now.label("now")).where(LIFTS.c.state == LiftState.ASKED)
        of_account = func.lower(KEEPS.c.account).in_(account_keys(account))
        async with self._database.reading() as connection:
            keeps = {k.id: k for k in await read_keeps_in_force(connection, self._database, of_account)}
            rows = (await connection.execute(asked.order_by(LIFTS.c.asked_at))).all()
        lifts = ((_lift(row, keeps[row.keep_id]), row.now) for row in rows if row.keep_id in keeps)
        return tuple(lift for lift, now in lifts if is_open(lift, now))

    async def posted(self, lift_id: str, channel: str, message_ts: str) -> Lift:
        """Note where a lift's message is, unless one is noted; return the lift as it is then. Raises NotInDatabase."""
        has_none = func.coalesce(LIFTS.c.message_ts, "") == ""
        where = update(LIFTS).where(LIFTS.c.id == lift_id, has_none).values(channel=channel, message_ts=message_ts)
        async with self._database.writing() as connection:
            await connection.execute(where)
            row = (await connection.execute(select(LIFTS).where(LIFTS.c.id == lift_id))).one_or_none()
            return await self._with_keep(connection, row)

    async def apply(self, lift_id: str, step: LiftStep, actor: Actor) -> tuple[Lift, LiftRefusal | None]:
        """Apply `step` under the row's lock; return the lift as it is then, and why nothing was changed, if so.

        Raises NotInDatabase.
        """
        # An UPDATE without changes locks the row on PostgreSQL, and takes the write lock on SQLite.
        lock = update(LIFTS).where(LIFTS.c.id == lift_id).values(state=LIFTS.c.state)
        returned = lock.returning(*LIFTS.c, self._database.now.label("now"))
        async with self._database.changing() as connection:
            row = (await connection.execute(returned)).one_or_none()
            before = await self._with_keep(connection, row)
            after = step(before, row.now if row else 0.0)
            if isinstance(after, LiftRefusal):
                if after is not LiftRefusal.UNVERIFIED:
                    refused = (before.keep.request_id, Event.CLICK_REFUSED, actor, after.value)
                    await record(connection, self._database, *refused)
                return before, after
            changed = {"state": after.state, "approved_by": json.dumps(after.approved_by)}
            changes = update(LIFTS).where(LIFTS.c.id == lift_id).values(changed | {"decided_by": after.decided_by})
            await connection.execute(changes)
            for event in _events(after):
                await record(connection, self._database, after.keep.request_id, event, actor, str(after.keep))
        return after, None

    async def _keep(self, connection: AsyncConnection, keep_id: str) -> Keep:
        found = await read_keeps_in_force(connection, self._database, KEEPS.c.id == keep_id)
        if found:
            return found[0]
        if await read_keeps(connection, KEEPS.c.id == keep_id):
            raise NotNow("It is not kept any more: the keep has lapsed, or was lifted. Nothing was changed.")
        raise NotInDatabase("This keep")

    async def _with_keep(self, connection: AsyncConnection, row: Row[Any] | None) -> Lift:
        if row is None:
            raise NotInDatabase("What was asked about this keep")
        (keep,) = await read_keeps(connection, KEEPS.c.id == row.keep_id)
        return _lift(row, keep)


async def reject_open(connection: AsyncConnection, database: Database, why: str) -> None:
    """Reject in the transaction of a caller, as nobody's decision, what is asked and not decided about any keep."""
    asked = update(LIFTS).where(LIFTS.c.state == LiftState.ASKED, LIFTS.c.expires_at > database.now)
    ended = await connection.execute(asked.values(state=LiftState.REJECTED).returning(LIFTS.c.keep_id))
    for keep in await read_keeps(connection, KEEPS.c.id.in_(ended.scalars().all())):
        await record(connection, database, keep.request_id, Event.LIFT_REJECTED, detail=f"{keep}; {why}")


def _events(lift: Lift) -> tuple[Event, ...]:
    match lift.state:
        case LiftState.ASKED:
            return (Event.LIFT_APPROVED,)
        case LiftState.LIFTED:
            return (Event.LIFT_APPROVED, Event.KEEP_LIFTED)
        case LiftState.REJECTED:
            return (Event.LIFT_REJECTED,)


def _lift(row: Row[Any], keep: Keep) -> Lift:
    return Lift(
        id=row.id,
        keep=keep,
        asked_by=row.asked_by,
        reason=row.reason,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        channel=row.channel,
        state=LiftState(row.state),
        approved_by=tuple(json.loads(row.approved_by)),
        decided_by=row.decided_by,
        message_ts=row.message_ts or "",
    )
