"""A start loads only what it needs."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from bot.store.tables import METADATA
from tests.scenarios.stage import CHECKOUT

_START = """
import asyncio, sys
from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.run import run
from bot.store.database import Database

async def main():
    database = Database(parse_database_url(sys.argv[1]), Clock())
    await database.open()
    await database.ping()
    await database.close()

asyncio.run(main())
print(*sys.modules)
"""


def _loaded(url: str) -> frozenset[str]:
    """Return the modules that are loaded once the bot's are, and a database whose tables are up to date is open."""
    return _printed_by(_START, url)


def _printed_by(program: str, *arguments: str) -> frozenset[str]:
    """Return the words that a program prints in a process of its own."""
    command = [sys.executable, "-c", program, *arguments]
    printed = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own
    return frozenset(printed.split())


NEEDLESS = (
    *("alembic", "bot.store.partial_indexes", "bot.store.early_tables", "bot.policy_file.tables", "bot.console"),
    *("sqlalchemy.orm", "httpcore", "bot.store.restored_copy", "prometheus_client"),
)
LATER = ("bot.assembly", "handlers", "bot.planning", "bot.deletion", "bot.delivery")
"""What is loaded while Slack's first connection is being opened."""


@pytest.mark.parametrize(
    ("database", "own", "others"),
    [
        ("sqlite_url", "aiosqlite", ("psycopg", "sqlalchemy.dialects.postgresql", "bot.store.postgres_engine")),
        ("postgres_url", "psycopg", ("aiosqlite", "sqlalchemy.dialects.sqlite")),
    ],
)
def test_a_start_loads_the_driver_of_its_database_and_no_migrations(
    request: pytest.FixtureRequest, database: str, own: str, others: tuple[str, ...]
) -> None:
    """On tables that are up to date it loads neither Alembic, nor what the other kind of database needs."""
    loaded = _loaded(request.getfixturevalue(database))
    assert own in loaded
    assert loaded.isdisjoint((*NEEDLESS, *LATER, *others))


_COMPARED = "import bot.store.migration; from bot.store.tables import METADATA; print(*METADATA.tables)"


def test_every_table_is_compared_with_what_the_code_needs() -> None:
    """Whoever only opens a database has all tables of the program loaded, so that none goes without the comparison."""
    compared = _printed_by(_COMPARED)
    modules = [path.stem for path in (CHECKOUT / "bot" / "store").glob("*tables.py")]
    for name in sorted({*modules} - {"early_tables", "all_tables"}):
        import_module(f"bot.store.{name}")
    assert compared == set(METADATA.tables)
