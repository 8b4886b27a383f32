"""Word of a change from other processes, which may run other code."""

from __future__ import annotations

import asyncio

import psycopg

from bot.store.word import CHANNEL, Topic, Word, listen


async def test_a_word_that_is_not_known(postgres_url: str) -> None:
    """A word that only newer code knows wakes everybody, and those that are known are heard after it as before."""
    word = Word()
    with word.hearing(Topic.CARDS) as cards, word.hearing(Topic.WORK) as work:
        listener = asyncio.create_task(listen(postgres_url, word))
        await asyncio.wait_for(work.wait(), 10)
        cards.clear()
        work.clear()
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as console:
            await console.execute("SELECT pg_notify(%s, 'a newer word')", [CHANNEL])
            await asyncio.wait_for(asyncio.gather(cards.wait(), work.wait()), 10)
            cards.clear()
            work.clear()
            await console.execute("SELECT pg_notify(%s, %s)", [CHANNEL, Topic.WORK])
            await asyncio.wait_for(work.wait(), 10)
        assert not cards.is_set()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)
