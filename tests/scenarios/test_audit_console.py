"""`python -m bot audit` at a console: in the wrong directory, and read only in part."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.scenarios.audit_console import audit
from tests.scenarios.stage import Stage, _inherited


async def test_audit_without_a_database_file_fails_and_makes_none(stage: Stage, tmp_path: Path) -> None:
    """Where there is no SQLite file the command says so, makes none, and fails."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    stage.environment["DATABASE_URL"] = "sqlite:///bot.sqlite3"
    told = await audit(stage, elsewhere)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(f"The bot has no database at {elsewhere / 'bot.sqlite3'}")
    assert "DATABASE_URL" in told.stderr
    assert list(elsewhere.iterdir()) == []


async def test_an_audit_ends_quietly_when_its_reader_closes(stage: Stage, tmp_path: Path) -> None:
    """Where nobody reads the answer any more the command ends without a word about it."""
    async with stage.bot():
        pass
    reading, writing = os.pipe()
    os.close(reading)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "audit", "--format", "csv"),
        env={**_inherited(), **stage.environment},
        cwd=tmp_path,
        stdout=writing,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writing)
    _, err = await process.communicate()
    assert (process.returncode, err.decode()) == (1, "")
