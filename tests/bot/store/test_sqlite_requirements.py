"""What keeps a SQLite file from being used is told in one sentence, by the start and by a look that leaves nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.database_url import SqliteFile
from bot.errors import DatabaseUnusable
from bot.store.database import Database
from bot.store.sqlite_permissions import make_private
from tests.bot.stored import stored

CHECKOUT = Path(__file__).parents[3]


def files_in(folder: Path) -> dict[str, int]:
    return {path.name: path.lstat().st_mode for path in folder.rglob("*")}


async def refusal(file: Path) -> tuple[str, str]:
    """Return why a look, which changes nothing, and a start end."""
    before = files_in(file.parent) if file.parent.is_dir() else {}
    database = Database(SqliteFile(str(file)), Clock())
    try:
        with pytest.raises(DatabaseUnusable) as looked:
            await database.inspect()
        assert (files_in(file.parent) if file.parent.is_dir() else {}) == before
        with pytest.raises(DatabaseUnusable) as at_start:
            await database.open()
    finally:
        await database.close()
    assert "\n" not in looked.value.reason + at_start.value.reason
    return looked.value.reason, at_start.value.reason


def a_folder(file: Path) -> None:
    file.mkdir()


def a_pipe(file: Path) -> None:
    os.mkfifo(file)


def a_letter(file: Path) -> None:
    file.write_text("Dear database, " * 100)


def a_damaged_file(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("CREATE TABLE requests (id TEXT)")
    connection.close()
    file.write_bytes(file.read_bytes()[:100] + b"\x00" * 5000)


def a_log_that_cannot_be_made(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    connection.close()
    Path(f"{file}-shm").mkdir()


def a_link_to_nowhere(file: Path) -> None:
    file.symlink_to(file.parent / "missing" / "bot.sqlite3")


OBSTACLES: dict[Callable[[Path], None], str] = {
    a_folder: "is a folder; name a file in it",
    a_pipe: "is no ordinary file",
    a_letter: "the file is no SQLite database",
    a_damaged_file: "the file is damaged",
    a_log_that_cannot_be_made: "bot.sqlite3-shm is no ordinary file",
    a_link_to_nowhere: "does not exist; make it first",
}


@pytest.mark.parametrize("make", OBSTACLES, ids=lambda make: make.__name__)
async def test_what_is_in_the_way_of_the_file_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """A folder, a pipe, a link, another kind of file, a damaged one, or what is beside it, is told in one sentence."""
    make(tmp_path / "bot.sqlite3")
    for told in await refusal(tmp_path / "bot.sqlite3"):
        assert OBSTACLES[make] in told


async def test_a_missing_folder_and_a_name_that_is_too_long_are_told(tmp_path: Path) -> None:
    """A folder that does not exist is named; a name that no file may have is told as such."""
    assert f"the folder {tmp_path / 'nowhere'} does not exist" in (await refusal(tmp_path / "nowhere" / "bot"))[1]
    assert "File name too long" in (await refusal(tmp_path / ("a" * 300)))[1]


async def test_a_look_makes_and_changes_no_file(tmp_path: Path) -> None:
    """Looking neither makes a file, nor leaves one, nor turns an existing one into another mode."""
    file = tmp_path / "bot.sqlite3"
    database = Database(SqliteFile(str(file)), Clock())
    assert await database.inspect() is False
    assert files_in(tmp_path) == {}
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 7")
    connection.close()
    before = file.read_bytes()
    assert await database.inspect() is False
    await database.close()
    assert files_in(tmp_path).keys() == {"bot.sqlite3"}
    assert file.read_bytes() == before


async def test_a_look_while_the_bot_works_disturbs_nothing(sqlite_url: str, tmp_path: Path) -> None:
    """Looking at the file of a running bot leaves its log and its memory in place."""
    async with stored(sqlite_url) as stores:
        await stores.asked()
        before = files_in(tmp_path)
        other = Database(SqliteFile(str(tmp_path / "bot.sqlite3")), Clock())
        assert await other.inspect() is True
        await other.close()
        assert files_in(tmp_path) == before
        assert await stores.asked(trigger="2")


# Places that only a process of its own can be put into


PROGRAM = """
import asyncio, os, sys
from bot.clock import Clock
from bot.database_url import SqliteFile
from bot.errors import DatabaseUnusable
from bot.store.database import Database

