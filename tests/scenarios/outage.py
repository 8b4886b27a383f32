"""A PostgreSQL database that is away for a while, as in a failover: everybody is thrown out, and nobody gets in."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import psycopg
from sqlalchemy import make_url


@contextlib.contextmanager
def away(server: str, url: str) -> Iterator[None]:
    """Take the database at `url` away from everybody for as long as the block lasts."""
    name = make_url(url).database
    _rename(server, f"{name}", f"{name}_away")
    try:
        yield
    finally:
        _rename(server, f"{name}_away", f"{name}")


def _rename(server: str, old: str, new: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {old} ALLOW_CONNECTIONS false".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [old])
        connection.execute(f"ALTER DATABASE {old} RENAME TO {new}".encode())
        connection.execute(f"ALTER DATABASE {new} ALLOW_CONNECTIONS true".encode())
