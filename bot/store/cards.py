"""The board's side of the rows: which cards differ from what the rows say, and who draws them."""

from __future__ import annotations

import enum
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.requests.request import Request, State
from bot.store.database import Database
from bot.store.notify import Topic
from bot.store.rows import read_request
from bot.store.tables import REQUESTS

_ANNOUNCED = (State.FINISHED, State.STOPPED, State.REJECTED, State.EXPIRED)
"""Ends that the requester is told of by a reply; a withdrawal is their own doing."""

_IS_ELSEWHERE = and_(REQUESTS.c.card_channel != REQUESTS.c.origin_channel, REQUESTS.c.card_problem.is_(None))
"""Whether a card is meant to be in another channel than its command, and could be shown there."""


MAX_DELAY = 600.0
"""Seconds for which a card or a list is put off at most."""


class Notice(enum.StrEnum):
    """A message about a request that is posted once, beside its card; the value is the column that says when.

    Several that are due are posted in this order.
    """

    POINTER = "pointed_at"
    """In the channel of the command: the card is in another one."""
    REMINDER = "reminded_at"
    """In the card's thread: somebody is still missing."""
    RESULT_AT_ORIGIN = "told_origin_at"
    """In the channel of the command, where the card is in another one: how it ended."""
    RESULT = "replied_at"
    """In the card's thread: how it ended."""


class PostingLost(Exception):
    """Another process has taken over what is to be posted: nothing more may be posted or written for it here."""


@dataclass(frozen=True, slots=True)
class DueCard:
    """A card to draw, leased to whoever holds this; every write proves the `lease`.

    `channel` is where it is or goes: a channel, or a person's id for direct messages. `ts` is None until
    it was posted. `needs_drawing` says whether it differs from its row, `notices` what is to be posted
    beside it. `failures` counts vain tries in a row, `problem` is why the card is not where it was meant to be,
    `now` the database's time.
    """

    request: Request
    lease: str
    channel: str
    ts: str | None
    needs_drawing: bool
    notices: tuple[Notice, ...]
    failures: int
    problem: str | None
    now: float


