"""Change notifications from other processes, which may run other code."""

from __future__ import annotations

import asyncio

import psycopg

from bot.store.notify import NOTIFY_CHANNEL, ChangeBus, Topic, listen


async def test_an_unknown_topic_wakes_every_subscriber(postgres_url: str) -> None:
    """A topic that this code does not know wakes every subscriber; known topics wake their own, as before."""
    changes = ChangeBus()
    with changes.subscribe(Topic.CARDS) as cards, changes.subscribe(Topic.WORK) as work:
        listener = asyncio.create_task(listen(postgres_url, changes))
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
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
