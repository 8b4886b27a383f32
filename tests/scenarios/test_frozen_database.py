"""A database that answers nothing and refuses nothing."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import stat
from collections.abc import AsyncIterator
from pathlib import Path as FilePath

import aiohttp
import psycopg
import pytest

from bot.store.advisory_locks import AdvisoryLock
from tests.scenarios.deletion_steps import stopped
from tests.scenarios.outage import Path
from tests.scenarios.outbox_rows import CARD_IS_FREE
from tests.scenarios.stage import ANA, BEN, Stage, free_port
from tests.scenarios.stage import stage as open_stage

DRAWN = CARD_IS_FREE


@pytest.fixture
async def path(postgres_url: str) -> AsyncIterator[Path]:
    async with Path(postgres_url) as opened:
        yield opened


async def test_a_frozen_database_is_told_and_clicks_work_later(path: Path, postgres_url: str) -> None:
    """While the database is frozen, people and platforms are told so; once it is back, the same click works."""
    port = free_port()
    async with open_stage(postgres_url) as stage:
        stage.environment["DATABASE_URL"] = path.url
        stage.replicate.add_model("acme/empty")
        async with stage.bot(port=port), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as health:
            card = await stage.request("acme/empty", command="/delete-model")
            await stage.recorded(DRAWN)
            path.freeze()
            told = await asyncio.wait_for(stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve")), 30)
            assert "database did not answer" in told
            async with health.get("/readyz") as ready, health.get("/healthz") as alive:
                assert (ready.status, alive.status) == (503, 200)
                assert (await ready.json())["database"] is False
            path.thaw()
            async with asyncio.timeout(60):
                while (await health.get("/readyz")).status != 200:  # noqa: ASYNC110 - health tells nobody
                    await asyncio.sleep(0.1)
            await stage.slack.click(BEN, card, "Approve")
            await stage.card_says("Deleted 1 of 1", timeout=60)
            await stage.replies()
        assert stage.deletions() == ["/models/acme/empty"]


async def test_sigterm_ends_a_process_with_a_frozen_database(path: Path, postgres_url: str) -> None:
    """SIGTERM ends a process whose database is frozen before the platform kills it."""
    async with open_stage(postgres_url) as stage:
        stage.environment["DATABASE_URL"] = path.url
        process = await stage.launch()
        path.freeze()
        await stage.slack.type_command(ANA, "COPS", "/delete-model", "acme/empty")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0


async def test_sigterm_ends_a_start_whose_database_froze(path: Path, postgres_url: str) -> None:
    """SIGTERM ends a start in time whose database froze while another process migrated it."""
    blocked = "SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    async with (
        open_stage(postgres_url) as stage,
        await psycopg.AsyncConnection.connect(postgres_url, autocommit=True) as other,
    ):
        stage.environment["DATABASE_URL"] = path.url
        await other.execute("SELECT pg_advisory_lock(%s)", [AdvisoryLock.MIGRATING.value])
        process = await stage.launch(connects=False)
        async with asyncio.timeout(30):
            while not await (await other.execute(blocked)).fetchall():  # noqa: ASYNC110 - a lock tells nobody
                await asyncio.sleep(0.05)
        path.freeze()
        assert await stopped(process) == 0


async def test_locked_sqlite_file_is_told_and_clicks_work_later(stage: Stage) -> None:
    """While another program holds the SQLite file's lock, people are told; afterwards the same click works."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.recorded(DRAWN)
        file = stage.database_url.removeprefix("sqlite:///")
        locking = sqlite3.connect(file, isolation_level=None, timeout=30, check_same_thread=False)
        # Beside the loop: the bot, which is on it, may have to let go of the lock first.
        await asyncio.to_thread(locking.execute, "BEGIN IMMEDIATE")
        told = await asyncio.wait_for(stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve")), 30)
        locking.execute("ROLLBACK")
        locking.close()
        assert "database did not answer" in told
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1", timeout=60)
        await stage.replies()


async def test_the_sqlite_files_are_readable_for_their_owner_only(stage: Stage) -> None:
    """The SQLite file, one that was there before too, and what SQLite puts beside it are readable for their owner."""
    file = FilePath(stage.database_url.removeprefix("sqlite:///"))
    file.touch(0o644)  # noqa: ASYNC240 - nothing else runs yet
    async with stage.bot():
        await stage.ask("help", command="/delete-model")
        files = sorted(file.parent.glob(f"{file.name}*"))
        assert len(files) > 1
        assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}


async def test_a_clock_set_back_by_an_hour_delays_nothing(anywhere: Stage) -> None:
    """An hour that the clock goes back holds up nothing: no reading, no card and no deletion waits for it."""
    stage = anywhere
    stage.hurries = False
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.clock.shift += 3600
    async with stage.bot():
        await stage.request(f"acme/flux:{version}")
        stage.clock.shift -= 3600
        card = stage.cards()[-1]
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1", timeout=60)
        answer = await stage.ask("acme/flux", command="/delete-model")
        await stage.replies()
    assert "asked the bot to send nothing" not in answer.text
