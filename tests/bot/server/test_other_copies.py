"""Connections of other copies of the bot, which work on another database."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.server.other_copies import OtherCopies, surplus_connections
from bot.store.database import Database
from bot.store.processes import LIVES_FOR, LiveProcess, ProcessStore
from tests.bot.stored import Stored, stored


@pytest.mark.parametrize(
    ("connections", "live", "own", "surplus"),
    [
        (1, 1, 1, 0),
        (2, 1, 1, 1),
        (2, 1, 2, 0),
        (3, 3, 1, 0),
        (4, 3, 2, 0),
        (6, 3, 2, 2),
        (1, 3, 1, 0),
        (0, 1, 1, 0),
    ],
)
def test_a_surplus_is_what_no_process_here_has(connections: int, live: int, own: int, surplus: int) -> None:
    """Connections count as others' beyond this process's own and one for each other live process."""
    assert surplus_connections(connections, live=live, own=own) == surplus


async def begin(stores: Stored) -> ProcessStore:
    """Have one more process be live."""
    process = ProcessStore(stores.database)
    await process.beat(LiveProcess("acme", "T1", "policy"))
    return process


async def test_another_copy_is_told_once_per_change(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    """More connections than live processes have are told once, again when they change, and when there are none."""
    caplog.set_level(logging.INFO, "bot.server.other_copies")
    async with stored(sqlite_url) as stores:
        others = OtherCopies(await begin(stores))
        await begin(stores)
        for connections in (2, 3, 3, 4, 4, 2, 2):
            await others.compare(connections, own=1)
        told = [record.message for record in caplog.records]
        assert len(told) == 3
        assert told[0].startswith("Slack counts 3 connections of this app, 1 more than the processes on this database")
        assert told[1].startswith("Slack counts 4 connections of this app, 2 more")
        assert told[2] == "Slack counts no more connections of this app than there should be"
        stores.clock.shift += LIVES_FOR + 1
        await others.compare(2, own=1)
        assert len(caplog.records) == 4


async def test_nothing_is_told_without_the_database(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While the database is away nothing is known of other processes, so nothing is told."""
    away = Database(parse_database_url(f"sqlite:///{tmp_path}/nowhere/bot.sqlite3"), Clock())
    await OtherCopies(ProcessStore(away)).compare(5, own=1)
    await away.close()
    assert [record for record in caplog.records if record.name == "bot.server.other_copies"] == []
