"""The tables as the migrations make them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Executable, Table, delete, select, text, update
from sqlalchemy.exc import DBAPIError

import bot.store.partial_indexes  # noqa: F401 - adds them to the tables
from bot.requests.keeps import Keeping
from bot.requests.request import Target
from bot.requests.snapshots import ModelSnapshot, VersionSnapshot, canonical, compressed
from bot.requests.transitions import cancel
from bot.store.all_tables import METADATA
from bot.store.append_only import APPEND_ONLY
from bot.store.keeps import KeepStore
from bot.store.removal import DRAFTS_GO_AFTER, RemovalStore
from bot.store.removed_entries import keep_digests
from bot.store.tables import AUDIT
from tests.bot.stored import ANA, BEN, FLUX, Stored, stored

CHECKOUT = Path(__file__).parents[3]
SCHEMA = compressed("0" * 64, canonical({"openapi": "3.0.2"}))


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


@pytest.fixture
async def filled(stores: Stored) -> Stored:
    await fill(stores)
    return stores


async def fill(stores: Stored) -> None:
    """Put a row into every table whose rows stay as they are."""
    await stores.snapshots.store_schemas([SCHEMA])
    version = VersionSnapshot(FLUX, "v1", 1.0, "0.9.4", SCHEMA.digest)
    claim = await stores.claimed(Target(0, FLUX, "v1", 1.0), versions=[version])
    await stores.snapshots.store_models(claim.request_id, [ModelSnapshot(FLUX, "{}", "# flux")])
    await KeepStore(stores.database).place(claim.request_id, Keeping(frozenset({0}), "compared"), BEN)
    async with stores.database.writing() as connection:
        await keep_digests(connection, [claim.request_id])
    await stores.requests.apply(await stores.draft(trigger="cancelled"), cancel("UANA"), ANA)
    stores.clock.shift += DRAFTS_GO_AFTER + 60
    await RemovalStore(stores.database).remove_old_drafts()


def differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": defaults_differ})
    return list(compare_metadata(context, METADATA))


def defaults_differ(*compared: object) -> bool:
    """Compare what the database says of a default with ours; it adds quotes, brackets or a type."""
    return _plain(compared[3]) != _plain(compared[5])


def _plain(default: object) -> str | None:
    return None if default is None else str(default).partition("::")[0].strip("()'")


FOR_THE_VERSION_BEFORE = {
    *("card_revision", "card_drawn_at", "card_until", "card_lease", "card_failures"),
    *("pointed_at", "reminded_at", "told_origin_at", "replied_at"),
    *("listed_at", "result_listed_at", "list_until", "list_lease", "list_pages", "list_failures"),
}
"""Columns that only the version before uses, and that go with the next one."""


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # SQLAlchemy cannot read those of SQLite
async def test_the_migrations_make_the_tables_that_the_store_uses(stores: Stored) -> None:
    """What the migrations make is what the store's tables say, column by column, and what the version before needs."""
    async with stores.database.reading() as connection:
        found = await connection.run_sync(differences)
    assert {(kind, column.name) for kind, _, _, column in found} == {
        ("remove_column", name) for name in FOR_THE_VERSION_BEFORE
    }


async def test_tables_are_made_once(empty_url: str) -> None:
    """A new database gets its tables at the first start; at the next one Alembic is not even loaded."""
    async with stored(empty_url) as stores:
        await stores.asked()
    sees = "import sys; print(any(name.startswith('alembic') for name in sys.modules))"
    start = f"import asyncio, tests.bot.stored as s; asyncio.run(s.opened_and_closed({empty_url!r})); {sees}"
    ran = await asyncio.create_subprocess_exec(
        sys.executable, "-c", start, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await ran.communicate()
    assert said.decode().strip() == "False"


async def rows(stores: Stored, table: Table) -> list[Any]:
    async with stores.database.reading() as connection:
        return list((await connection.execute(select(table))).all())


async def assert_refused(stores: Stored, table: Table, statement: Executable) -> None:
    before = await rows(stores, table)
    assert before
    with pytest.raises(DBAPIError, match="append-only"):
        async with stores.database.writing() as connection:
            await connection.execute(statement)
    assert await rows(stores, table) == before


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
async def test_nobody_changes_what_was_recorded(filled: Stored, table: Table) -> None:
    """The database refuses to change a row of any table that only grows, even to what it is already."""
    last = table.columns.values()[-1]
    await assert_refused(filled, table, update(table).values({last.name: last}))


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
async def test_nobody_deletes_what_was_recorded(filled: Stored, table: Table) -> None:
    """The database refuses to delete a row of any table that only grows."""
    await assert_refused(filled, table, delete(table))


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
async def test_nobody_empties_what_was_recorded(postgres_url: str, table: Table) -> None:
    """PostgreSQL refuses to truncate any table that only grows."""
    async with stored(postgres_url) as opened:
        await fill(opened)
        await assert_refused(opened, table, text(f"TRUNCATE {table.name} CASCADE"))


@pytest.mark.parametrize("table", APPEND_ONLY, ids=str)
async def test_nobody_replaces_what_was_recorded(sqlite_url: str, table: Table) -> None:
    """On SQLite, where INSERT OR REPLACE runs no trigger for the row it deletes, the row stays as it was."""
    *same, last = table.columns.values()
    columns = ", ".join(column.name for column in same)
    other = "NULL" if last.nullable else "'other'"
    replace = f"INSERT OR REPLACE INTO {table.name} SELECT {columns}, {other} FROM {table.name}"  # noqa: S608 - ours
    async with stored(sqlite_url) as opened:
        await fill(opened)
        before = await rows(opened, table)
        async with opened.database.writing() as connection:
            await connection.execute(text(replace))
        assert await rows(opened, table) == before


async def test_a_refused_change_does_not_block_the_next_entry(filled: Stored) -> None:
    """A refused change does not keep the next entry from being added."""
    before = len(await rows(filled, AUDIT))
    with pytest.raises(DBAPIError, match="append-only"):
        async with filled.database.writing() as connection:
            await connection.execute(AUDIT.delete())
    await filled.asked(trigger="2")
    assert len(await rows(filled, AUDIT)) == before + 1
