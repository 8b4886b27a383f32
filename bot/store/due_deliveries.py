"""Which deliveries come next, and from when on: what is to be posted, once what has to be there before is posted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, Select, UpdateBase, and_, bindparam, case, exists, func, or_

from bot.requests.deliveries import CARD_CHECK_EVERY, LISTS, DeliveryKind
from bot.store.claim_first import claim_first
from bot.store.database import Database
from bot.store.tables import DELIVERIES, REQUESTS

REDRAW_AFTER = 2.0
"""Seconds between two drawings of one card."""

MAX_DELAY = 600.0
"""Seconds for which something is put off at most."""


def claim_next(database: Database, kinds: Collection[DeliveryKind], lease: float) -> UpdateBase:
    """Return a statement that claims the delivery of these kinds that comes first, with a `new_lease`."""
    is_check = case((DELIVERIES.c.kind == DeliveryKind.CARD_CHECK, 1), else_=0)
    return claim_first(
        DELIVERIES.c.id,
        is_next(database, kinds),
        _ready_at(database, lease) <= database.now,
        order=(is_check, func.coalesce(DELIVERIES.c.posted_at, 0.0), DELIVERIES.c.due_at, DELIVERIES.c.id),
        values={"held_until": database.now + lease, "lease": bindparam("new_lease")},
    )


def until_next(database: Database, kinds: Collection[DeliveryKind], lease: float) -> Select[float]:
    """Return a query: in how many seconds a delivery of these kinds can be claimed."""
    return database.until(_ready_at(database, lease), is_next(database, kinds))


def _ready_at(database: Database, lease: float) -> ColumnElement[float]:
    """When a delivery may be claimed: due, not held, and for a card some time after its last drawing."""
    held = database.unless_far_ahead(DELIVERIES.c.held_until, MAX_DELAY + lease)
    drawn = case((DELIVERIES.c.kind == DeliveryKind.CARD, DELIVERIES.c.posted_at + REDRAW_AFTER))
    rested = database.unless_far_ahead(drawn, REDRAW_AFTER)
    return database.later_of(_due_at(database), database.later_of(held, rested))


def _due_at(database: Database) -> ColumnElement[float]:
    """From when on it is due. Most is from the moment on at which it was written, also if that clock was ahead."""
    check = database.unless_far_ahead(DELIVERIES.c.due_at, CARD_CHECK_EVERY)
    return case(
        (DELIVERIES.c.kind == DeliveryKind.CARD_CHECK, check),
        (DELIVERIES.c.kind == DeliveryKind.REMINDER, DELIVERIES.c.due_at),
        else_=0.0,
    )


def is_next(database: Database, kinds: Collection[DeliveryKind]) -> ColumnElement[bool]:
    """Whether something of these kinds is to be posted, and nothing that has to be there before it is still to be.

    The card comes before everything else. What approvers are told of a request that was carried out without them comes
    last of what tells it, so that once that is there everything is.
    """
    request = REQUESTS.c.id == DELIVERIES.c.request_id
    has_card = exists().where(request, REQUESTS.c.card_ts.is_not(None))
    in_time = exists().where(request, REQUESTS.c.expires_at > database.now)
    is_list = DELIVERIES.c.kind.in_(LISTS)
    return and_(
        DELIVERIES.c.due_at.is_not(None),
        DELIVERIES.c.kind.in_(kinds),
        or_(
            DELIVERIES.c.kind == DeliveryKind.CARD,
            and_(is_list, has_card, ~_is_before(DeliveryKind.RESULT_LIST, DeliveryKind.PLANNED_LIST)),
            and_(~is_list, has_card, ~is_due(DELIVERIES.c.request_id, DeliveryKind.CARD)),
        ),
        ~_is_before(DeliveryKind.GLASS_NOTICE, DeliveryKind.GLASS_REPLY),
        or_(DELIVERIES.c.kind != DeliveryKind.REMINDER, in_time),
    )


def is_due(request_id: ColumnElement[str], *kinds: DeliveryKind) -> ColumnElement[bool]:
    """Whether something of these kinds is still to be posted about a request."""
    other = DELIVERIES.alias()
    return exists().where(other.c.request_id == request_id, other.c.kind.in_(kinds), other.c.due_at.is_not(None))


def _is_before(later: DeliveryKind, earlier: DeliveryKind) -> ColumnElement[bool]:
    """Whether a row is `later`, and `earlier` of the same request is still to be posted."""
    return and_(DELIVERIES.c.kind == later, is_due(DELIVERIES.c.request_id, earlier))
