"""The lists' side of the rows: which long requests have yet to be listed in their card's thread.

Apart from the cards, so that a list that Slack does not take keeps no card waiting.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, or_, select, update

from bot.requests.request import CARRIED_OUT, UNDER_WAY, ListKind, Request, State
from bot.store.cards import MAX_DELAY, PostingLost
from bot.store.database import Database
from bot.store.notify import Topic
from bot.store.rows import MAX_LIST_FAILURES, read_request
from bot.store.tables import REQUESTS

_LISTED = (State.AWAITING, *UNDER_WAY, *CARRIED_OUT)
"""Whoever asked knows what a request was about that came to nothing."""

_FOR_THE_CARD: dict[str, object] = {"revision": REQUESTS.c.revision + 1}
"""What has the card drawn anew: it says where its list is."""

_IS_GIVEN_UP = REQUESTS.c.list_failures >= MAX_LIST_FAILURES
_MAKES_WAY = and_(REQUESTS.c.listed_at.is_(None), _IS_GIVEN_UP)
"""Whether a planned list was given up: once there is a result to list, that gets tries of its own."""

_POSTED_AT = {ListKind.PLANNED: REQUESTS.c.listed_at, ListKind.RESULT: REQUESTS.c.result_listed_at}


@dataclass(frozen=True, slots=True)
class DueList:
    """A list to post in the thread of a card, leased to whoever holds this; every write proves the `lease`.

    `channel` and `ts` are where the card is, `pages` how many pages of text are there already, `failures`
    counts vain tries in a row.
    """

    request: Request
    lease: str
    kind: ListKind
    channel: str
    ts: str
    pages: int
    failures: int


class ListStore:
    """What has been listed of each request whose targets, with what it leaves out, are more than `longest_card`."""

    def __init__(self, database: Database, *, lease: float, longest_card: int) -> None:
        self._database = database
        self._lease = lease
        self.renew_every = lease / 3
        self._longest_card = longest_card

    async def claim(self) -> DueList | None:
        """Lease the list that has waited longest, or return None when none is due."""
        due = (
            select(REQUESTS.c.id)
            .where(self._is_unlisted(), self._database.now >= self._ready_at())
            .order_by(self._ready_at(), REQUESTS.c.requested_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        statement = (
            update(REQUESTS)
            .where(REQUESTS.c.id == due.scalar_subquery())
            .values(
                list_until=self._database.now + self._lease,
                list_lease=secrets.token_hex(8),
                **self._with_tries_of_its_own(),
            )
            .returning(*REQUESTS.c)
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                return None
            return DueList(
                request=await read_request(connection, row),
                lease=row.list_lease,
                kind=ListKind.PLANNED if row.listed_at is None else ListKind.RESULT,
                channel=row.card_channel,
                ts=row.card_ts,
                pages=row.list_pages,
                failures=row.list_failures,
            )

    async def wait(self) -> float | None:
        """Return in how many seconds the next list is due, or None when everything is listed."""
        return await self._database.seconds_until(self._ready_at(), self._is_unlisted())

    async def renew(self, due: DueList) -> None:
        """Hold the list for another lease, as before each call to Slack. Raises PostingLost."""
        held = (REQUESTS.c.id == due.request.id, REQUESTS.c.list_lease == due.lease)
        later = self._database.now + self._lease
        statement = update(REQUESTS).where(*held).values(list_until=later).returning(REQUESTS.c.id)
        async with self._database.writing() as connection:
            if (await connection.execute(statement)).first() is None:
                raise PostingLost(due.request.id)

    async def posted(self, due: DueList) -> None:
        """Record that the whole list was posted, for the card to say so: it never is again, unless its card moves."""
        column = _POSTED_AT[due.kind].name
        await self._set(due, {column: self._database.now, "list_pages": 0, **_FOR_THE_CARD})
        self._database.changes.publish(Topic.CARDS)

    async def page_posted(self, due: DueList) -> None:
        """Record that one more page was posted; the next is due at once, after whatever else is by then."""
        await self._set(due, {"list_pages": due.pages + 1, "list_until": self._database.now})

    async def put_off(self, due: DueList, seconds: float) -> None:
        """Try again later: Slack did not take it this time. After too many tries the card says that it is given up."""
        later = self._database.now + min(seconds, MAX_DELAY)
        given_up = due.failures + 1 >= MAX_LIST_FAILURES
        tried = {"list_until": later, "list_failures": REQUESTS.c.list_failures + 1}
        await self._set(due, tried | (_FOR_THE_CARD if given_up else {}))
        if given_up:
            self._database.changes.publish(Topic.CARDS)

    def _ready_at(self) -> ColumnElement[float]:
        """When a list may next be posted: its lease or delay is over."""
        return self._database.unless_far_ahead(REQUESTS.c.list_until, MAX_DELAY + self._lease)

    async def wait_for_card(self, due: DueList, seconds: float) -> None:
        """Have the card drawn anew before this is tried again: it will not stay where it is, and its list neither."""
        await self._set(due, {"list_until": self._database.now + seconds, **_FOR_THE_CARD})
        self._database.changes.publish(Topic.CARDS)

    def _is_unlisted(self) -> ColumnElement[bool]:
        return and_(
            REQUESTS.c.target_count + REQUESTS.c.left_out_count > self._longest_card,
            REQUESTS.c.card_ts.is_not(None),
            or_(
                and_(REQUESTS.c.listed_at.is_(None), REQUESTS.c.state.in_(_LISTED), ~_IS_GIVEN_UP),
                and_(
                    REQUESTS.c.result_listed_at.is_(None),
                    REQUESTS.c.state.in_(CARRIED_OUT),
                    or_(_MAKES_WAY, ~_IS_GIVEN_UP),
                ),
            ),
        )

    def _with_tries_of_its_own(self) -> dict[str, object]:
        """Return what closes a planned list that was given up, so that the result's begins anew."""
        return {
            "listed_at": case((_MAKES_WAY, self._database.now), else_=REQUESTS.c.listed_at),
            "list_failures": case((_MAKES_WAY, 0), else_=REQUESTS.c.list_failures),
            "list_pages": case((_MAKES_WAY, 0), else_=REQUESTS.c.list_pages),
        }

    async def _set(self, due: DueList, changes: dict[str, object]) -> None:
        """Write only where the card is still the one this list was posted under, and nobody else has claimed it."""
        free = {"list_until": None, "list_failures": 0}
        statement = (
            update(REQUESTS)
            .where(REQUESTS.c.id == due.request.id, REQUESTS.c.card_ts == due.ts, REQUESTS.c.list_lease == due.lease)
            .values(**(free | changes))
        )
        async with self._database.writing() as connection:
            await connection.execute(statement)
