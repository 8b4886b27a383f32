"""Whether the rows of a request are still what was shown and approved: its pinned targets, and its approvals.

Whoever can write into the database can change both. The audit trail only grows, so the rows are held to it: it says
what was confirmed, who approved, and whether the request has ended before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.refs import ModelRef
from bot.requests.digest import is_digest_of
from bot.requests.history import PinnedRequest, read_pinned
from bot.requests.request import Choice, Event, Target
from bot.store.tables import AUDIT, DECISIONS, TARGETS

_CHANGED = (
    "the list of what to delete in the bot's database is not the one that was shown and approved, "
    "so nothing more was sent to Replicate for this request"
)
_UNAPPROVED = (
    "the approvals in the bot's database are {given} of the {needed} that the request needs, "
    "so nothing more was sent to Replicate for it"
)
_OVER = "by the bot's audit trail the request was over before ({event}), so nothing more was sent to Replicate for it"
_ENDS = (Event.CANCELLED, Event.REJECTED, Event.WITHDRAWN, Event.EXPIRED, Event.FINISHED)


@dataclass(frozen=True, slots=True)
class _Trail:
    """What the audit trail says of a request: what was asked for, who approved, and what ended it, if anything."""

    asked: PinnedRequest | None
    approvers: Collection[str]
    ended_by: Event | None


async def objection(connection: AsyncConnection, row: Row[Any]) -> str:
    """Return why a request's row may not be carried out as its other rows stand, or nothing.

    The targets have the digest that was stored with the preview and is in the audit trail of the one confirmation,
    the decisions are as many approvals as that confirmation and the row require, each of them is in the trail, and
    nothing in the trail ended the request.
    """
    trail = await _trail(connection, row)
    if trail.asked is None or trail.asked.digest != row.digest or not await _is_as_shown(connection, row):
        return _CHANGED
    if trail.ended_by is not None:
        return _OVER.format(event=trail.ended_by)
    given = await _approvals(connection, row, trail.approvers)
    needed = max(row.approvals_required, 0 if trail.asked.alone else trail.asked.approvals_needed)
    return "" if given >= needed else _UNAPPROVED.format(given=given, needed=needed)


async def _trail(connection: AsyncConnection, row: Row[Any]) -> _Trail:
    telling = (Event.ASKED, Event.APPROVED, Event.STOPPED, *_ENDS)
    wanted = select(AUDIT.c.event, AUDIT.c.user_id, AUDIT.c.detail).where(
        AUDIT.c.request_id == row.id, AUDIT.c.event.in_(telling)
    )
    entries = (await connection.execute(wanted)).all()
    confirmations = [read_pinned(entry.detail) for entry in entries if entry.event == Event.ASKED]
    return _Trail(
        asked=confirmations[0] if len(confirmations) == 1 else None,
        approvers={entry.user_id for entry in entries if entry.event == Event.APPROVED},
        ended_by=_ended_by([Event(entry.event) for entry in entries], row),
    )


def _ended_by(events: Sequence[Event], row: Row[Any]) -> Event | None:
    """Return what ended the request; a stop does where the row does not say any more that it is stopping."""
    ends = (*_ENDS, *([] if row.stopping else [Event.STOPPED]))
    return next((event for event in events if event in ends), None)


async def _is_as_shown(connection: AsyncConnection, row: Row[Any]) -> bool:
    columns = (TARGETS.c.position, TARGETS.c.owner, TARGETS.c.name, TARGETS.c.version_id, TARGETS.c.is_latest)
    pinned = select(*columns).where(TARGETS.c.request_id == row.id).order_by(TARGETS.c.position)
    targets = [
        Target(position, ModelRef(owner, name), version_id, is_latest=is_latest)
        for position, owner, name, version_id, is_latest in await connection.execute(pinned)
    ]
    in_order = [target.position for target in targets] == list(range(len(targets)))
    return in_order and is_digest_of(row.digest, row.account, targets)


async def _approvals(connection: AsyncConnection, row: Row[Any], approvers: Collection[str]) -> int:
    """Count the approvals that are in the trail and that the row's own terms let count; none where somebody says no."""
    wanted = select(DECISIONS.c.user_id, DECISIONS.c.choice).where(DECISIONS.c.request_id == row.id)
    decisions = (await connection.execute(wanted)).all()
    if any(choice != Choice.APPROVE for _, choice in decisions):
        return 0
    return sum(user_id in approvers and (row.self_approval or user_id != row.requester) for user_id, _ in decisions)
