"""Word of a change from other processes, which may run other code."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import psycopg
import pytest

from bot.store.notify import NOTIFY_CHANNEL, ChangeBus, Topic, listen, watch


async def test_a_word_that_is_not_known(postgres_url: str) -> None:
    """A word that only newer code knows wakes everybody, and those that are known are heard after it as before."""
    changes = ChangeBus()
    with changes.subscribe(Topic.CARDS) as cards, changes.subscribe(Topic.WORK) as work:
        listener = asyncio.create_task(listen(postgres_url, changes))
        await asyncio.wait_for(work.wait(), 10)
        cards.clear()
        work.clear()
        async with await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as console:
            await console.execute("SELECT pg_notify(%s, 'a newer word')", [NOTIFY_CHANNEL])
            await asyncio.wait_for(asyncio.gather(cards.wait(), work.wait()), 10)
            cards.clear()
            work.clear()
            await console.execute("SELECT pg_notify(%s, %s)", [NOTIFY_CHANNEL, Topic.WORK])
            await asyncio.wait_for(work.wait(), 10)
        assert not cards.is_set()
        listener.cancel()
        await asyncio.gather(listener, return_exceptions=True)


@pytest.mark.parametrize("steps", range(6))
def test_watching_given_up_at_once(tmp_path: Path, steps: int) -> None:
    """Watching a file that is given up while the file is being opened leaves no thread behind that still does it."""

    async def given_up() -> None:
        watching = asyncio.create_task(watch(str(tmp_path / "bot.sqlite3"), ChangeBus()))
        for _ in range(steps):
            await asyncio.sleep(0)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    # A thread that has to do with a loop after its end says so by an exception, which pytest takes for a failure.
    for _ in range(30):
        asyncio.run(given_up())
    for thread in set(threading.enumerate()) - {threading.current_thread()}:
        if thread.name.endswith("(_connection_worker_thread)"):
            thread.join(10)
