"""Keeps, raced with a worker in another process: whoever is told that something is kept will still have it."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

import pytest

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.requests.decisions import Actor
from bot.requests.keeps import Keeping
from bot.store.database import Database
from bot.store.keeps import KeepStore
from tests.scenarios.stage import BEN, OPS, Stage

RACES = int(os.environ.get("KEEP_RACES", "20"))
"""How many keeps are placed; `make races` places 200 on each kind of database."""

PER_RACE = 8
"""Versions to delete for each keep, so that they last until the final one."""

LATER, SOONER = 1.5, 0.6
"""How much longer or shorter the next keep waits after one that came in time, or too late: so they get ever closer."""

FAST = {"REPLICATE_RATE_LIMIT": "3000", "REPLICATE_CONCURRENCY": "2"}


@pytest.mark.timeout(600)
async def test_what_was_kept_before_its_delete_is_never_deleted(anywhere: Stage) -> None:
    """Of keeps placed around the moment of a DELETE in another process, each that is acknowledged holds."""
    stage = anywhere
    ids = stage.replicate.add_model("acme/flux", versions=PER_RACE * RACES + 10)
    await stage.launch(FAST)
    card = await stage.request("acme/flux --all")
    await stage.slack.click(BEN, card, "Approve")
    kept, late, delay = set[str](), set[str](), 0.01
    async with keep_store(stage) as keeps:
        for _ in range(RACES):
            await another_sent(stage)
            request_id, position = next_to_send(stage)
            await asyncio.sleep(delay)
            placed = await keeps.place(request_id, Keeping(frozenset({position}), "raced"), Actor(BEN, "T", OPS))
            kept |= {str(target.version_id) for target in placed.out.kept}
            late |= {str(target.version_id) for target in placed.out.too_late}
            delay *= LATER if placed.out.kept else SOONER
    await stage.card_says("Deleted ", timeout=120)
    await stage.recorded("SELECT id FROM requests WHERE state = 'finished'")
    sent = {path.rpartition("/")[2] for path in stage.deletions()}
    assert kept.isdisjoint(sent)
    assert kept == set(stage.ids("acme/flux"))
    assert kept | sent == set(ids)
    assert kept, "no keep came in time"
    assert late, "every keep came in time, so nothing was raced"
    assert late <= sent


async def another_sent(stage: Stage) -> None:
    """Wait until another DELETE has reached Replicate."""
    begun = len(stage.deletions())
    await stage.slack.until(lambda: len(stage.deletions()) > begun)


def next_to_send(stage: Stage) -> tuple[str, int]:
    """Return the request that is carried out, and the target whose DELETE is sent next but one."""
    rows = stage.rows(
        "SELECT request_id, position FROM targets WHERE state = 'planned' AND sent_at IS NULL ORDER BY position LIMIT 2"
    )
    request_id, position = rows[-1]
    return request_id, position


@contextlib.asynccontextmanager
async def keep_store(stage: Stage) -> AsyncIterator[KeepStore]:
    """Open the bot's database in this process, beside the bot's own."""
    database = Database(parse_database_url(stage.database_url), Clock())
    try:
        yield KeepStore(database)
    finally:
        await database.close()
