"""Connections to PostgreSQL servers that stop taking writes, as in a failover."""

from __future__ import annotations

import asyncio
import gc

import psycopg
import pytest
from sqlalchemy.pool import AsyncAdaptedQueuePool

from bot.errors import DatabaseUnavailable
from bot.store.notify import NOTIFY_CHANNEL
from tests.bot.stored import Stored, stored
from tests.scenarios.outage import Path, set_read_only
from tests.servers.standby import primary_with_standby

CANCELLED_AFTER = 300
"""Turns of the event loop, within which a request is read from either database."""


async def replace_connections(stores: Stored, url: str) -> None:
    """Have new connections made, once the listener needs no other than its own: what is in use would stay open."""
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as console, asyncio.timeout(30):
        listening = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query = %s"
        while not await (await console.execute(listening, [f"LISTEN {NOTIFY_CHANNEL}"])).fetchone():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    await stores.database._engine.dispose()


async def test_connections_that_take_no_writes_are_dropped(postgres_server: str, postgres_url: str) -> None:
    """The first write that is refused as read-only is told as such, and makes room for connections that can write."""
    async with stored(postgres_url) as stores:
        request_id = await stores.asked()
        await replace_connections(stores, postgres_url)
        set_read_only(postgres_server, postgres_url, read_only=True)
        with pytest.raises(DatabaseUnavailable, match="takes no changes at the moment, so nothing was changed"):
            await stores.draft(trigger="2")
        async with stores.database.reading(), stores.database.reading():
            pass  # two connections that were made meanwhile
        set_read_only(postgres_server, postgres_url, read_only=False)
        with pytest.raises(DatabaseUnavailable):
            await stores.draft(trigger="3")
        assert await stores.draft(trigger="4") != request_id
        assert await stores.draft(trigger="5") != request_id


async def test_a_database_that_takes_no_writes_is_not_well(postgres_server: str, postgres_url: str) -> None:
    """A ping fails while the database takes no writes, and works at once when it does again."""
    async with stored(postgres_url) as stores:
        await stores.database.ping()
        await replace_connections(stores, postgres_url)
        set_read_only(postgres_server, postgres_url, read_only=True)
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable) as refused:
                await stores.database.ping()
        assert "takes no writes" in refused.value.cause
        set_read_only(postgres_server, postgres_url, read_only=False)
        await stores.database.ping()


async def test_whether_a_lost_commit_was_stored_is_not_claimed(postgres_url: str) -> None:
    """Where a connection breaks during COMMIT nobody is told that nothing was changed, as it may have been."""
    async with Path(postgres_url) as path, stored(path.url) as stores:
        path.lose_answer_to(b"COMMIT\0")
        with pytest.raises(DatabaseUnavailable, match="it is not known whether") as lost:
            await stores.draft()
        assert "nothing was changed" not in str(lost.value)
        async with asyncio.timeout(30):  # the server may still be at it when the connection is gone
            while await _count_requests(stores) != 1:  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_tasks_cancelled_again_and_again_leave_no_connection_behind(any_url: str) -> None:
    """However often a task is cancelled, and at whichever step, it gives its connection back to the pool."""
    async with stored(any_url) as stores:
        request_id = await stores.asked()
        for turns in range(CANCELLED_AFTER):
            task = asyncio.create_task(stores.requests.get(request_id))
            await _turns(turns)
            while not task.done():
                task.cancel()
                await _turns(1 + turns % 3)
            await asyncio.gather(task, return_exceptions=True)
        pool = stores.database._engine.sync_engine.pool
        assert isinstance(pool, AsyncAdaptedQueuePool)
        async with asyncio.timeout(30):  # the listener may just be using its own
            while pool.checkedout() > (1 if stores.database.is_postgres else 0):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        gc.collect()


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _count_requests(stores: Stored) -> int:
    async with stores.database.reading() as connection:
        counted = await connection.exec_driver_sql("SELECT count(*) FROM requests")
        return int(counted.scalar_one())


async def test_a_connection_that_breaks_before_the_commit_changed_nothing(postgres_url: str) -> None:
    """Where a connection breaks before COMMIT, people are told that nothing was changed."""
    async with Path(postgres_url) as path, stored(path.url) as stores:
        path.lose_answer_to(b"INSERT INTO requests")
        with pytest.raises(DatabaseUnavailable, match="nothing was changed"):
            await stores.draft()
        async with stores.database.reading() as connection:
            [stored_after_all] = await connection.exec_driver_sql("SELECT count(*) FROM requests")
        assert stored_after_all == (0,)


async def test_of_several_hosts_the_one_that_takes_writes_is_used() -> None:
    """With several hosts and `target_session_attrs=read-write`, connections are made anew to the standby promoted."""
    async with primary_with_standby() as pair:
        pair.create("bot")
        async with stored(pair.url("bot")) as stores:
            before = await stores.draft()
            await pair.caught_up("bot")
            await pair.primary.stop()
            with pytest.raises(DatabaseUnavailable):
                await stores.draft(trigger="2")
            await pair.standby.promote()
            await stores.database.ping()
            assert await stores.draft(trigger="3") != before
            assert await stores.database.receives_notifications()
        async with stored(pair.standby.url("bot")) as stores:
            assert (await stores.requests.get(before)).id == before
