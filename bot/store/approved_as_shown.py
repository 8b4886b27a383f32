"""Checks that a request's targets and approvals are still what was shown and approved.

Anyone who can write to the database could change both. The audit trail is append-only, so the rows are compared with
it: it has what was confirmed, who approved, and whether the request has ended.
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
    """A request by its audit trail: what was confirmed, who approved, and the event that ended it, if any."""

    asked: PinnedRequest | None
    approvers: Collection[str]
    ended_by: Event | None


async def objection(connection: AsyncConnection, row: Row[Any]) -> str:
    """Return why the request of `row` may not be carried out, or an empty string if it may.

    It may if all of these hold: the targets have the digest that was stored with the preview and with the only
    confirmation in the audit trail; there are as many approvals as that confirmation and the row require; each of
    them is in the trail; and no entry in the trail ends the request.
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
    relevant = (Event.ASKED, Event.APPROVED, Event.STOPPED, *_ENDS)
    wanted = select(AUDIT.c.event, AUDIT.c.user_id, AUDIT.c.detail).where(
        AUDIT.c.request_id == row.id, AUDIT.c.event.in_(relevant)
    )
    entries = (await connection.execute(wanted)).all()
    confirmations = [read_pinned(entry.detail) for entry in entries if entry.event == Event.ASKED]
    return _Trail(
        asked=confirmations[0] if len(confirmations) == 1 else None,
        approvers={entry.user_id for entry in entries if entry.event == Event.APPROVED},
        ended_by=_ended_by([Event(entry.event) for entry in entries], row),
    )


def _ended_by(events: Sequence[Event], row: Row[Any]) -> Event | None:
    """Return the event that ended the request, or None.

    A stop counts as an end if the row is not stopping: then the row was changed after the stop.
    """
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
    """Count the approvals that are in the trail and that the row's terms allow; 0 if there is a rejection."""
    wanted = select(DECISIONS.c.user_id, DECISIONS.c.choice).where(DECISIONS.c.request_id == row.id)
    decisions = (await connection.execute(wanted)).all()
    if any(choice != Choice.APPROVE for _, choice in decisions):
        return 0
    return sum(user_id in approvers and (row.self_approval or user_id != row.requester) for user_id, _ in decisions)
