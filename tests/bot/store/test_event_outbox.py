"""Which entries of the audit trail are noted to be sent, by whomever they are written."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest
from sqlalchemy import NullPool, create_engine, insert, select, text

from bot.requests.request import Event
from bot.store.audit_writer import record, record_all
from bot.store.event_feed import EventFeed
from bot.store.event_outbox import EventOutbox, EventStream, StreamLost
from bot.store.event_tables import EVENT_FEED, EVENT_OUTBOX, EVENT_STREAMS
from bot.store.tables import AUDIT
from tests.bot.stored import Stored, stored

LEASE = 60.0
A_DAY = 86_400.0


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    """Stores in which events are wanted."""
    async with stored(any_url) as opened:
        await EventFeed(opened.database).want()
        yield opened


async def write(stores: Stored, request_id: str, *details: str) -> None:
    async with stores.database.writing() as connection:
        await record_all(connection, stores.database, request_id, [(Event.KEPT, detail) for detail in details])


async def claimed(stores: Stored) -> EventStream:
    stream = await EventOutbox(stores.database, lease=LEASE).claim()
    assert stream is not None
    return stream


async def streams(stores: Stored) -> list[str]:
    async with stores.database.reading() as connection:
        return list((await connection.execute(select(EVENT_STREAMS.c.request_id).order_by("request_id"))).scalars())


async def send(stores: Stored, stream: EventStream) -> None:
    """Record that everything that was claimed was accepted."""
    outbox = EventOutbox(stores.database, lease=LEASE)
    for event in stream.events:
        await outbox.accepted(stream, event)
    await outbox.give_back(stream, stream.through)


async def test_an_entry_that_is_rolled_back_is_not_noted(stores: Stored) -> None:
    """An entry and its note are stored together or not at all."""

    async def fails() -> None:
        async with stores.database.writing() as connection:
            await record(connection, stores.database, "R-1", Event.KEPT)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert (await EventOutbox(stores.database, lease=LEASE).backlog()).waiting == 0
    assert await streams(stores) == []


async def test_entries_of_the_version_before_are_noted(stores: Stored) -> None:
    """The version before knows no events: what it inserts with the columns that it knows is noted as well."""
    async with stores.database.writing() as connection:
        row = {"at": stores.database.now, "request_id": "R-1", "event": "kept", "detail": "by older code"}
        await connection.execute(insert(AUDIT).values(row))
    [event] = (await claimed(stores)).events
    assert (event.sequence, event.detail) == (1, "by older code")


async def test_a_lost_trigger_is_made_again(any_url: str) -> None:
    """A copy of a database that left the trigger out has it again after a start."""
    engine = create_engine(any_url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.begin() as connection:
        on_table = " ON audit" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER audit_noted_as_event{on_table}"))
    async with stored(any_url) as stores:
        await EventFeed(stores.database).want()
        await write(stores, "R-1", "one")
        assert len((await claimed(stores)).events) == 1


async def test_a_stream_is_one_holder_s_until_its_lease_is_over(stores: Stored) -> None:
    """Nobody else gets a request's events while one process has them; afterwards what it records counts no more."""
    await write(stores, "R-1", "one")
    outbox = EventOutbox(stores.database, lease=LEASE)
    lost = await claimed(stores)
    assert await outbox.claim() is None
    stores.clock.shift += LEASE + 1
    await claimed(stores)
    with pytest.raises(StreamLost):
        await outbox.accepted(lost, lost.events[0])
    with pytest.raises(StreamLost):
        await outbox.put_off(lost, 1.0)
    with pytest.raises(StreamLost):
        await outbox.give_back(lost, lost.through)
    assert (await outbox.backlog()).waiting == 1


async def test_a_stream_that_is_let_go_is_as_it_was(stores: Stored) -> None:
    """What its holder does not send after all is due at once for anybody, with as many failures as before."""
    await write(stores, "R-1", "one", "two")
    outbox = EventOutbox(stores.database, lease=LEASE)
    await outbox.put_off(await claimed(stores), 0.0)
    stream = await claimed(stores)
    await outbox.let_go(stream)
    again = await claimed(stores)
    assert (again.failures, again.events) == (1, stream.events)
    with pytest.raises(StreamLost):
        await outbox.let_go(stream)


