"""The outbox: what is to be posted in Slack. Leases are claimed, renewed and given back only here.

A row says what is to be posted about a request, and when; `schedule.py` writes it in the transaction of the change that
it reports. While Slack is down, rows wait and none is lost.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, select, update

from bot.backoff import Backoff
from bot.requests.deliveries import CARD_CHECK_EVERY, LISTS, MAX_LIST_FAILURES, DeliveryKind
from bot.requests.request import State
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.delivery import Delivery, DeliveryLost
from bot.store.due_deliveries import MAX_DELAY, claim_next, is_due, until_next
from bot.store.glass_rows import note_told
from bot.store.notify import Topic
from bot.store.rows import read_request
from bot.store.schedule import redraw, redraw_changed, schedule
from bot.store.tables import DELIVERIES, REQUESTS

BACKOFF = Backoff(first=1.0, longest=MAX_DELAY, spread=False)
"""Waits after failures in a row."""


class Outbox:
    """The deliveries of some kinds. What is written for one raises DeliveryLost where its lease is over."""

    def __init__(self, database: Database, kinds: Collection[DeliveryKind], *, lease: float) -> None:
        self._database = database
        self._lease = lease
        # Asked at every change: composing them costs more than the database takes to answer.
        self._claiming = claim_next(database, kinds, lease)
        self._next_due = until_next(database, kinds, lease)
        self.renew_every = lease / 3

    async def claim(self) -> Delivery | None:
        """Claim what has waited longest, never posted deliveries first; return None if nothing is due.

        Checks of cards come last: after an outage those of all open requests are overdue, and each takes an update of
        the few that Slack allows a minute. What has changed does not wait for them.

        One whose request cannot be read, as a newer version wrote it or by a mistake of ours, is put off, so that what
        comes after it goes on; the reason is raised.
        """
        async with self._database.writing() as connection:
            claimed = (await connection.execute(self._claiming, {"new_lease": secrets.token_hex(8)})).one_or_none()
            if claimed is None:
                return None
            try:
                return await self._read(connection, claimed)
            except (ValueError, KeyError, TypeError) as exc:
                unread = exc  # raised once it is stored that this one waits
                await self._rest(connection, claimed)
        raise unread

    async def _read(self, connection: AsyncConnection, claimed: Row[Any]) -> Delivery:
        more_to_come = is_due(REQUESTS.c.id, DeliveryKind.RESULT, *LISTS).label("more_to_come")
        asked: Select[Any] = select(*REQUESTS.c, more_to_come, self._database.now.label("now"))
        row = (await connection.execute(asked.where(REQUESTS.c.id == claimed.request_id))).one()
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
            more_to_come=row.more_to_come,
            now=row.now,
        )

    async def _rest(self, connection: AsyncConnection, claimed: Row[Any]) -> None:
        """Give back a delivery that was just claimed, and put it off for longer each time."""
        later = self._database.now + BACKOFF.wait(claimed.failures + 1)
        rests = {"held_until": later, "lease": None, "failures": claimed.failures + 1}
        await connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == claimed.id).values(**rests))

    async def wait(self) -> float | None:
        """Return in how many seconds something is due, as things stand, or None when nothing will be."""
        return await self._database.seconds(self._next_due)

    async def renew(self, delivery: Delivery) -> None:
        """Renew the lease, as before each call to Slack."""
        async with self._database.writing() as connection:
            await self._require_lease(connection, delivery, held_until=self._lease_end())

    async def shown(self, delivery: Delivery, channel: str, ts: str) -> None:
        """Record that the card shows the request as `delivery` has it; it is due again where there is newer."""
        card = update(REQUESTS).where(REQUESTS.c.id == delivery.request.id)
        async with self._database.writing() as connection:
            # The request's row is locked before its deliveries, as wherever both are written.
            await connection.execute(card.values(card_channel=channel, card_ts=ts))
            await self._end(connection, delivery, due_at=self._if_newer(delivery), posted_at=self._database.now)
        self._publish(Topic.CARDS, Topic.LISTS)

    async def is_card(self, delivery: Delivery, channel: str, ts: str) -> bool:
        """Whether this message is the request's card, once whatever writes that at the moment has ended."""
        row = update(REQUESTS).where(REQUESTS.c.id == delivery.request.id).values(revision=REQUESTS.c.revision)
        async with self._database.writing() as connection:
            card = (await connection.execute(row.returning(REQUESTS.c.card_channel, REQUESTS.c.card_ts))).one()
        return tuple(card) == (channel, ts)

    async def check_card(self, delivery: Delivery) -> None:
        """Have the card drawn, which tells whether it is still there, and again in a while if the request is open."""
        locked = update(REQUESTS).where(REQUESTS.c.id == delivery.request.id).values(revision=REQUESTS.c.revision)
        async with self._database.writing() as connection:
            row = (await connection.execute(locked.returning(REQUESTS.c.state, REQUESTS.c.revision))).one()
            await redraw(connection, self._database, delivery.request.id, row.revision)
            next_at = None if State(row.state).is_end else self._database.now + CARD_CHECK_EVERY
            await self._end(connection, delivery, due_at=next_at)
        self._publish(Topic.CARDS)

    async def posted(self, delivery: Delivery) -> None:
        """Record that it was posted, so that it is not posted again; the card then says where a list is."""
        async with self._database.writing() as connection:
            if delivery.kind in LISTS:
                await redraw_changed(connection, self._database, delivery.request.id)
            await self._end(connection, delivery, due_at=None, posted_at=self._database.now, pages=0)
        self._publish(Topic.CARDS, Topic.LISTS)

    async def reminded(self, delivery: Delivery, channel: str, ts: str) -> None:
        """Record that a reminder was posted, and where; it goes again if the request was decided in the meantime."""
        place = {"message_channel": channel, "message_ts": ts}
        locked = update(REQUESTS).where(REQUESTS.c.id == delivery.request.id).values(revision=REQUESTS.c.revision)
        async with self._database.changing() as connection:
            # The request's row is locked before its deliveries, as wherever both are written.
            await connection.execute(locked)
            await self._end(connection, delivery, due_at=None, posted_at=self._database.now, **place)
            await schedule(connection, self._database, delivery.request.id)
        self._publish(Topic.CARDS)

    async def reminder(self, delivery: Delivery) -> tuple[str, str] | None:
        """Return the channel and the `ts` of the request's reminder; None if there is none."""
        of_request = (DELIVERIES.c.request_id == delivery.request.id, DELIVERIES.c.kind == DeliveryKind.REMINDER)
        asked = select(DELIVERIES.c.message_channel, DELIVERIES.c.message_ts).where(*of_request)
        async with self._database.reading() as connection:
            row = (await connection.execute(asked)).one_or_none()
        return (row.message_channel, row.message_ts) if row and row.message_ts else None

    async def told(self, delivery: Delivery, channel: str) -> None:
        """Record that a request carried out without approvals was told in `channel`: it may be begun, now or later."""
        async with self._database.changing(Topic.WORK) as connection:
            # The request's row is locked before its deliveries, as wherever both are written.
            await note_told(connection, self._database, delivery.request, channel)
            await self._end(connection, delivery, due_at=None, posted_at=self._database.now)
            await schedule(connection, self._database, delivery.request.id)

    async def cannot_tell(self, delivery: Delivery, problem: str, seconds: float) -> None:
        """Try to tell it again later, and have the card and the two whom it concerns most say why it cannot be told."""
        later = self._database.now + min(seconds, MAX_DELAY)
        why = update(REQUESTS).where(REQUESTS.c.id == delivery.request.id).values(glass_problem=problem)
        async with self._database.changing() as connection:
            await connection.execute(why.values(revision=REQUESTS.c.revision + 1))
            await self._end(connection, delivery, held_until=later, failures=DELIVERIES.c.failures + 1)
            await schedule(connection, self._database, delivery.request.id)

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
        """Stop trying to post a list; the card says so, and where else it can be read."""
        failures = max(delivery.failures + 1, MAX_LIST_FAILURES)
        async with self._database.writing() as connection:
            await redraw_changed(connection, self._database, delivery.request.id)
            await self._end(connection, delivery, due_at=None, failures=failures)
        self._publish(Topic.CARDS, Topic.LISTS)

    async def drop(self, delivery: Delivery) -> None:
        """Do not post it, as there is no place for it any more; a card is tried again when its request changes."""
        async with self._database.writing() as connection:
            await self._end(connection, delivery, due_at=self._if_newer(delivery))
        self._publish(Topic.CARDS)

    async def after_card(self, delivery: Delivery, seconds: float) -> None:
        """Count a failure, and have the card drawn before this is tried again: the card is gone, or will not stay."""
        later = self._database.now + min(seconds, MAX_DELAY)
        async with self._database.writing() as connection:
            await redraw_changed(connection, self._database, delivery.request.id)
            await self._end(connection, delivery, held_until=later, failures=DELIVERIES.c.failures + 1)
        self._publish(Topic.CARDS)

    async def post_anew(self, delivery: Delivery, channel: str, problem: str) -> None:
        """Post the card, which is gone or cannot stay, and its lists again in `channel`; the card says the reason."""
        of_request = DELIVERIES.c.request_id == delivery.request.id
        reset = {"posted_at": None, "held_until": None, "lease": None, "failures": 0, "pages": 0}
        async with self._database.writing() as connection:
            await connection.execute(
                update(REQUESTS)
                .where(REQUESTS.c.id == delivery.request.id)
                .values(card_channel=channel, card_ts=None, card_problem=problem)
            )
            await self._require_lease(connection, delivery)
            again = and_(of_request, DELIVERIES.c.kind.in_((DeliveryKind.CARD, *LISTS)))
            await connection.execute(update(DELIVERIES).where(again).values(**reset, due_at=self._database.now))
            await schedule(connection, self._database, delivery.request.id)
            free = {"held_until": None, "lease": None}
            await connection.execute(update(DELIVERIES).where(DELIVERIES.c.id == delivery.id).values(**free))
        self._publish(Topic.CARDS, Topic.LISTS)

    def _if_newer(self, delivery: Delivery) -> ColumnElement[float | None]:
        """When a card is due again after this delivery: now, if the request has changed since it was claimed."""
        return case((DELIVERIES.c.revision > delivery.request.revision, self._database.now), else_=None)

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

    def _publish(self, *topics: Topic) -> None:
        for topic in topics:
            self._database.changes.publish(topic)
