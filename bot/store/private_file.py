"""A SQLite file that only its owner can read: it holds who asked for what, and what was kept of private models."""

from __future__ import annotations

import logging
import os
from pathlib import Path

_OWNER_ONLY = 0o600
_OTHERS = 0o077
_BESIDE = ("", "-wal", "-shm", "-journal")
_log = logging.getLogger(__name__)


def make_private(name: str) -> None:
    """Make the file, if it is not there, and take it from everybody but its owner, with the files that SQLite adds.

    SQLite gives those the permissions of the file itself (https://www.sqlite.org/wal.html). Where that is not
    possible, the log says so once, and the file is used as it is.
    """
    if not name or name == ":memory:":
        return
    try:
        os.close(os.open(name, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
        for path in (Path(name + end) for end in _BESIDE):
            if path.exists() and path.stat().st_mode & _OTHERS:
                path.chmod(_OWNER_ONLY)
    except OSError as exc:
        _log.warning("the permissions of %s could not be changed: %s", name, exc.strerror)
