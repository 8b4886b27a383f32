"""A PostgreSQL database that is away for a while, as in a failover: everybody is thrown out, and nobody gets in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Self

import psycopg
from sqlalchemy import make_url


@contextlib.contextmanager
def away(server: str, url: str) -> Iterator[None]:
    """Take the database at `url` away from everybody for as long as the block lasts."""
    name = make_url(url).database
    _rename(server, f"{name}", f"{name}_away")
    try:
        yield
    finally:
        _rename(server, f"{name}_away", f"{name}")


def _rename(server: str, old: str, new: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {old} ALLOW_CONNECTIONS false".encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [old])
        connection.execute(f"ALTER DATABASE {old} RENAME TO {new}".encode())
        connection.execute(f"ALTER DATABASE {new} ALLOW_CONNECTIONS true".encode())


class Path:
    """A network path to a PostgreSQL server that can go dead: nothing arrives any more, and nobody is told."""

    def __init__(self, url: str) -> None:
        given = make_url(url)
        self._socket = f"{given.query['host']}/.s.PGSQL.{given.port or 5432}"
        self._open = asyncio.Event()
        self._open.set()
        self._given = given
        self._server: asyncio.Server | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        through = self._given.set(host="127.0.0.1", port=port, query={})
        self.url = through.render_as_string(hide_password=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for pump in self._pumps:
            pump.cancel()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    def freeze(self) -> None:
        """Let nothing through; connections stay open, and new ones are accepted as a frozen machine's kernel would."""
        self._open.clear()

    def thaw(self) -> None:
        """Let everything through, also what has waited."""
        self._open.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._socket)
        for source, sink in ((reader, back), (there, writer)):
            pump = asyncio.create_task(self._pump(source, sink))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65_536):
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()
