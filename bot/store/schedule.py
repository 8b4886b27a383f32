"""Writes to the outbox: every change of a request schedules, in its own transaction, what is posted about it."""

from __future__ import annotations

from sqlalchemy import Row, Update, and_, func, or_, select, update

from bot.requests.channel_kind import is_direct
from bot.requests.deliveries import CARD_CHECK_EVERY, MAX_LISTED, DeliveryKind, due_about_glass, due_in
from bot.requests.request import State
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.glass_rows import glass_of
from bot.store.tables import DELIVERIES, REQUESTS

_RECENT = 3600.0
"""Seconds for which ended requests are checked, as older code may have ended them."""

_CAUGHT_UP_AT_ONCE = 100


async def schedule(connection: AsyncConnection, database: Database, request_id: str) -> None:
    """Schedule what the request's state has to have posted, and drop what belonged to an earlier state."""
    row = (await connection.execute(select(REQUESTS).where(REQUESTS.c.id == request_id))).one()
    if row.requested_at is None:
        return
    is_elsewhere = row.card_channel != row.origin_channel and not is_direct(row.card_channel or "")
    is_long = row.target_count + row.left_out_count > MAX_LISTED
    due = due_in(State(row.state), is_elsewhere=is_elsewhere, is_long=is_long, is_undone=bool(row.undone_by))
    due |= due_about_glass(State(row.state), glass_of(row))
    if DeliveryKind.REMINDER_REMOVAL in due and not await _is_reminded(connection, request_id):
        due -= {DeliveryKind.REMINDER_REMOVAL}
    await redraw(connection, database, request_id, row.revision)
    await _post_once(connection, database, row, due - {DeliveryKind.CARD})
    await _drop(connection, request_id, set(DeliveryKind) - due)


async def redraw(connection: AsyncConnection, database: Database, request_id: str, revision: int) -> None:
    """Schedule a redraw of the card with this revision of the request."""
    due_at = func.coalesce(DELIVERIES.c.due_at, database.now)
    await connection.execute(
        database.insert(DELIVERIES)
        .values(request_id=request_id, kind=DeliveryKind.CARD, revision=revision, due_at=database.now)
        .on_conflict_do_update(index_elements=["request_id", "kind"], set_={"revision": revision, "due_at": due_at})
    )


async def redraw_changed(connection: AsyncConnection, database: Database, request_id: str) -> None:
    """Schedule a redraw of the card because of something that is not in the request's row."""
    changed = _locked(request_id).values(revision=REQUESTS.c.revision + 1).returning(REQUESTS.c.revision)
    await redraw(connection, database, request_id, (await connection.execute(changed)).scalar_one())


async def redraw_under_way(database: Database, account: str | None) -> None:
    """Have the card of every request that is being carried out drawn again, as what all of them show has changed.

    `account`: only of those about this account of several.
    """
    under_way = select(REQUESTS.c.id).where(REQUESTS.c.state == State.DELETING)
    if account is not None:
        under_way = under_way.where(func.lower(REQUESTS.c.account) == account.lower())
    async with database.reading() as connection:
        ids = (await connection.execute(under_way)).scalars().all()
    for request_id in ids:
        async with database.changing() as connection:
            await redraw_changed(connection, database, request_id)


async def catch_up(database: Database) -> None:
    """Schedule what code that does not know the outbox has changed, as the version before while both run.

    Bounded by what is open or ended within the last hour, and by a hundred requests at a time. Requests that were open
    before cards were checked get their check, too.
    """
    await _check_cards(database)
    card = and_(DELIVERIES.c.request_id == REQUESTS.c.id, DELIVERIES.c.kind == DeliveryKind.CARD)
    async with database.reading() as connection:
        # Read first: PostgreSQL looks up in no index what it compares with a clock that goes on meanwhile.
        recent = (await connection.execute(select(database.now - _RECENT))).scalar_one()
        behind = (
            select(REQUESTS.c.id)
            .outerjoin(DELIVERIES, card)
            .where(REQUESTS.c.requested_at.is_not(None))
            .where(or_(REQUESTS.c.finished_at.is_(None), REQUESTS.c.finished_at > recent))
            .where(or_(DELIVERIES.c.id.is_(None), DELIVERIES.c.revision < REQUESTS.c.revision))
            .limit(_CAUGHT_UP_AT_ONCE)
        )
        ids = (await connection.execute(behind)).scalars().all()
    for request_id in ids:
        async with database.changing() as connection:
            await connection.execute(_locked(request_id))
            await schedule(connection, database, request_id)


async def _check_cards(database: Database) -> None:
    """Have the cards of those open requests checked from now on that code without such checks has posted."""
    check = and_(DELIVERIES.c.request_id == REQUESTS.c.id, DELIVERIES.c.kind == DeliveryKind.CARD_CHECK)
    unchecked = (
        select(REQUESTS.c.id, REQUESTS.c.revision)
        .outerjoin(DELIVERIES, check)
        .where(REQUESTS.c.card_ts.is_not(None), REQUESTS.c.finished_at.is_(None), DELIVERIES.c.id.is_(None))
        .limit(_CAUGHT_UP_AT_ONCE)
    )
    async with database.reading() as connection:
        found = (await connection.execute(unchecked)).all()
    if not found:
        return
    about = {"kind": DeliveryKind.CARD_CHECK, "due_at": database.now + CARD_CHECK_EVERY}
    new = [{"request_id": row.id, "revision": row.revision} | about for row in found]
    async with database.writing() as connection:
        await connection.execute(database.insert(DELIVERIES).values(new).on_conflict_do_nothing())


async def _is_reminded(connection: AsyncConnection, request_id: str) -> bool:
    """Whether there is a reminder, and where it is."""
    reminder = (DELIVERIES.c.request_id == request_id, DELIVERIES.c.kind == DeliveryKind.REMINDER)
    posted = select(DELIVERIES.c.message_ts).where(*reminder)
    return (await connection.execute(posted)).scalar() is not None


def _locked(request_id: str) -> Update:
    return update(REQUESTS).where(REQUESTS.c.id == request_id).values(revision=REQUESTS.c.revision)


async def _post_once(
    connection: AsyncConnection, database: Database, row: Row[tuple[object, ...]], kinds: frozenset[DeliveryKind]
) -> None:
    """Schedule messages that are posted once; those already scheduled stay as they are."""
    later = {DeliveryKind.REMINDER: row.remind_at, DeliveryKind.CARD_CHECK: database.now + CARD_CHECK_EVERY}
    due_at = dict.fromkeys(DeliveryKind, database.now) | later
    new = [
        {"request_id": row.id, "kind": kind, "revision": row.revision, "due_at": due_at[kind]}
        for kind in DeliveryKind
        if kind in kinds and due_at[kind] is not None
    ]
    if new:
        await connection.execute(database.insert(DELIVERIES).values(new).on_conflict_do_nothing())


async def _drop(connection: AsyncConnection, request_id: str, kinds: set[DeliveryKind]) -> None:
    """Drop those of these kinds that were not posted yet."""
    await connection.execute(
        update(DELIVERIES)
        .where(DELIVERIES.c.request_id == request_id, DELIVERIES.c.kind.in_(kinds), DELIVERIES.c.due_at.is_not(None))
        .values(due_at=None)
    )
