"""Makes a SQLite file readable for its owner only, as it has the requests and the snapshots of private models."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from bot.store.sqlite_requirements import BESIDE

_OWNER_ONLY = 0o600
_OTHERS = 0o077
_log = logging.getLogger(__name__)


def make_private(name: str) -> None:
    """Create the file if it does not exist, and leave only its owner access to it and to SQLite's other files.

    SQLite creates those with the permissions of the database file (https://www.sqlite.org/wal.html). If the
    permissions cannot be changed, this is logged, and the file is used as it is.
    """
    try:
        os.close(os.open(name, os.O_RDWR | os.O_CREAT, _OWNER_ONLY))
        # What SQLite keeps beside a file is beside what a link leads to.
        file = Path(name).resolve()
        for path in (Path(f"{file}{suffix}") for suffix in ("", *BESIDE)):
            if path.exists() and path.stat().st_mode & _OTHERS:
                path.chmod(_OWNER_ONLY)
    except OSError as exc:
        _log.warning("the permissions of %s could not be changed: %s", name, exc.strerror)
