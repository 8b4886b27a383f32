"""What the place of a SQLite file has to allow: two more files beside it, and memory that processes share.

The bot's file is in WAL mode (https://www.sqlite.org/wal.html), which network file systems often cannot do.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from pathlib import Path

from sqlalchemy import Connection, text

from bot.errors import DatabaseUnusable

BESIDE = ("-wal", "-shm", "-journal")
"""What the names of SQLite's other files end with."""

_ROOM = 1_000_000
"""Bytes that have to be free: the tables alone take a tenth of it, and their log as much."""

_NO_WAL = (
    "the file system does not take SQLite's write-ahead log, as is usual for network shares; "
    "put the file on a disk of this machine, or use PostgreSQL"
)


def require_usable_place(file: Path) -> None:
    """Raise DatabaseUnusable if the file could not be opened or made there. Changes nothing."""
    try:
        # SQLite keeps its other files beside the target of a link.
        reason = _obstacle(file.resolve())
    except OSError as exc:
        reason = f"{file} cannot be reached: {exc.strerror}"
    if reason:
        raise DatabaseUnusable(reason)


def _obstacle(file: Path) -> str | None:
    if file.is_dir():
        return f"{file} is a folder; name a file in it"
    for one in (Path(f"{file}{suffix}") for suffix in ("", *BESIDE)):
        if one.exists() and not one.is_file():
            return f"{one} is no ordinary file"
        if one.exists() and not os.access(one, os.R_OK | os.W_OK):
            return f"the bot may not read and write the file {one}"
    if not file.parent.is_dir():
        return f"the folder {file.parent} does not exist; make it first"
    if not os.access(file.parent, os.W_OK | os.X_OK):
        return f"the bot may not write in the folder {file.parent}, where SQLite keeps two files beside its own"
    if shutil.disk_usage(file.parent).free < _ROOM:
        return f"the disk that has the folder {file.parent} is full"
    return None


def require_wal_in(folder: Path) -> None:
    """Raise DatabaseUnusable if SQLite cannot work in a folder; tested with a file that is removed again."""
    try:
        with tempfile.TemporaryDirectory(prefix=".replicate-delete-bot-", dir=folder) as own:
            _write_a_database(Path(own) / "probe.sqlite3")
    except (OSError, sqlite3.Error) as exc:
        raise DatabaseUnusable(f"{_NO_WAL} ({exc})") from exc


def _write_a_database(file: Path) -> None:
    with contextlib.closing(sqlite3.connect(file)) as connection:
        mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise DatabaseUnusable(_NO_WAL)
        connection.execute("CREATE TABLE probe (written INTEGER)")
        connection.commit()


def require_wal_of(connection: Connection) -> None:
    """Raise DatabaseUnusable if an open file is not in WAL mode, which SQLite does not report as an error."""
    if connection.execute(text("PRAGMA journal_mode")).scalar_one() != "wal":
        raise DatabaseUnusable(_NO_WAL)
