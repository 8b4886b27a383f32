"""What other processes change is heard, through whatever is between this one and the database."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import psycopg
import pytest

from bot.database_url import PostgresServer, parse_database_url
from bot.store.change_listener import ChangeListener
from bot.store.connection_deadlines import Deadlines
from bot.store.notify import NOTIFY_CHANNEL, ChangeBus, Topic
from bot.store.postgres_engine import postgres_engine
from tests.bot.stored import stored
from tests.scenarios.outage import Path
from tests.servers.pgbouncer import pgbouncer

LOGGED = (
    "notifications do not arrive through DATABASE_URL, as behind a connection pooler in transaction mode: "
    "looking every 1 s for what other processes change"
)


@contextlib.asynccontextmanager
async def listener_of(url: str, changes: ChangeBus, prove_every: float = 60.0) -> AsyncIterator[ChangeListener]:
    """A listener to the database at this address, which has not begun."""
    server = parse_database_url(url)
    assert isinstance(server, PostgresServer)
    engine = postgres_engine(server)
    committing = engine.execution_options(isolation_level="AUTOCOMMIT")
    yield ChangeListener(committing, changes, Deadlines(5.0), prove_every=prove_every)
    await engine.dispose()


@contextlib.asynccontextmanager
async def listening(url: str, prove_every: float = 60.0) -> AsyncIterator[ChangeBus]:
    """A process that listens on the database at this address, and nothing else."""
    changes = ChangeBus()
    async with listener_of(url, changes, prove_every) as listener:
        running = asyncio.create_task(listener.run())
        try:
            yield changes
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


async def receives_notifications(url: str) -> bool:
    """Whether notifications arrive through this address."""
    async with listener_of(url, ChangeBus()) as listener:
        return await listener.receives_notifications()


async def test_an_unknown_topic_wakes_every_subscriber(postgres_url: str) -> None:
    """A topic that this code does not know wakes every subscriber; known topics wake their own, as before."""
    async with listening(postgres_url) as changes:
        with changes.subscribe(Topic.CARDS) as cards, changes.subscribe(Topic.WORK) as work:
            await asyncio.wait_for(work.wait(), 10)
            cards.clear()
            work.clear()
            async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as console:
                await console.execute("SELECT pg_notify(%s, 'a newer topic')", [NOTIFY_CHANNEL])
                await asyncio.wait_for(asyncio.gather(cards.wait(), work.wait()), 10)
                cards.clear()
                work.clear()
                await console.execute("SELECT pg_notify(%s, %s)", [NOTIFY_CHANNEL, Topic.WORK])
                await asyncio.wait_for(work.wait(), 10)
            assert not cards.is_set()


async def test_changes_are_polled_for_behind_a_pooler_in_transaction_mode(
    postgres_server: str, postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Where LISTEN hears nothing, every change of another process is seen all the same, and the log says so once."""
    caplog.set_level(logging.WARNING)
    async with (
        pgbouncer(postgres_server, pool_mode="transaction") as pooler,
        listening(pooler.url(postgres_url)) as changes,
        stored(postgres_url) as other,
    ):
        asked = asyncio.create_task(receives_notifications(pooler.url(postgres_url)))
        with changes.subscribe(Topic.WORK) as work:
            await asyncio.wait_for(work.wait(), 30)
            work.clear()
            claim = await other.claimed()
            await asyncio.wait_for(work.wait(), 30)
            work.clear()
            await other.work.give_back(claim)
            await asyncio.wait_for(work.wait(), 30)
        assert not await asked
        async with asyncio.timeout(30):
            while LOGGED not in caplog.text:  # noqa: ASYNC110 - a log tells nobody
                await asyncio.sleep(0.05)
    assert caplog.messages.count(LOGGED) == 1


async def test_notifications_are_heard_through_a_pooler_in_session_mode(
    postgres_server: str, postgres_url: str
) -> None:
    """In session mode, where a pooler resets what it gives to the next client, LISTEN works as without it."""
    settings = {"pool_mode": "session", "server_reset_query": "DISCARD ALL"}
    async with (
        pgbouncer(postgres_server, **settings) as pooler,
        listening(pooler.url(postgres_url)) as changes,
        await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as console,
    ):
        with changes.subscribe(Topic.CARDS) as cards, changes.subscribe(Topic.WORK) as work:
            assert await receives_notifications(pooler.url(postgres_url))
            await asyncio.wait_for(cards.wait(), 10)
            cards.clear()
            work.clear()
            await console.execute("SELECT pg_notify(%s, %s)", [NOTIFY_CHANNEL, Topic.WORK])
            await asyncio.wait_for(work.wait(), 10)
            # A look at the database would have woken both.
            assert not cards.is_set()


async def test_a_connection_that_went_silent_is_replaced(postgres_url: str) -> None:
    """When the machine of a connection vanishes, which nobody tells, changes are heard of again through another."""
    async with Path(postgres_url) as path, listening(path.url, prove_every=0.2) as changes:
        with changes.subscribe(Topic.WORK) as work:
            await asyncio.wait_for(work.wait(), 10)
            path.abandon()
            work.clear()
            async with stored(postgres_url) as other:
                await other.asked()
                await asyncio.wait_for(work.wait(), 30)
