"""Whether the rows of a request are still what was shown and approved: its pinned targets, and its approvals."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.requests import Choice, Event, digest_of
from bot.store.rows import target_of
from bot.store.tables import AUDIT, DECISIONS, TARGETS

_CHANGED = (
    "the list of what to delete in the bot's database is not the one that was shown and approved, "
    "so nothing more was sent to Replicate for this request"
)
_UNAPPROVED = (
    "the approvals in the bot's database are {given} of the {needed} that the request needs, "
    "so nothing more was sent to Replicate for it"
)


async def objection(connection: AsyncConnection, row: Row[Any]) -> str:
    """Return why a request's row may not be carried out as its other rows stand, or nothing.

    The targets have the digest that was stored with the preview and is in the audit trail of the confirmation,
    and the decisions are as many approvals as the row requires.
    """
    if not await _is_as_shown(connection, row):
        return _CHANGED
    given, needed = await _approvals(connection, row), row.approvals_required
    return "" if given >= needed else _UNAPPROVED.format(given=given, needed=needed)


async def _is_as_shown(connection: AsyncConnection, row: Row[Any]) -> bool:
    pinned = select(TARGETS).where(TARGETS.c.request_id == row.id).order_by(TARGETS.c.position)
    targets = [target_of(each) for each in await connection.execute(pinned)]
    if digest_of(targets) != row.digest or [t.position for t in targets] != list(range(len(targets))):
        return False
    asked = select(AUDIT.c.detail).where(AUDIT.c.request_id == row.id, AUDIT.c.event == Event.ASKED)
    details = (await connection.execute(asked)).scalars().all()
    return len(details) == 1 and f"digest {row.digest}" in details[0]


async def _approvals(connection: AsyncConnection, row: Row[Any]) -> int:
    """Count the approvals that the row's own terms let count."""
    counting = select(func.count()).where(DECISIONS.c.request_id == row.id, DECISIONS.c.choice == Choice.APPROVE)
    if not row.self_approval:
        counting = counting.where(DECISIONS.c.user_id != row.requester)
    return int((await connection.execute(counting)).scalar_one())
