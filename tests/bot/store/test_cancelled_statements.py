"""Whoever waits for a statement may be cancelled; the database is not to be the worse for it."""

from __future__ import annotations

import asyncio
import gc
import itertools
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from bot.requests.request import Target
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from tests.bot.stored import FLUX, stored


@pytest.fixture
def kept_garbage() -> Iterator[None]:
    """Nothing is freed by chance."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("kept_garbage")
@pytest.mark.parametrize("statement", ["SELECT", "UPDATE"])
async def test_a_cancelled_statement_leaves_no_lock(sqlite_url: str, statement: str) -> None:
    """A SQLite file can be written by others at once after a task was cancelled in the middle of a statement."""
    async with stored(sqlite_url) as stores:
        claim = await stores.claimed(Target(0, FLUX, "a", 1.0))
        working = asyncio.create_task(
            stores.work.is_stopping(claim) if statement == "SELECT" else stores.work.renew(claim)
        )

        def cancel(_connection: object, _cursor: object, sql: str, *_: object) -> None:
            if sql.startswith(statement):
                asyncio.get_running_loop().call_soon(working.cancel)

        event.listen(stores.database._engine.sync_engine, "before_cursor_execute", cancel)
        await asyncio.gather(working, return_exceptions=True)
        event.remove(stores.database._engine.sync_engine, "before_cursor_execute", cancel)
        assert working.cancelled()
        other = sqlite3.connect(str(make_url(sqlite_url).database), timeout=1)
        other.execute("BEGIN IMMEDIATE")
        other.close()


@pytest.mark.parametrize("use", [Database.reading, Database.writing, Database.single])
async def test_a_connection_is_not_lost_wherever_its_use_is_cancelled(
    postgres_url: str, use: Callable[[Database], AbstractAsyncContextManager[AsyncConnection]]
) -> None:
    """A connection to PostgreSQL goes back to its pool at whichever of its steps the task that uses it is cancelled."""

    async def ask(database: Database) -> None:
        async with use(database) as connection:
            await connection.exec_driver_sql("SELECT 1")

    async with stored(postgres_url) as stores:
        await stores.database.ping()
        for steps in itertools.count():
            asking = asyncio.create_task(ask(stores.database))
            for _ in range(steps):
                await asyncio.sleep(0)
            if asking.done():
                break
            asking.cancel()
            await asyncio.wait([asking])
            del asking
            gc.collect()  # what was lost is complained about here
