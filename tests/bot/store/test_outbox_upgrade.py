"""Databases of the version before the outbox, and its code that still runs for a while."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, delete, text, update

import bot.migrations
from bot.requests.deliveries import CARD_CHECK_EVERY, MESSAGES, DeliveryKind
from bot.requests.request import State
from bot.store.due_deliveries import REDRAW_AFTER
from bot.store.outbox import Outbox
from bot.store.schedule import catch_up
from bot.store.tables import DELIVERIES, REQUESTS
from tests.bot.stored import Stored, stored

BEFORE = {
    "trigger": "t",
    "requester": "UANA",
    "team_id": "TACME",
    "origin_channel": "COPS",
    "card_channel": "COPS",
    "card_ts": "1.0",
    "account": "acme",
    "approvals_required": 1,
    "approvers": "UBEN",
    "self_approval": False,
    "digest": "",
    "left_out": "[]",
    "created_at": 1.0,
    "requested_at": 1.0,
    "expires_at": 4e9,
    "target_count": 1,
    "revision": 1,
}
DRAWN = {"card_revision": 1, "card_drawn_at": 2.0}


def migrated(url: str, revision: str, step: Callable[[Config, str], None] = command.upgrade) -> Connection:
    """Bring a database up, or down, to a revision; return a connection to it, in a transaction."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    connection = engine.connect()
    config = Config()
    config.set_main_option("script_location", str(Path(bot.migrations.__file__).parent))
    config.attributes["connection"] = connection
    step(config, revision)
    return connection


def insert_request(connection: Connection, **columns: Any) -> None:  # noqa: ANN401 - as the column has it
    row = BEFORE | columns
    names = ", ".join(row)
    connection.execute(text(f"INSERT INTO requests ({names}) VALUES ({', '.join(f':{n}' for n in row)})"), row)  # noqa: S608


async def due(stores: Stored) -> list[tuple[str, DeliveryKind]]:
    """Post everything that is due; return what it was about, and its kind."""
    outbox = Outbox(stores.database, MESSAGES, lease=30.0)
    found = []
    while delivery := await outbox.claim():
        found.append((delivery.request.id, delivery.kind))
        if delivery.kind is DeliveryKind.CARD:
            await outbox.shown(delivery, "COPS", "1.0")
        else:
            await outbox.posted(delivery)
    return found


async def test_what_was_posted_is_not_posted_again(empty_url: str) -> None:
    """After the upgrade only what the version before had not posted is posted, and a reminder that is still to come."""
    with migrated(empty_url, "0005") as connection:
        insert_request(connection, id="R-DONE", state="finished", finished_at=4e9, replied_at=3.0, **DRAWN)
        insert_request(connection, id="R-UNTOLD", trigger="u", state="finished", finished_at=4.0, **DRAWN)
        insert_request(connection, id="R-OPEN", trigger="o", state="awaiting", remind_at=5.0, target_count=13, **DRAWN)
        insert_request(
            connection, id="R-REMINDED", trigger="r", state="awaiting", remind_at=5.0, reminded_at=6.0, **DRAWN
        )
        insert_request(connection, id="R-DRAFT", trigger="d", state="draft", requested_at=None, card_ts=None)
        connection.commit()
    async with stored(empty_url) as stores:
        await catch_up(stores.database)
        found = await due(stores)
    assert [what for what in found if what[1] is not DeliveryKind.CARD] == [
        ("R-UNTOLD", DeliveryKind.RESULT),
        ("R-OPEN", DeliveryKind.REMINDER),
    ]
    assert "R-DRAFT" not in dict(found)


async def test_new_code_alone_posts_what_older_code_changes(any_url: str) -> None:
    """What the version before changes after the upgrade is posted by the new code, and by the new code alone."""
    async with stored(any_url):
        with migrated(any_url, "head") as connection:
            insert_request(connection, id="R-OLD", state="draft", requested_at=None)
            columns = "card_revision, pointed_at, reminded_at, told_origin_at, replied_at, listed_at, result_listed_at"
            shown = connection.execute(text(f"SELECT {columns} FROM requests")).one()  # noqa: S608 - ours
            connection.rollback()
    assert list(shown) == [2147483647, 0, 0, 0, 0, 0, 0]


async def test_changes_by_older_code_are_found(any_url: str) -> None:
    """A decision that older code has written is on the card soon, and its result in the thread."""
    async with stored(any_url) as stores:
        request_id = await stores.asked()
        assert await due(stores) == [(request_id, DeliveryKind.CARD)]
        rejected = update(REQUESTS).values(state=State.REJECTED, revision=REQUESTS.c.revision + 1)
        async with stores.database.writing() as connection:
            await connection.execute(rejected.values(finished_at=stores.database.now))
        assert await due(stores) == []
        await catch_up(stores.database)
        stores.clock.shift += 3.0
        assert await due(stores) == [(request_id, DeliveryKind.CARD), (request_id, DeliveryKind.RESULT)]


async def test_cards_from_before_there_were_checks_are_checked(any_url: str) -> None:
    """An open request whose card was posted by code without checks has its card checked, and goes on being checked."""
    async with stored(any_url) as stores:
        request_id = await stores.asked()
        await due(stores)
        async with stores.database.writing() as connection:
            await connection.execute(update(REQUESTS).values(expires_at=4e9))
            await connection.execute(delete(DELIVERIES).where(DELIVERIES.c.kind == DeliveryKind.CARD_CHECK))
        await catch_up(stores.database)
        await catch_up(stores.database)
        outbox = Outbox(stores.database, MESSAGES, lease=30.0)
        assert await outbox.claim() is None
        stores.clock.shift += CARD_CHECK_EVERY
        check = await outbox.claim()
        assert check is not None
        assert (check.request.id, check.kind) == (request_id, DeliveryKind.CARD_CHECK)
        await outbox.check_card(check)
        stores.clock.shift += REDRAW_AFTER
        assert await due(stores) == [(request_id, DeliveryKind.CARD)]
        await catch_up(stores.database)
        assert await outbox.claim() is None


async def test_after_a_downgrade_nothing_is_posted_again(any_url: str) -> None:
    """A downgrade tells older code what was posted, so that it posts nothing again."""
    async with stored(any_url) as stores:
        request_id = await stores.asked()
        await due(stores)
    with migrated(any_url, "0005", command.downgrade) as connection:
        row = connection.execute(text("SELECT id, card_revision, revision, pointed_at FROM requests")).one()
    assert (row.id, row.card_revision, row.pointed_at) == (request_id, row.revision, None)