async def main():
    database = Database(SqliteFile(sys.argv[1]), Clock())
    if sys.argv[2]:
        await asyncio.to_thread(len, "")  # another user may not read the modules of the standard library
        os.setuid(int(sys.argv[2]))
    for act in (database.inspect, database.open):
        try:
            await act()
        except DatabaseUnusable as exc:
            print(exc.reason)
        else:
            print("usable")
    await database.close()

asyncio.run(main())
"""


def told_in(file: Path, *before: str, user: str = "") -> list[str]:
    """Return what a look and a start say in a process that is begun by other programs, or by another user."""
    command = [*before, sys.executable, "-c", PROGRAM, str(file), user]
    ran = subprocess.run(  # noqa: S603 - ours
        command,
        cwd="/",
        env={"PYTHONPATH": str(CHECKOUT), "PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode != 0 and before:
        pytest.skip(f"this machine cannot: {ran.stderr.strip()}")
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that any user can reach, which pytest's own cannot be."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nobody() -> str:
    """The number of a user who may do little, for tests that are run by root, to whom no permission applies."""
    return "65534" if os.geteuid() == 0 else ""


def test_a_folder_that_may_not_be_written_is_told(open_folder: Path, nobody: str) -> None:
    """In a folder that the bot may only read, neither the file can be made nor the two beside it."""
    open_folder.chmod(0o555)
    told = told_in(open_folder / "bot.sqlite3", user=nobody)
    open_folder.chmod(0o755)
    assert [f"the bot may not write in the folder {open_folder}" in line for line in told] == [True, True]


def test_a_file_that_may_only_be_read_is_told(open_folder: Path, nobody: str) -> None:
    """A file that the bot may only read is told, before anything else is made in its folder."""
    file = open_folder / "bot.sqlite3"
    file.touch()
    file.chmod(0o444)
    open_folder.chmod(0o777)
    told = told_in(file, user=nobody)
    assert told == [f"the bot may not read and write the file {file}"] * 2


def test_a_link_in_a_folder_that_may_not_be_written_is_no_matter(
    open_folder: Path, nobody: str, sqlite_template: Path
) -> None:
    """Where the path is a link, what SQLite keeps beside the file is beside what the link leads to, for a look too."""
    data, links = open_folder / "data", open_folder / "links"
    for folder in (data, links):
        folder.mkdir()
    data.chmod(0o777)
    shutil.copy(sqlite_template, data / "bot.sqlite3")
    (data / "bot.sqlite3").chmod(0o666)
    (links / "bot.sqlite3").symlink_to(data / "bot.sqlite3")
    links.chmod(0o555)
    told = told_in(links / "bot.sqlite3", user=nobody)
    links.chmod(0o755)
    assert told == ["usable", "usable"]


async def test_what_is_beside_a_linked_file_is_made_private(tmp_path: Path) -> None:
    """The log of a file that is named by a link is readable for its owner only, like the file."""
    data = tmp_path / "data"
    data.mkdir()
    (tmp_path / "bot.sqlite3").symlink_to(data / "bot.sqlite3")
    async with stored(f"sqlite:///{tmp_path / 'bot.sqlite3'}"):
        log = data / "bot.sqlite3-wal"
        log.chmod(0o644)
        make_private(f"{tmp_path / 'bot.sqlite3'}")
        assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    """Where the disk has no room for the tables, that is told before a file is begun."""
    mounted = ("sh", "-c", f'mount -t tmpfs -o size=64k none {tmp_path} && exec "$@"', "sh")
    told = told_in(tmp_path / "bot.sqlite3", "unshare", "-rm", *mounted)
    assert told == [f"the disk that has the folder {tmp_path} is full"] * 2


def test_a_file_system_without_a_write_ahead_log_is_told(tmp_path: Path) -> None:
    """Where SQLite cannot have the memory that processes share, as on network shares, that is told, with what to do.

    A limit to 8 KiB for each file lets the file be made and keeps its -shm, of 32 KiB, from growing.
    """
    looked, started = told_in(tmp_path / "bot.sqlite3", "prlimit", "--fsize=8192")
    assert "does not take SQLite's write-ahead log, as is usual for network shares" in looked
    assert "put the file on a disk of this machine" in started
