"""A wire of its own between one process and Replicate, which tells when a DELETE goes over it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Wire:
    """Passes everything on to a server on this machine; `deleting` is set by every DELETE that goes over it."""

    to_port: int
    port: int = 0
    deleting: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def base_url(self) -> str:
        """What a client calls its base URL."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        onward, back = await asyncio.open_connection("127.0.0.1", self.to_port)
        with contextlib.suppress(ConnectionError):
            await asyncio.gather(self._publish_named(reader, back), self._publish_named(onward, writer))
        for end in (writer, back):
            end.close()

    async def _publish_named(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while passing := await reader.read(65_536):
            if passing.startswith(b"DELETE "):
                self.deleting.set()
            writer.write(passing)
            await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def wire(base_url: str) -> AsyncIterator[Wire]:
    """Lay a wire to the server with this base URL."""
    laid = Wire(urlsplit(base_url).port or 0)
    server = await asyncio.start_server(laid.carry, "127.0.0.1", 0)
    laid.port = server.sockets[0].getsockname()[1]
    try:
        yield laid
    finally:
        server.close()
