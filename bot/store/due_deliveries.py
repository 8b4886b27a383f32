"""Which deliveries come next: what is to be posted, where nothing that has to be there before is still to be posted."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, or_

from bot.requests.deliveries import LISTS, DeliveryKind
from bot.store.database import Database
from bot.store.tables import DELIVERIES, REQUESTS


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
