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


def set_read_only(server: str, url: str, *, read_only: bool) -> None:
    """Let sessions that begin from now on write or not; those there are stay as they are, as after a failover."""
    name = make_url(url).database
    with psycopg.connect(server, autocommit=True) as console:
        value = "on" if read_only else "off"
        console.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {value}".encode())


class Path:
    """A network path to a PostgreSQL server, on which things go wrong, and which can lead to another server later."""

    def __init__(self, url: str) -> None:
        self._given = make_url(url)
        self._socket = _socket_of(url)
        self._open = asyncio.Event()
        self._open.set()
        self._unanswered = b""
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

    def lead_to(self, url: str) -> None:
        """Lead new connections to another server, as an address that moves in a failover."""
        self._socket = _socket_of(url)

    def abandon(self) -> None:
        """Let nothing more through on the connections there are, as when their machine vanished; new ones work."""
        self._open.clear()
        self._open = asyncio.Event()  # each connection has the one it began with
        self._open.set()

    def lose_answer_to(self, words: bytes) -> None:
        """Pass on what next has these words in it, and break its connection before the answer."""
        self._unanswered = words

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_unix_connection(self._socket)
        except OSError:
            writer.close()  # nobody is there
            return
        for pump in (self._pump(reader, back, writer), self._pump(there, writer)):
            task = asyncio.create_task(pump)
            self._pumps.add(task)
            task.add_done_callback(self._pumps.discard)

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, asking: asyncio.StreamWriter | None = None
    ) -> None:
        """Pass everything on; `asking` is the client's side, where what passes are questions."""
        passes = self._open
        try:
            while data := await source.read(65_536):
                await passes.wait()
                sink.write(data)
                if asking is not None and self._unanswered and self._unanswered in data:
                    self._unanswered = b""
                    asking.close()
                await sink.drain()
        except OSError:
            pass
        finally:
            sink.close()


def _socket_of(url: str) -> str:
    given = make_url(url)
    return f"{given.query['host']}/.s.PGSQL.{given.port or 5432}"
