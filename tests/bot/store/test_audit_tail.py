"""New entries of the audit trail, each once, in whatever order they are committed."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import insert

from bot.requests.audit_filter import AuditFilter
from bot.requests.request import Event
from bot.requests.transitions import reject
from bot.store.async_core import AsyncConnection
from bot.store.audit_pages import PAGE
from bot.store.audit_tail import GIVEN_UP_AFTER, AuditTail
from bot.store.tables import AUDIT
from tests.bot.stored import BEN, Stored, stored

EVERYTHING = AuditFilter()


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[Stored]:
    async with stored(postgres_url) as opened:
        yield opened


async def new(tail: AuditTail, asked: AuditFilter = EVERYTHING) -> list[str]:
    return [entry.detail async for page in tail.new_entries(asked) for entry in page]


async def add(connection: AsyncConnection, *details: str) -> None:
    rows = [{"at": 1.0, "request_id": "R-22222", "event": Event.CLICK_REFUSED, "detail": one} for one in details]
    await connection.execute(insert(AUDIT), rows)


async def test_what_comes_is_told_once_and_what_was_there_is_not(stores: Stored) -> None:
    """Entries that are there at the beginning are known; each new one comes once, in any number of pages."""
    tail = stores.trail.tail(stores.clock)
    await tail.begin()
    assert await new(tail) == []
    details = [str(number) for number in range(PAGE + 10)]
    async with stores.database.writing() as connection:
        await add(connection, *details)
    assert await new(tail) == details
    assert await new(tail) == []
    later = stores.trail.tail(stores.clock)
    await later.begin()
    assert later.is_known(1)
    assert not later.is_known(PAGE + 11)
    assert await new(later) == []


async def test_an_entry_committed_later_than_its_number_is_not_lost(postgres: Stored) -> None:
    """One whose transaction ends after those with higher numbers comes as soon as it does, and only once."""
    tail = postgres.trail.tail(postgres.clock)
    async with postgres.database.writing() as before:
        await add(before, "before the beginning")
        async with postgres.database.writing() as connection:
            await add(connection, "known")
        await tail.begin()
        async with postgres.database.writing() as slow:
            await add(slow, "slow")
            async with postgres.database.writing() as connection:
                await add(connection, "quick")
            assert await new(tail) == ["quick"]
            assert await new(tail) == []
        assert await new(tail) == ["slow"]
    assert await new(tail) == ["before the beginning"]
    assert await new(tail) == []


async def test_what_was_rolled_back_is_not_looked_for_for_ever(postgres: Stored) -> None:
    """A number that never comes is given up after a while, so that looking costs no more than before."""
    tail = postgres.trail.tail(postgres.clock)
    await tail.begin()
    async with postgres.database.writing() as connection:
        await add(connection, "rolled back")
        await connection.rollback()
    async with postgres.database.writing() as connection:
        await add(connection, "kept")
    assert await new(tail) == ["kept"]
    assert not tail.is_known(1)
    postgres.clock.shift += GIVEN_UP_AFTER + 1
    assert await new(tail) == []
    assert tail.is_known(1)


async def test_filters_hold_for_what_is_new(stores: Stored) -> None:
    """Of new entries only those come that are asked for, and of changed requests too, each once a look."""
    tail, requests = stores.trail.tail(stores.clock), stores.trail.tail(stores.clock)
    await tail.begin()
    await requests.begin()
    asked = await stores.asked(trigger="1")
    rejected = await stores.asked(trigger="2")
    await stores.requests.apply(rejected, reject("UBEN", "TACME", "no"), BEN)
    await stores.requests.record_refused_click("R-22222", BEN, "there is no such request")
    assert await new(tail, AuditFilter(user="UBEN", events=(Event.REJECTED,))) == ["no"]
    pages = [page async for page in requests.changed_requests(EVERYTHING)]
    assert [summary.request.id for page in pages for summary in page] == [asked, rejected]
    await stores.requests.record_refused_click(asked, BEN, "not now")
    await stores.requests.record_refused_click(rejected, BEN, "too late")
    pages = [page async for page in requests.changed_requests(AuditFilter(states=("rejected",)))]
    assert [summary.request.id for page in pages for summary in page] == [rejected]
