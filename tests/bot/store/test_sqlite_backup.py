"""Backups of a SQLite file: whole, private, and there complete or not at all."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.errors import BackupFailed
from bot.store.sqlite_backup import back_up_sqlite


def test_a_backup_is_whole_private_and_never_over_another_file(sqlite_url: str, tmp_path: Path) -> None:
    """A backup has what is still in the write-ahead log, is readable for its owner alone, and replaces no file."""
    source = Path(sqlite_url.removeprefix("sqlite:///"))
    with sqlite3.connect(source) as writing:
        assert writing.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",)
        writing.execute("INSERT INTO audit (at, event, detail) VALUES (1000.5, 'asked', '')")
        writing.commit()
        folder = tmp_path / "backups"
        folder.mkdir()
        made = back_up_sqlite(source, folder / "copy.sqlite3")
        assert (made.last_entry, made.last_at) == (1, 1000.5)
    writing.close()
    assert [path.name for path in folder.iterdir()] == ["copy.sqlite3"]
    copy = folder / "copy.sqlite3"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.stat().st_size == made.size
    before = copy.read_bytes()
    with pytest.raises(BackupFailed, match="is there already"):
        back_up_sqlite(source, copy)
    assert copy.read_bytes() == before


def test_a_backup_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    """A file that is no database of the bot's is refused, and neither the backup nor a part of it is left."""
    source = tmp_path / "other.sqlite3"
    source.write_text("this is no database" * 1000)
    for to in (tmp_path / "copy.sqlite3", tmp_path / "missing" / "copy.sqlite3"):
        with pytest.raises(BackupFailed, match="No backup"):
            back_up_sqlite(source, to)
    assert [path.name for path in tmp_path.iterdir()] == ["other.sqlite3"]
