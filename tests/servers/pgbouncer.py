"""A real PgBouncer before a PostgreSQL server (https://www.pgbouncer.org/config.html), where it is installed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.scenarios.stage import free_port
from tests.servers.folders import SERVER_USER, folder


@dataclass
class PgBouncer:
    """A pooler that listens on `port`, with the settings of its file by their names."""

    program: str
    folder: Path
    socket_folder: str
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    def url(self, database_url: str) -> str:
        """Return the address of a database of its server, through the pooler."""
        through = make_url(database_url).set(host="127.0.0.1", port=self.port, query={}, username="postgres")
        return through.render_as_string(hide_password=False)

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "log").read_text()

    async def start(self) -> None:
        """Start it, and return once it listens."""
        file = self.folder / "pgbouncer.ini"
        file.write_text(self._configuration())
        command = [self.program, str(file)]
        if SERVER_USER is not None:
            command[1:1] = ["-u", SERVER_USER]
        with (self.folder / "log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*command, stdout=log, stderr=log)
        async with asyncio.timeout(20):
            while not await self._listens():
                assert self._process.returncode is None, self.log
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """End it at once, with all connections through it, as when its machine dies."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    def _configuration(self) -> str:
        lines = [
            "[databases]",
            f"* = host={self.socket_folder} user=postgres",
            "[pgbouncer]",
            "listen_addr = 127.0.0.1",
            f"listen_port = {self.port}",
            "unix_socket_dir =",
            "auth_type = any",
            *(f"{name} = {value}" for name, value in self.settings.items()),
        ]
        return "\n".join(lines) + "\n"


@contextlib.asynccontextmanager
async def pgbouncer(server: str, **settings: str) -> AsyncIterator[PgBouncer]:
    """Run PgBouncer before the PostgreSQL server at this address; skip the test where it is not installed."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed")
    with folder() as made:
        pooler = PgBouncer(program, made, str(make_url(server).query["host"]), settings)
        await pooler.start()
        try:
            yield pooler
        finally:
            await pooler.kill()