async def test_an_entry_written_while_others_are_sent_is_due_afterwards(stores: Stored) -> None:
    """What is written after a stream was claimed is not forgotten when the stream is given back."""
    await write(stores, "R-1", "one")
    stream = await claimed(stores)
    await write(stores, "R-1", "two")
    await send(stores, stream)
    [event] = (await claimed(stores)).events
    assert (event.sequence, event.detail) == (2, "two")


async def test_entries_that_were_removed_are_not_sent(any_url: str) -> None:
    """An entry that is gone from the audit trail by the time that it would be sent is passed over."""
    async with stored(any_url) as stores:
        await EventFeed(stores.database).want()
        await write(stores, "R-1", "one")
        async with stores.database.writing() as connection:
            await connection.execute(insert(EVENT_OUTBOX).values(audit_id=4711, request_id="R-1", sequence=0, at=0.0))
        stream = await claimed(stores)
        assert [event.detail for event in stream.events] == ["one"]
        await send(stores, stream)
        assert (await EventOutbox(stores.database, lease=LEASE).backlog()).waiting == 0


async def test_idle_streams_go_and_come_back_with_the_right_number(stores: Stored) -> None:
    """The row of a request with nothing to send goes after a day; its next entry is counted on."""
    await write(stores, "R-1", "one", "two")
    await write(stores, "R-2", "one")
    await send(stores, await claimed(stores))
    await EventFeed(stores.database).remove_idle()
    assert await streams(stores) == ["R-1", "R-2"]
    stores.clock.shift += A_DAY + 1
    await EventFeed(stores.database).remove_idle()
    assert await streams(stores) == ["R-2"]
    await send(stores, await claimed(stores))
    await write(stores, "R-1", "three", "four")
    assert [(event.sequence, event.detail) for event in (await claimed(stores)).events] == [(3, "three"), (4, "four")]


async def test_the_source_is_the_same_for_ever(stores: Stored) -> None:
    """A database has one name in all events, however often processes say that they want them."""
    async with stores.database.reading() as connection:
        before = (await connection.execute(select(EVENT_FEED.c.source))).scalar_one()
    for _ in range(2):
        stores.clock.shift += 30 * A_DAY
        await EventFeed(stores.database).want()
    await write(stores, "R-1", "one")
    assert (await claimed(stores)).source == before


async def test_entries_are_numbered_as_they_are_committed(postgres_url: str) -> None:
    """Of two transactions at once on PostgreSQL, the one that writes later waits, and neither entry is lost."""
    async with stored(postgres_url) as stores:
        await EventFeed(stores.database).want()
        one, other = psycopg.connect(postgres_url), psycopg.connect(postgres_url)
        entry = "INSERT INTO audit (at, request_id, event, detail) VALUES (1, 'R-1', 'kept', %s)"
        with one, other:
            one.execute(entry, ["first"])
            other.execute("SET lock_timeout = '200ms'")
            with pytest.raises(psycopg.errors.LockNotAvailable):
                other.execute(entry, ["second"])
            other.rollback()
            one.commit()
            other.execute(entry, ["second, again"])
        told = [(event.sequence, event.detail) for event in (await claimed(stores)).events]
        assert told == [(1, "first"), (2, "second, again")]


async def test_the_backlog_says_how_old_the_oldest_is(stores: Stored) -> None:
    """The backlog has the number of events that wait and the age of the oldest, for whoever watches the bot."""
    outbox = EventOutbox(stores.database, lease=LEASE)
    assert await outbox.backlog() == (await outbox.backlog())
    assert (await outbox.backlog()).oldest is None
    await write(stores, "R-1", "one", "two")
    stores.clock.shift += 90.0
    found = await outbox.backlog()
    assert (found.waiting, found.given_up) == (2, 0)
    assert found.oldest is not None
    assert 90.0 <= found.oldest < 150.0


async def test_a_clock_that_is_set_back_delays_no_event(stores: Stored) -> None:
    """An entry is sent at once, also if the clock was an hour ahead when it was written."""
    stores.clock.shift = 3600.0
    request_id = await stores.asked()
    stores.clock.shift = 0.0
    assert (await claimed(stores)).request_id == request_id
