"""Copies a SQLite file while it is in use, by SQLite's own online backup (https://www.sqlite.org/backup.html).

A copy of the file alone would lack what is still in its write-ahead log (https://www.sqlite.org/wal.html).
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from bot.errors import BackupFailed
from bot.store.backup_mark import BACKUP_MARK
from bot.store.sqlite_requirements import BESIDE

_OWNER_ONLY = 0o600


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup: its size in bytes, and the number and the time of the last entry in its audit trail, 0 without any."""

    size: int
    last_entry: int
    last_at: float


def back_up_sqlite(source: Path, to: Path) -> MadeBackup:
    """Copy a database to a new file that only its owner can read: there complete and checked, or not at all.

    Raises BackupFailed; then no file was made.
    """
    if to.exists() or to.is_symlink():
        raise BackupFailed(f"{to} is there already, and no backup was made. Name a file that is not there yet.")
    part = to.with_name(f".{to.name}.{os.getpid()}.part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY))
        entry, at = _copied(source, part)
        _to_disk(part)
        size = part.stat().st_size
        part.rename(to)
        _to_disk(to.parent)
    except (OSError, sqlite3.Error) as exc:
        said = exc.strerror if isinstance(exc, OSError) else exc
        raise BackupFailed(f"No backup of {source} was made at {to}: {said}. The database is as it was.") from exc
    finally:
        for ending in ("", *BESIDE):
            Path(f"{part}{ending}").unlink(missing_ok=True)
    return MadeBackup(size, entry, at)


def _copied(source: Path, part: Path) -> tuple[int, float]:
    """Copy, mark and check; return the number and the time of the last entry in the audit trail."""
    with (
        contextlib.closing(sqlite3.connect(f"file:{quote(str(source))}?mode=rw", uri=True)) as reading,
        contextlib.closing(sqlite3.connect(part, isolation_level=None)) as writing,
    ):
        # In one step, so that it is one moment: in WAL mode others write meanwhile all the same.
        reading.backup(writing)
        # One file; the bot sets the mode again when it opens it.
        writing.execute("PRAGMA journal_mode = DELETE").fetchall()
        writing.execute(f"PRAGMA user_version = {BACKUP_MARK}")
        problems = [line for (line,) in writing.execute("PRAGMA integrity_check")]
        if problems != ["ok"]:
            raise sqlite3.DatabaseError(f"the copy is damaged, and so may the database be ({problems[0]})")
        last = writing.execute("SELECT id, at FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    return last or (0, 0.0)


def _to_disk(path: Path) -> None:
    """Have the system write a file, or the names in a folder, to the disk. Windows opens no folders."""
    if os.name == "nt" and path.is_dir():
        return
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
