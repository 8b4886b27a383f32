"""Checks that a request's targets and approvals are still what was shown and approved.

Anyone who can write to the database could change both. The audit trail is append-only, so the rows are compared with
it: it has what was confirmed, what each approval counts for, and whether the request has ended.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from bot.moments import spelled
from bot.refs import ModelRef
from bot.requests.approval_entries import Approval, PinnedRequest, read_approval, read_pinned
from bot.requests.approvals_by_trail import unapproved
from bot.requests.digest import is_digest_of
from bot.requests.request import Event, Target, TargetState
from bot.requests.target_entries import read_taken_out
from bot.store.async_core import AsyncConnection
from bot.store.claimable import earliest_if_too_early
from bot.store.glass_rows import is_broken_and_told
from bot.store.rows import decision_of, target_of, terms_of
from bot.store.tables import AUDIT, DECISIONS, TARGETS

_CHANGED = (
    "the list of what to delete in the bot's database is not the one that was shown and approved, "
    "so nothing more was sent to Replicate for this request"
)
_UNREADABLE = (
    "the bot's database does not say any more whose approvals the request needs, or has, "
    "so nothing more was sent to Replicate for it"
)
_TAKEN_OUT_AGAIN = (
    "the bot's database has {name} among what is to be deleted, which by the bot's audit trail was taken out, "
    "so nothing more was sent to Replicate for this request"
)
_OVER = "by the bot's audit trail the request was over before ({event}), so nothing more was sent to Replicate for it"
_TOO_EARLY = (
    "by the bot's audit trail deleting was not to begin before {told}, and by the bot's "
    "database it began sooner, so nothing more was sent to Replicate for this request"
)
_NOT_TOLD = (
    "by the bot's audit trail {by} did not carry the request out without approvals, or the approvers were not told, so "
    "nothing more was sent to Replicate for it"
)
_TAKES_OUT = (Event.KEEP_PLACED, Event.TAKEN_OUT)
_ENDS = (Event.CANCELLED, Event.REJECTED, Event.WITHDRAWN, Event.UNDONE, Event.EXPIRED, Event.FINISHED)


@dataclass(frozen=True, slots=True)
class _Trail:
    """A request by its audit trail: what was confirmed, each approval, and the event that ended it, if any.

    `approvals` has the givers in their order. `taken_out` are the names of targets that left the request because they
    are kept.
    """

    asked: PinnedRequest | None
    approvals: Sequence[tuple[str, Approval]]
    ended_by: Event | None
    taken_out: Collection[str]


async def objection(connection: AsyncConnection, row: Row[Any]) -> str:
    """Return why the request of `row` may not be carried out, or an empty string if it may.

    It may if all of these hold: the targets have the digest that was stored with the preview and with the only
    confirmation in the audit trail; its approvals are those that are needed and that the trail has (`unapproved`); no
    entry in the trail ends the request; and it was not begun before the moment that was told. Instead of approvals, the
    trail may say that somebody carried it out without them, and that approvers were told. What the trail says was taken
    out of the request must be neither planned nor on its way: only what was approved and was not kept since may be
    deleted.
    """
    trail = await _trail(connection, row)
    if trail.asked is None or trail.asked.digest != row.digest or not await _is_as_shown(connection, row):
        return _CHANGED
    if again := await _taken_out_again(connection, row, trail.taken_out):
        return _TAKEN_OUT_AGAIN.format(name=again)
    if trail.ended_by is not None:
        return _OVER.format(event=trail.ended_by)
    if (told := await earliest_if_too_early(connection, row)) is not None:
        return _TOO_EARLY.format(told=spelled(told))
    if row.glass_broken_by:
        is_told = await is_broken_and_told(connection, row)
        return "" if is_told else _NOT_TOLD.format(by=row.glass_broken_by)
    return await _objection_to_approvals(connection, row, trail.asked, trail.approvals)


async def _trail(connection: AsyncConnection, row: Row[Any]) -> _Trail:
    relevant = (Event.ASKED, Event.APPROVED, Event.STOPPED, Event.RESTORED, *_TAKES_OUT, *_ENDS)
    wanted = select(AUDIT.c.event, AUDIT.c.user_id, AUDIT.c.detail).where(
        AUDIT.c.request_id == row.id, AUDIT.c.event.in_(relevant)
    )
    entries = (await connection.execute(wanted.order_by(AUDIT.c.id))).all()
    confirmations = [read_pinned(entry.detail) for entry in entries if entry.event == Event.ASKED]
    return _Trail(
        asked=confirmations[0] if len(confirmations) == 1 else None,
        approvals=[(e.user_id, read_approval(e.detail)) for e in entries if e.event == Event.APPROVED],
        ended_by=_ended_by([Event(entry.event) for entry in entries], row),
        taken_out={out for e in entries if e.event in _TAKES_OUT and (out := read_taken_out(e.detail))},
    )


async def _objection_to_approvals(
    connection: AsyncConnection, row: Row[Any], asked: PinnedRequest, approvals: Sequence[tuple[str, Approval]]
) -> str:
    found = await connection.execute(select(DECISIONS).where(DECISIONS.c.request_id == row.id))
    try:
        terms, decisions = terms_of(row), [decision_of(one) for one in found]
    except (ValueError, KeyError, TypeError):
        return _UNREADABLE
    return unapproved(terms, row.requester, decisions, asked, approvals)


async def _taken_out_again(connection: AsyncConnection, row: Row[Any], taken_out: Collection[str]) -> str | None:
    """Return the name of a target that was taken out of the request and is open all the same, or None."""
    if not taken_out:
        return None
    is_open = TARGETS.c.state.in_((TargetState.PLANNED, TargetState.ACCEPTED))
    rows = await connection.execute(select(TARGETS).where(TARGETS.c.request_id == row.id, is_open))
    return next((str(target) for target in map(target_of, rows) if str(target) in taken_out), None)


def _ended_by(events: Sequence[Event], row: Row[Any]) -> Event | None:
    """Return the event that ended the request, or None.

    A stop counts as an end if the row is not stopping: then the row was changed after the stop. So does a restore,
    which stops what was being carried out.
    """
    ends = (*_ENDS, *([] if row.stopping else [Event.STOPPED, Event.RESTORED]))
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
