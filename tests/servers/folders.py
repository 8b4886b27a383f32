"""Folders for servers that do not run as root, also where the tests do."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

SERVER_USER = "pgserver" if os.geteuid() == 0 else None
"""The user as whom servers run; None: as the tests. PostgreSQL and PgBouncer refuse root; the wheel makes this one."""


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder for as long as the block lasts, into which that user can go; short, as paths of sockets have to be."""
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        made = Path(name)
        made.chmod(0o711)
        yield made


def owned(path: Path) -> Path:
    """Make a folder that belongs to that user."""
    path.mkdir()
    if SERVER_USER is not None:
        shutil.chown(path, SERVER_USER)
    return path
