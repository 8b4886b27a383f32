"""The pace that all processes keep together: while the database gives no slots, and how many are taken ahead."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from bot.errors import DatabaseUnavailable
from bot.pace import Urgency
from bot.shared_pace import SharedPace
from bot.store import Database, SlotStore
from bot.store.slots import Limit
from tests.bot.stored import stored

LIMIT = Limit("replicate", 600, burst=10)


@contextlib.asynccontextmanager
async def slots_refused(database: Database) -> AsyncIterator[None]:
    """Let PostgreSQL refuse every statement about slots for as long as the block lasts, though it answers."""
    await _rename(database, "slots", "slots_away")
    try:
        yield
    finally:
        await _rename(database, "slots_away", "slots")


async def _rename(database: Database, old: str, new: str) -> None:
    async with database.writing() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def test_a_refusal_by_the_database_is_survived(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """While the database refuses slots, people are told and the worker waits; afterwards everybody is served again."""
    async with stored(postgres_url) as stores:
        pace = SharedPace(SlotStore(stores.database), LIMIT)
        await pace.start()
        async with slots_refused(stores.database):
            deletion = asyncio.create_task(pace.turn(Urgency.BULK))
            with pytest.raises(DatabaseUnavailable, match="nothing was changed"):
                await pace.turn(Urgency.INTERACTIVE)
            assert not deletion.done()
        await deletion
        await pace.turn(Urgency.INTERACTIVE)
        await pace.stop()
    assert "gave no slots" in caplog.text
    assert "UndefinedTable" in caplog.text


async def test_it_can_be_stopped_while_slots_are_refused(postgres_url: str) -> None:
    """A pace that the database refuses slots at the moment stops like any other."""
    async with stored(postgres_url) as stores:
        pace = SharedPace(SlotStore(stores.database), LIMIT)
        await pace.start()
        async with slots_refused(stores.database):
            with pytest.raises(DatabaseUnavailable):
                await pace.turn(Urgency.INTERACTIVE)
            await pace.stop()


async def test_slots_are_taken_shortly_before_they_begin(sqlite_url: str) -> None:
    """However many wait, no slot is taken long before it begins: a hold by another process comes too late for one."""
    slow = Limit("replicate", 6)
    async with stored(sqlite_url) as stores:
        slots = SlotStore(stores.database)
        pace = SharedPace(slots, slow)
        waiting = {asyncio.create_task(pace.turn(Urgency.BULK)) for _ in range(5)}
        await asyncio.sleep(0)
        await pace.start()
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        [next_free] = await slots.take(slow)
        await pace.stop()
    assert next_free <= 2 * slow.interval
    for one in waiting:
        one.cancel()
