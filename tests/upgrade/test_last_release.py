"""A database of the last release goes through the start of this code, and that code works on these tables."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.store.database import Database
from tests.scenarios.stage import ANA, BEN, OPS, Stage
from tests.scenarios.stage import stage as open_stage
from tests.upgrade.last_release import LastRelease, code_of_last_release, last_release

AN_HOUR = 3700.0
"""Seconds after which the time to undo is over, and cards are looked for."""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """The file of a database."""
    return tmp_path / "bot.sqlite3"


@pytest.fixture
def old(database: Path) -> LastRelease:
    """What is open in the database, which the last release made."""
    return last_release(database)


@pytest.fixture
async def stage(database: Path) -> AsyncIterator[Stage]:
    """A stage whose bots work on that file."""
    async with open_stage(f"sqlite:///{database}") as opened:
        yield opened


@pytest.fixture
async def open_anywhere(empty_url: str) -> AsyncIterator[Stage]:
    """A stage on each kind of database, without tables."""
    async with open_stage(empty_url) as opened:
        yield opened


async def test_a_database_of_the_last_release_is_carried_on(stage: Stage, old: LastRelease) -> None:
    """What the last release began is finished, what it had approved is carried out, and what waits can be approved."""
    old.put_into(stage)
    before = stage.rows("SELECT id, at, event, detail FROM audit ORDER BY id")
    ended = stage.rows("SELECT id, state, finished_at FROM requests WHERE finished_at IS NOT NULL")
    async with stage.bot():
        await stage.recorded(
            "SELECT id FROM requests WHERE state = 'finished' AND target_count = :count", count=len(old.stopped)
        )
        stage.clock.shift += AN_HOUR
        undone = f"%{old.undoable}"
        await stage.recorded("SELECT position FROM targets WHERE version_id LIKE :id AND state = 'deleted'", id=undone)
        waits = await stage.slack.until(lambda: [m for m in stage.cards() if "Approve" in m.buttons])
        await stage.slack.click(BEN, waits[0], "Approve")
        waited = f"%{old.waiting}"
        await stage.recorded("SELECT position FROM targets WHERE version_id LIKE :id AND state = 'deleted'", id=waited)
        await stage.recorded("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM requests WHERE finished_at IS NULL)")
        await stage.card_rests()
    sent = [*old.sent, *stage.deletions()]
    assert len(sent) == len(set(sent))
    assert stage.rows(
        "SELECT DISTINCT state FROM targets WHERE request_id IN (SELECT id FROM requests WHERE state = 'finished')"
    ) == [("deleted",)]
    assert stage.rows("SELECT id, at, event, detail FROM audit ORDER BY id")[: len(before)] == before
    for row in ended:
        assert row in stage.rows("SELECT id, state, finished_at FROM requests")


async def test_a_keep_of_the_last_release_still_holds(stage: Stage, old: LastRelease) -> None:
    """A version that somebody kept with the last release is left out of a new request."""
    old.put_into(stage)
    async with stage.bot():
        preview = await stage.ask("acme/b --all")
    assert old.kept[:12] in preview.text
    [other] = [version_id for version_id, _ in old.models["acme/b"] if version_id != old.kept]
    drafted = stage.rows(
        "SELECT t.version_id FROM targets t JOIN requests r ON r.id = t.request_id WHERE r.state = 'draft'"
    )
    assert drafted == [(other,)]


async def test_the_last_release_works_on_these_tables(open_anywhere: Stage, tmp_path: Path) -> None:
    """A bot of the last release that runs while this code brings the tables up to date carries its requests out."""
    stage, folder = open_anywhere, tmp_path / "last-release"
    folder.mkdir()
    code = {"PYTHONPATH": str(code_of_last_release(folder)), "PYTHONSAFEPATH": "1"}
    first, second = stage.replicate.add_model("acme/flux", versions=2)
    await stage.launch(code)
    card = await stage.request(f"acme/flux:{first}")
    async with Database(parse_database_url(stage.database_url), Clock()) as database:
        await database.open()
    await stage.slack.click(BEN, card, "Approve")
    await stage.card_says("Deleted 1 of 1")
    card = await stage.request(f"acme/flux:{second}")
    async with stage.bot():
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(lambda: len(stage.deletions()) == 2)
        await stage.recorded("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM requests WHERE finished_at IS NULL)")
    assert [m.text for m in stage.slack.sees(ANA, OPS) if "could not" in m.text] == []
    assert len(set(stage.deletions())) == len(stage.deletions()) == 2
