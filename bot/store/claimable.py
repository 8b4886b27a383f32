"""Which approved requests a worker may claim, and from when on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, UpdateBase, and_, bindparam, case, func, or_, select

from bot.requests.history import read_waiting
from bot.requests.request import Event, Request, State
from bot.store.async_core import AsyncConnection
from bot.store.claim_first import claim_first
from bot.store.database import Database
from bot.store.served import Accounts, may_carry_out
from bot.store.tables import AUDIT, REQUESTS

MAX_LEASE = 600.0
"""Maximum seconds that a lease, also of other versions of the bot, or the wait for an attempt can be in the future."""


_AGAIN = case((REQUESTS.c.attempts > 0, REQUESTS.c.attempts), else_=1)
"""The number of an attempt after one whose lease ran out: that a process or a database went away is no failure."""


def claim_next(database: Database, lease: float, accounts: Accounts) -> UpdateBase:
    """Return a statement that claims the request that was approved first for a `new_worker`, by that parameter.

    `accounts` returns those that the process works for, and is asked at each execution.
    """
    return claim_first(
        REQUESTS.c.id,
        _is_claimable(database, accounts),
        free_at(database, lease) <= database.now,
        order=(REQUESTS.c.decided_at,),
        values={
            "state": State.DELETING,
            "claimed_at": database.now,
            "worker": bindparam("new_worker"),
            "worker_until": database.now + lease,
            "attempts": case((REQUESTS.c.worker.is_(None), REQUESTS.c.attempts + 1), else_=_AGAIN),
            "revision": REQUESTS.c.revision + 1,
        },
    )


def until_next(database: Database, lease: float, accounts: Accounts) -> Select[float]:
    """Return a query: in how many seconds a request can be claimed."""
    return database.until(free_at(database, lease), _is_claimable(database, accounts))


def _is_claimable(database: Database, accounts: Accounts) -> ColumnElement[bool]:
    return and_(is_to_be_done(database), may_carry_out(database, accounts))


def is_to_be_done(database: Database) -> ColumnElement[bool]:
    """Return whether a request is to be carried out: it was begun, or it was approved and has not expired.

    One that was carried out without approvals is not begun before the approvers have been told.
    """
    in_time = and_(REQUESTS.c.state == State.APPROVED, REQUESTS.c.expires_at > database.now, _may_begin())
    return or_(REQUESTS.c.state == State.DELETING, in_time)


def free_at(database: Database, lease: float) -> ColumnElement[float]:
    """Return when a request may be claimed: its lease has expired, its delay and its time to be undone have passed.

    That time is believed however far ahead it is, as people were told the moment; a lease or a delay is not. It counts
    for the first claim alone, so that a clock that is set back holds up nothing that was begun.
    """
    leased = database.unless_far_ahead(REQUESTS.c.worker_until, max(MAX_LEASE, lease))
    delayed = database.unless_far_ahead(REQUESTS.c.not_before, MAX_LEASE)
    begins = case((REQUESTS.c.state == State.APPROVED, func.coalesce(REQUESTS.c.begins_at, 0.0)), else_=0.0)
    return database.later_of(database.later_of(leased, delayed), begins)


def _may_begin() -> ColumnElement[bool]:
    """Whether a worker may claim a request: it was approved, or told to the approvers, or is only to be ended."""
    return or_(REQUESTS.c.glass_broken_by == "", REQUESTS.c.glass_posted_at.is_not(None), REQUESTS.c.stopping)


async def earliest_if_too_early(connection: AsyncConnection, row: Row[Any]) -> float | None:
    """Return when deleting was to begin by the audit trail, if the request of `row` was first claimed before that.

    In seconds since 1970. The row alone does not tell: whoever can write to the database could have changed it.
    """
    wanted = select(AUDIT.c.event, AUDIT.c.at, AUDIT.c.detail).where(
        AUDIT.c.request_id == row.id, AUDIT.c.event.in_((Event.WAITS, Event.STARTED))
    )
    entries = (await connection.execute(wanted.order_by(AUDIT.c.id))).all()
    told = max((read_waiting(entry.detail) or 0.0 for entry in entries if entry.event == Event.WAITS), default=0.0)
    begun = next((entry.at for entry in entries if entry.event == Event.STARTED), row.claimed_at)
    return told if begun < told else None


def held_back(before: Request, request: Request) -> dict[str, float]:
    """Return the column that has a request wait which was approved just now, and is given time to be undone.

    Code that does not know `begins_at` goes by `not_before`, of which it believes ten minutes: anything further ahead
    it takes for the mistake of a clock. For any other change the column stays, as an attempt may be waiting.
    """
    if request.begins_at is None or request.begins_at == before.begins_at or request.decided_at is None:
        return {}
    return {"not_before": min(request.begins_at, request.decided_at + MAX_LEASE)}
