"""Which keeps are in force: those that have neither lapsed by the database's clock nor been lifted."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Table, and_, func, or_, select, tuple_

from bot.refs import ModelRef
from bot.requests.keeps import Keep
from bot.requests.lifts import LiftState
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.tables import KEEPS, LIFTS, TARGETS


async def read_keeps(connection: AsyncConnection, which: ColumnElement[bool]) -> tuple[Keep, ...]:
    """Return keeps, whether they are in force or not, the earliest first."""
    rows = await connection.execute(select(KEEPS).where(which).order_by(KEEPS.c.placed_at, KEEPS.c.id))
    return tuple(
        Keep(
            id=row.id,
            account=row.account,
            ref=ModelRef(row.owner, row.name),
            version_id=row.version_id,
            kept_by=row.kept_by,
            reason=row.reason,
            until=row.until,
            placed_at=row.placed_at,
            request_id=row.request_id,
        )
        for row in rows
    )


async def read_keeps_in_force(
    connection: AsyncConnection, database: Database, which: ColumnElement[bool]
) -> tuple[Keep, ...]:
    """Return those of these keeps that are in force, the earliest first."""
    return await read_keeps(connection, and_(which, is_in_force(database)))


async def has_kept(connection: AsyncConnection, database: Database, request_id: str) -> bool:
    """Return whether somebody keeps a target of a request."""
    versions = select(TARGETS.c.version_id).where(TARGETS.c.request_id == request_id, TARGETS.c.version_id.is_not(None))
    models = select(*_lowered(TARGETS)).where(TARGETS.c.request_id == request_id).distinct()
    covers = or_(
        KEEPS.c.version_id.in_(versions), and_(KEEPS.c.version_id.is_(None), tuple_(*_lowered(KEEPS)).in_(models))
    )
    kept = select(KEEPS.c.id).where(covers, is_in_force(database)).limit(1)
    return (await connection.execute(kept)).first() is not None


def is_in_force(database: Database) -> ColumnElement[bool]:
    """Return the condition on a row of `keeps` that it is in force."""
    lifted = select(LIFTS.c.id).where(LIFTS.c.keep_id == KEEPS.c.id, LIFTS.c.state == LiftState.LIFTED).exists()
    return and_(or_(KEEPS.c.until.is_(None), KEEPS.c.until > database.now), ~lifted)


def _lowered(table: Table) -> tuple[ColumnElement[str], ColumnElement[str]]:
    """Return a model's owner and name, which are the same to Replicate in small and in capital letters."""
    return func.lower(table.c.owner), func.lower(table.c.name)
