"""Rows of the audit trail that are still to be sent -> events, with what is known of their request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, delete, select

from bot.requests.decisions import Actor
from bot.store.async_core import AsyncConnection
from bot.store.event_tables import EVENT_OUTBOX
from bot.store.tables import AUDIT, REQUESTS, TARGETS

MAX_MODELS = 50
"""Models of a request that an event names."""


@dataclass(frozen=True, slots=True)
class AboutRequest:
    """What an event says of its request: the same in each of its events.

    `requester` is the user who asked, or with `proposed_by` the cleanup rule of that name. `reference` is the team's
    own, such as the number of a ticket, or empty. `models` are full names, at most 50 of them; `targets` is how
    many models and versions it was made for.
    """

    id: str
    account: str
    team_id: str
    requester: str
    proposed_by: str
    reference: str
    models: tuple[str, ...]
    targets: int


@dataclass(frozen=True, slots=True)
class NotedEvent:
    """An entry of the audit trail that is still to be sent.

    `event` is the word in the entry, which newer code may have written: it may be none that this code knows. `sequence`
    counts the entries of the request from 1. `at` is in seconds since 1970, and without an `actor` the bot acted.
    `request_id` is empty if it is about none, and `request` is None also where that was removed in the meantime.
    """

    audit_id: int
    request_id: str
    sequence: int
    at: float
    event: str
    actor: Actor | None
    detail: str
    request: AboutRequest | None


async def read_noted(
    connection: AsyncConnection, request_id: str, most: int
) -> tuple[tuple[NotedEvent, ...], int | None]:
    """Return the next events of a request, or with an empty id those of none, in their order.

    With them comes the number of the last one that was looked at, or None if there are no more. An entry that was
    removed from the audit trail in the meantime is sent no more.
    """
    noted = select(
        *(EVENT_OUTBOX.c[n] for n in ("audit_id", "request_id", "sequence")), *(AUDIT.c[n] for n in _COLUMNS)
    )
    joined = noted.outerjoin_from(EVENT_OUTBOX, AUDIT, AUDIT.c.id == EVENT_OUTBOX.c.audit_id)
    wanted = joined.where(EVENT_OUTBOX.c.request_id == request_id).order_by(EVENT_OUTBOX.c.sequence).limit(most)
    rows = (await connection.execute(wanted)).all()
    if removed := [row.audit_id for row in rows if row.at is None]:
        await connection.execute(delete(EVENT_OUTBOX).where(EVENT_OUTBOX.c.audit_id.in_(removed)))
    about = await _about(connection, request_id) if rows and request_id else None
    events = tuple(_event(row, about) for row in rows if row.at is not None)
    return events, rows[-1].sequence if len(rows) == most else None


_COLUMNS = ("at", "event", "user_id", "team_id", "channel", "detail")


async def _about(connection: AsyncConnection, request_id: str) -> AboutRequest | None:
    names = ("account", "team_id", "requester", "proposed_by", "reference", "target_count")
    asked = select(*(REQUESTS.c[name] for name in names)).where(REQUESTS.c.id == request_id)
    row = (await connection.execute(asked)).one_or_none()
    if row is None:
        return None
    full_name = (TARGETS.c.owner, TARGETS.c.name)
    models = select(*full_name).where(TARGETS.c.request_id == request_id).distinct().order_by(*full_name)
    return AboutRequest(
        id=request_id,
        account=row.account,
        team_id=row.team_id,
        requester=row.requester,
        proposed_by=row.proposed_by,
        reference=row.reference or "",
        models=tuple(f"{owner}/{name}" for owner, name in await connection.execute(models.limit(MAX_MODELS))),
        targets=row.target_count,
    )


def _event(row: Row[Any], about: AboutRequest | None) -> NotedEvent:
    actor = None if row.user_id is None else Actor(row.user_id, row.team_id, row.channel)
    return NotedEvent(row.audit_id, row.request_id, row.sequence, row.at, row.event, actor, row.detail, about)
