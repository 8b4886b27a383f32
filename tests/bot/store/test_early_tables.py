"""Databases that earlier versions of the bot made: the start adds what their tables lack, and requests go on."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, NullPool, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.requests.outcomes import Outcome
from bot.requests.overview import OverviewSizes
from bot.requests.policy import Approvers
from bot.requests.request import Event, State, TargetState
from bot.requests.terms import Terms
from bot.requests.transitions import approve
from bot.store import migration
from bot.store.database import Database
from bot.store.overview import OverviewStore
from bot.store.schedule import catch_up
from tests.bot.store.early_forms import MIGRATIONS, Early, Form
from tests.bot.stored import BEN, Stored, named_by, stored
from tests.scenarios.stage import stage

NEWEST = max(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))
EARLY = [
    Early(Form.WITHOUT_SNAPSHOTS),
    Early(Form.WITHOUT_PICKERS),
    Early(Form.WITHOUT_ORIGINS, "0005"),
    Early(Form.WITHOUT_CLAIM_TIMES, "0004"),
    Early(Form.WITHOUT_CLAIM_TIMES, NEWEST),
    Early(Form.LAST),
]
THEN = Terms(1, Approvers(users=frozenset({"UBEN", "UCHLOE"})))


def console(url: str) -> Any:  # noqa: ANN401 - a generator-based context manager
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool).begin()


@pytest.fixture(params=EARLY, ids=str)
def early_url(request: pytest.FixtureRequest, empty_url: str, tmp_path: Path) -> str:
    """A database as an earlier version left it, of each kind."""
    request.param.make(empty_url, tmp_path)
    return empty_url


async def carry_out(stores: Stored) -> None:
    """Have a worker claim the next request and end it with its target deleted."""
    claim = await stores.work.claim()
    assert claim is not None
    assert claim.objection == ""
    targets = await stores.work.targets(claim, TargetState.PLANNED)
    assert await stores.work.mark_sent(claim, targets)
    await stores.work.record(claim, [Outcome(target, TargetState.DELETED) for target in targets])
    await stores.work.finish(claim, State.FINISHED)


async def test_a_request_goes_its_whole_way_on_tables_of_an_earlier_version(early_url: str) -> None:
    """After a start on any early form of the tables a request goes from its preview to its end."""
    async with stored(early_url) as stores:
        request_id = await stores.asked(trigger="2")
        await stores.requests.apply(request_id, approve("UBEN", "TACME", {}, THEN, counts_for={THEN.base.key}), BEN)
        await carry_out(stores)
        story = await stores.trail.story(request_id)
    assert story is not None
    told = [entry.event for entry in story.entries]
    assert told == [Event.ASKED, Event.APPROVED, Event.STARTED, Event.TARGET_ENDED, Event.FINISHED]


@pytest.mark.parametrize("early", [Early(Form.WITHOUT_SNAPSHOTS), Early(Form.WITHOUT_CLAIM_TIMES, NEWEST)], ids=str)
async def test_requests_of_an_earlier_version_can_be_read_and_decided(
    empty_url: str, tmp_path: Path, early: Early
) -> None:
    """Old requests are in the Home tab and the audit with what they left out, and an open one can be decided.

    What is carried out has to be pinned in the audit trail, which the first code did not do: such a request ends.
    """
    early.make(empty_url, tmp_path)
    async with stored(empty_url) as stores:
        await catch_up(stores.database)
        overview = await OverviewStore(stores.database, OverviewSizes(5, 5, 2)).overview("UBEN", named_by(THEN), THEN)
        assert [entry.request.id for entry in overview.waiting.entries] == ["R-WAIT2"]
        done = await stores.requests.get("R-DONE2")
        assert done.counts == {TargetState.DELETED: 1}
        assert [one.request.id async for page in stores.trail.request_pages() for one in page] != []
        await stores.requests.apply("R-WAIT2", approve("UBEN", "TACME", {}, THEN, counts_for={THEN.base.key}), BEN)
        claim = await stores.work.claim()
    assert claim is not None
    assert claim.request_id == "R-WAIT2"
    assert claim.objection != ""


async def test_what_can_be_counted_is_filled_in(empty_url: str, tmp_path: Path) -> None:
    """Requests from before targets and what was left out were counted have their numbers."""
    Early(Form.WITHOUT_SNAPSHOTS).make(empty_url, tmp_path)
    async with stored(empty_url):
        pass
    with console(empty_url) as connection:
        counted = connection.execute(text("SELECT id, target_count, left_out_count FROM requests ORDER BY id")).all()
    assert counted == [("R-DONE2", 1, 1), ("R-WAIT2", 1, 1)]


async def test_old_entries_of_the_audit_are_protected_by_every_trigger(empty_url: str, tmp_path: Path) -> None:
    """After the start nothing of the audit trail can be changed or deleted, and on SQLite nothing be replaced."""
    Early(Form.WITHOUT_SNAPSHOTS).make(empty_url, tmp_path)
    async with stored(empty_url):
        pass
    with console(empty_url) as connection:
        connection.execute(text("INSERT INTO kept_schemas VALUES ('d', '')"))
        before = connection.execute(text("SELECT * FROM audit ORDER BY id")).all()
    for change in ("UPDATE audit SET detail = 'x'", "DELETE FROM audit", "UPDATE kept_schemas SET body = ''"):
        with console(empty_url) as connection, pytest.raises(DBAPIError, match="append-only"):
            connection.execute(text(change))
    with console(empty_url) as connection:
        if connection.dialect.name == "sqlite":
            connection.execute(text("INSERT OR REPLACE INTO audit SELECT * FROM audit"))
        assert connection.execute(text("SELECT * FROM audit ORDER BY id")).all() == before


def revision(connection: Connection) -> object:
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()


async def test_what_is_added_needs_no_new_revision(empty_url: str, tmp_path: Path) -> None:
    """Tables that are at the newest revision get their columns and stay at it, so that older code can still start."""
    Early(Form.WITHOUT_CLAIM_TIMES, NEWEST).make(empty_url, tmp_path)
    async with stored(empty_url):
        pass
    with console(empty_url) as connection:
        assert revision(connection) == NEWEST
        columns = {column["name"]: column for column in inspect(connection).get_columns("requests")}
    assert {"claimed_at", "left_out_count"} <= columns.keys()


@pytest.mark.parametrize("early", [Early(Form.WITHOUT_SNAPSHOTS), Early(Form.WITHOUT_CLAIM_TIMES, NEWEST)], ids=str)
async def test_processes_that_start_at_once_mend_the_tables_once(empty_url: str, tmp_path: Path, early: Early) -> None:
    """Of several processes that start at once on old tables one brings them up to date, and all are ready."""
    early.make(empty_url, tmp_path)
    opened = [Database(parse_database_url(empty_url), Clock()) for _ in range(4)]
    try:
        await asyncio.gather(*(database.open() for database in opened))
        assert [await database.inspect() for database in opened] == [True] * 4
    finally:
        await asyncio.gather(*(database.close() for database in opened))


async def test_the_bot_deletes_a_model_on_a_database_of_an_earlier_version(tmp_path: Path) -> None:
    """The whole bot starts on a database of its first days and carries a request out."""
    url = f"sqlite:///{tmp_path / 'bot.sqlite3'}"
    Early(Form.WITHOUT_SNAPSHOTS).make(url, tmp_path)
    async with stage(url) as opened:
        opened.replicate.add_model("acme/empty")
        async with opened.bot():
            # The card of the old open request, which is not in this channel, is posted anew.
            await opened.slack.until(lambda: opened.cards()[0])
            card = await opened.request("acme/empty", command="/delete-model")
            await opened.slack.click("UBEN", card, "Approve")
            await opened.card_says("Deleted 1 of 1")
    assert opened.deletions() == ["/models/acme/empty"]


def test_the_folder_of_the_migrations_may_have_any_name(tmp_path: Path) -> None:
    """A percent sign in the code's path, which Alembic's settings take for a reference, keeps nothing from starting."""
    folder = tmp_path / "100%s"
    shutil.copytree(MIGRATIONS, folder)
    engine = create_engine(f"sqlite:///{tmp_path / 'new.sqlite3'}", poolclass=NullPool)
    with pytest.MonkeyPatch.context() as patch, engine.begin() as connection:
        patch.setattr(migration, "_MIGRATIONS", folder)
        migration.bring_up_to_date(connection)
        assert revision(connection) == NEWEST
