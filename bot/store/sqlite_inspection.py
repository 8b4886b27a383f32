"""Inspects a SQLite file for `python -m bot check`, which must leave nothing behind."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, NullPool, create_engine, event

from bot.store.migration import examine
from bot.store.sqlite_requirements import require_usable_place, require_wal_in

_LOCKED = 5.0
"""Seconds for which another process's transaction is waited for."""


def inspect_sqlite_file(file: Path) -> bool:
    """Return whether the tables are up to date; changes nothing, and makes no file.

    Raises DatabaseUnusable if a start could not work with the file, and SQLAlchemy's errors.
    """
    require_usable_place(file)
    require_wal_in(file.resolve().parent)
    if not file.exists():
        return False
    engine = create_engine("sqlite://", creator=lambda: _opened(file), poolclass=NullPool)
    # Taking the write lock shows whether the file can be written, without writing anything.
    event.listen(engine, "begin", _begin)
    with engine.connect() as connection:
        return examine(connection).is_up_to_date


def _opened(file: Path) -> sqlite3.Connection:
    """Open an existing file without changing its journal mode."""
    address = f"file:{quote(str(file))}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=_LOCKED, isolation_level=None)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