class CardStore:
    """What is drawn of each request, compared with what it is now.

    What is written for a card raises PostingLost where another process has claimed it since.
    """

    def __init__(self, database: Database, *, lease: float, redraw_after: float) -> None:
        self._database = database
        self._lease = lease
        self.renew_every = lease / 3
        self._redraw_after = redraw_after

    async def claim(self) -> DueCard | None:
        """Lease the card that has waited longest to be drawn, or return None when none is due."""
        due = (
            select(REQUESTS.c.id)
            .where(self._differs(), self._ready_at() <= self._database.now)
            .order_by(func.coalesce(REQUESTS.c.card_drawn_at, 0.0))
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(REQUESTS)
            .where(REQUESTS.c.id == due.scalar_subquery())
            .values(card_until=self._lease_end(), card_lease=secrets.token_hex(8))
            .returning(*REQUESTS.c, self._database.now.label("now"))
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                return None
            return DueCard(
                request=await read_request(connection, row),
                lease=row.card_lease,
                channel=row.card_channel,
                ts=row.card_ts,
                needs_drawing=row.card_revision < row.revision,
                notices=await self._due_notices(connection, row.id),
                failures=row.card_failures,
                problem=row.card_problem,
                now=row.now,
            )

    async def wait(self) -> float | None:
        """Return in how many seconds the next card is due, or None when every card is as its row."""
        return await self._database.seconds_until(self._ready_at(), self._differs())

    async def drawn(self, card: DueCard, channel: str, ts: str) -> None:
        """Record that the card shows the request as `card` has it, and renew the lease for its notices."""
        await self._set(
            card,
            card_channel=channel,
            card_ts=ts,
            card_revision=card.request.revision,
            card_drawn_at=self._database.now,
            card_failures=0,
            card_until=self._lease_end(),
        )
        self._database.changes.publish(Topic.LISTS)

    async def posted(self, card: DueCard, notice: Notice) -> None:
        """Record that a notice was posted, which it never is again, and renew the lease for the next one."""
        await self._set(card, **{notice.value: self._database.now}, card_failures=0, card_until=self._lease_end())

    async def renew(self, card: DueCard) -> None:
        """Hold the card for another lease, as before each call to Slack. Raises PostingLost."""
        await self._set(card, card_until=self._lease_end())

    async def release(self, card: DueCard) -> None:
        """Give the lease back: everything that was due is done."""
        await self._set(card, card_until=None)

    async def put_off(self, card: DueCard, seconds: float) -> None:
        """Try again later, in ten minutes at most: Slack did not take it this time."""
        await self._set(
            card,
            card_until=self._database.now + min(seconds, MAX_DELAY),
            card_failures=REQUESTS.c.card_failures + 1,
        )

    async def move(self, card: DueCard, channel: str, problem: str) -> None:
        """The card cannot live where it was meant to; draw it, and list its targets, anew in `channel`, saying why."""
        await self._set(
            card,
            card_channel=channel,
            card_ts=None,
            card_revision=-1,
            card_problem=problem,
            card_until=None,
            listed_at=None,
            result_listed_at=None,
            list_pages=0,
            list_failures=0,
            list_until=None,
            list_lease=None,
        )

    async def _due_notices(self, connection: AsyncConnection, request_id: str) -> tuple[Notice, ...]:
        # Not part of the RETURNING before: SQLite 3.40 answers IS NULL wrongly there.
        asked = select(*(self._is_due(notice) for notice in Notice)).where(REQUESTS.c.id == request_id)
        answers = (await connection.execute(asked)).one()
        return tuple(notice for notice, is_due in zip(Notice, answers, strict=True) if is_due)

    def _lease_end(self) -> ColumnElement[float]:
        return self._database.now + self._lease

    def _ready_at(self) -> ColumnElement[float]:
        """When the card may next be drawn: its lease or delay is over, and its last drawing long enough ago."""
        leased = self._database.unless_far_ahead(REQUESTS.c.card_until, MAX_DELAY + self._lease)
        drawn = self._database.unless_far_ahead(REQUESTS.c.card_drawn_at + self._redraw_after, self._redraw_after)
        return self._database.later_of(leased, drawn)

    def _differs(self) -> ColumnElement[bool]:
        """Whether a request has a card that shows something older than the row, or a notice to come."""
        return and_(
            REQUESTS.c.requested_at.is_not(None),
            or_(REQUESTS.c.card_revision < REQUESTS.c.revision, *(self._is_due(notice) for notice in Notice)),
        )

    def _is_due(self, notice: Notice) -> ColumnElement[bool]:
        match notice:
            case Notice.POINTER:
                due = and_(REQUESTS.c.state == State.AWAITING, _IS_ELSEWHERE)
            case Notice.REMINDER:
                now = self._database.now
                in_time = and_(REQUESTS.c.remind_at <= now, REQUESTS.c.expires_at > now)
                due = and_(REQUESTS.c.state == State.AWAITING, in_time)
            case Notice.RESULT_AT_ORIGIN:
                due = and_(REQUESTS.c.state.in_(_ANNOUNCED), _IS_ELSEWHERE)
            case Notice.RESULT:
                due = REQUESTS.c.state.in_(_ANNOUNCED)
        return and_(due, REQUESTS.c[notice.value].is_(None))

    async def _set(self, card: DueCard, **changes: object) -> None:
        """Write what this process has done, provided that nobody else has claimed the card since."""
        held = (REQUESTS.c.id == card.request.id, REQUESTS.c.card_lease == card.lease)
        statement = update(REQUESTS).where(*held).values(**changes).returning(REQUESTS.c.id)
        async with self._database.writing() as connection:
            if (await connection.execute(statement)).first() is None:
                raise PostingLost(card.request.id)
