"""The outbox: what is to be posted in Slack. Leases are claimed, renewed and given back only here.

A row says what is to be posted about a request, and when; `schedule.py` writes it in the transaction of the change that
it reports. While Slack is down, rows wait and none is lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.requests.deliveries import LISTS, DeliveryKind
from bot.requests.request import Request
from bot.store.database import Database
from bot.store.notify import Topic
from bot.store.rows import read_request
from bot.store.schedule import redraw, schedule
from bot.store.tables import DELIVERIES, REQUESTS

REDRAW_AFTER = 2.0
"""Seconds between two drawings of one card."""

MAX_DELAY = 600.0
"""Seconds for which something is put off at most."""


class DeliveryLost(Exception):
    """Another process has claimed the delivery; this one must not post or write anything more for it."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Something to post about a request. Its holder has a lease, and every write checks `lease`.

    `channel` is where the request's card is or goes: a channel, or a person's id for direct messages. `ts` is None
    until the card was posted. `pages` counts the pages of a list that are posted, `failures` failed attempts.
    `problem` is why the card is not where it was meant to be, `now` the database's time.
    """

    id: int
    kind: DeliveryKind
    lease: str
    request: Request
    channel: str
    ts: str | None
    pages: int
    failures: int
    problem: str | None
    now: float


class Outbox:
    """The deliveries of some kinds. What is written for one raises DeliveryLost where its lease is over."""

    def __init__(self, database: Database, kinds: Collection[DeliveryKind], *, lease: float) -> None:
        self._database = database
        self._kinds = tuple(kinds)
        self._lease = lease
        self.renew_every = lease / 3

    async def claim(self) -> Delivery | None:
        """Claim what has waited longest, never posted deliveries first; return None if nothing is due."""
        due = (
            select(DELIVERIES.c.id)
            .where(self._is_next(), self._ready_at() <= self._database.now)
            .order_by(func.coalesce(DELIVERIES.c.posted_at, 0.0), DELIVERIES.c.due_at, DELIVERIES.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(DELIVERIES)
            .where(DELIVERIES.c.id == due.scalar_subquery())
            .values(held_until=self._lease_end(), lease=secrets.token_hex(8))
            .returning(*DELIVERIES.c)
        )
        async with self._database.writing() as connection:
            claimed = (await connection.execute(statement)).one_or_none()
            if claimed is None:
                return None
            asked: Select[Any] = select(*REQUESTS.c, self._database.now.label("now")).where(
                REQUESTS.c.id == claimed.request_id
            )
            row = (await connection.execute(asked)).one()
            return Delivery(
                id=claimed.id,
                kind=DeliveryKind(claimed.kind),
                lease=claimed.lease,
                request=await read_request(connection, row),
                channel=row.card_channel,
                ts=row.card_ts,
                pages=claimed.pages,
                failures=claimed.failures,
                problem=row.card_problem,
                now=row.now,
            )

    async def wait(self) -> float | None:
        """Return in how many seconds something is due, as things stand, or None when nothing will be."""
        return await self._database.seconds_until(self._ready_at(), self._is_next())

    async def renew(self, delivery: Delivery) -> None:
        """Renew the lease, as before each call to Slack."""
        async with self._database.writing() as connection:
            await self._require_lease(connection, delivery, held_until=self._lease_end())

    async def shown(self, delivery: Delivery, channel: str, ts: str) -> None:
        """Record that the card shows the request as `delivery` has it; it is due again where there is newer."""
        is_newer = DELIVERIES.c.revision > delivery.request.revision
        again_at = case((is_newer, self._database.now), else_=None)
        card = update(REQUESTS).where(REQUESTS.c.id == delivery.request.id)
        async with self._database.writing() as connection:
            # The request's row is locked before its deliveries, as wherever both are written.
            await connection.execute(card.values(card_channel=channel, card_ts=ts))
            await self._end(connection, delivery, due_at=again_at, posted_at=self._database.now)
        self._publish(Topic.CARDS, Topic.LISTS)

    async def posted(self, delivery: Delivery) -> None:
        """Record that it was posted, which it never is again; of a list the card says so."""
        async with self._database.writing() as connection:
            if delivery.kind in LISTS:
                await self._redraw(connection, delivery)
            await self._end(connection, delivery, due_at=None, posted_at=self._database.now, pages=0)
        self._publish(Topic.CARDS, Topic.LISTS)

    async def page_posted(self, delivery: Delivery) -> None:
        """Record that one more page was posted; the next is due now, after deliveries that have waited longer."""
        async with self._database.writing() as connection:
            still_due = case((DELIVERIES.c.due_at.is_not(None), self._database.now), else_=None)
            await self._end(connection, delivery, due_at=still_due, pages=delivery.pages + 1)

    async def put_off(self, delivery: Delivery, seconds: float) -> None:
        """Try again later, in ten minutes at most: Slack did not take it this time."""
        later = self._database.now + min(seconds, MAX_DELAY)
        async with self._database.writing() as connection:
            await self._end(connection, delivery, held_until=later, failures=DELIVERIES.c.failures + 1)

    async def give_up(self, delivery: Delivery) -> None:
        """Stop trying to post a list; the card says so."""
        async with self._database.writing() as connection:
            await self._redraw(connection, delivery)
            await self._end(connection, delivery, due_at=None, failures=DELIVERIES.c.failures + 1)
        self._publish(Topic.CARDS, Topic.LISTS)

    async def after_card(self, delivery: Delivery, seconds: float) -> None:
        """Have the card drawn before this is tried again: the card will not stay where it is."""
        async with self._database.writing() as connection:
            await self._redraw(connection, delivery)
            await self._end(connection, delivery, held_until=self._database.now + seconds)
        self._publish(Topic.CARDS)

    async def move(self, delivery: Delivery, channel: str, problem: str) -> None:
        """Post the card, which cannot stay in its channel, and its lists again in `channel`, with the reason."""
        of_request = DELIVERIES.c.request_id == delivery.request.id
        anew = {"posted_at": None, "held_until": None, "lease": None, "failures": 0, "pages": 0}
        async with self._database.writing() as connection:
            await connection.execute(
                update(REQUESTS)
                .where(REQUESTS.c.id == delivery.request.id)
                .values(card_channel=channel, card_ts=None, card_problem=problem)
            )
            await self._require_lease(connection, delivery)
            again = and_(of_request, DELIVERIES.c.kind.in_((DeliveryKind.CARD, *LISTS)))
            await connection.execute(update(DELIVERIES).where(again).values(**anew, due_at=self._database.now))
            await schedule(connection, self._database, delivery.request.id)
            free = {"held_until": None, "lease": None}
            await connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == delivery.id).values(**free))
        self._publish(Topic.CARDS, Topic.LISTS)

    def _is_next(self) -> ColumnElement[bool]:
        """Whether something is to be posted, and nothing that has to be there before it is still to be."""
        request = REQUESTS.c.id == DELIVERIES.c.request_id
        has_card = exists().where(request, REQUESTS.c.card_ts.is_not(None))
        in_time = exists().where(request, REQUESTS.c.expires_at > self._database.now)
        is_list = DELIVERIES.c.kind.in_(LISTS)
        return and_(
            DELIVERIES.c.due_at.is_not(None),
            DELIVERIES.c.kind.in_(self._kinds),
            or_(
                DELIVERIES.c.kind == DeliveryKind.CARD,
                and_(is_list, has_card, ~_is_before(DeliveryKind.RESULT_LIST, DeliveryKind.PLANNED_LIST)),
                and_(~is_list, has_card, ~_is_due(DeliveryKind.CARD)),
            ),
            or_(DELIVERIES.c.kind != DeliveryKind.REMINDER, in_time),
        )

    def _ready_at(self) -> ColumnElement[float]:
        """When it may be claimed: due, not held, and for a card some time after its last drawing."""
        held = self._database.unless_far_ahead(DELIVERIES.c.held_until, MAX_DELAY + self._lease)
        drawn = case((DELIVERIES.c.kind == DeliveryKind.CARD, DELIVERIES.c.posted_at + REDRAW_AFTER))
        rested = self._database.unless_far_ahead(drawn, REDRAW_AFTER)
        return self._database.later_of(DELIVERIES.c.due_at, self._database.later_of(held, rested))

    def _lease_end(self) -> ColumnElement[float]:
        return self._database.now + self._lease

    async def _end(self, connection: AsyncConnection, delivery: Delivery, **changes: object) -> None:
        """Give the lease back with these changes."""
        await self._require_lease(
            connection, delivery, **({"held_until": None, "lease": None, "failures": 0} | changes)
        )

    async def _require_lease(self, connection: AsyncConnection, delivery: Delivery, **changes: object) -> None:
        """Write these changes, if no other process has claimed the delivery. Raises DeliveryLost otherwise."""
        held = (DELIVERIES.c.id == delivery.id, DELIVERIES.c.lease == delivery.lease)
        statement = update(DELIVERIES).where(*held).values(changes or {"lease": delivery.lease})
        if (await connection.execute(statement.returning(DELIVERIES.c.id))).first() is None:
            raise DeliveryLost(delivery.request.id)

    async def _redraw(self, connection: AsyncConnection, delivery: Delivery) -> None:
        """Have the card drawn: it says where the list is."""
        raised = update(REQUESTS).where(REQUESTS.c.id == delivery.request.id).values(revision=REQUESTS.c.revision + 1)
        revision = (await connection.execute(raised.returning(REQUESTS.c.revision))).scalar_one()
        await redraw(connection, self._database, delivery.request.id, revision)

    def _publish(self, *topics: Topic) -> None:
        for topic in topics:
            self._database.changes.publish(topic)


def _is_due(kind: DeliveryKind) -> ColumnElement[bool]:
    """Whether this of the same request is still to be posted."""
    other = DELIVERIES.alias()
    return exists().where(
        other.c.request_id == DELIVERIES.c.request_id, other.c.kind == kind, other.c.due_at.is_not(None)
    )


def _is_before(later: DeliveryKind, earlier: DeliveryKind) -> ColumnElement[bool]:
    """Whether a row is `later`, and `earlier` of the same request is still to be posted."""
    return and_(DELIVERIES.c.kind == later, _is_due(earlier))
