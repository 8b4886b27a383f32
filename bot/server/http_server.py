"""The HTTP server, which a crowd of idle connections cannot keep from answering.

A connection that asks nothing is closed after a while, and at once where there are too many: the oldest first, so that
a new one, which may be a platform's question after `/healthz`, always finds room.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import Sequence

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler

from bot.errors import SettingsError

MAX_CONNECTIONS = 256
"""Connections that are held at once; fewer where the process may open few files."""

_SHARE_OF_DESCRIPTORS = 4
_IDLE = 20.0
"""Seconds within which a connection has to have sent the head of a request, its first or the next one."""

_MAX_BODY_BYTES = 1024 * 1024
"""Bytes of a request's body; Slack's are far below (https://docs.slack.dev/reference/views: 250 kB for a view)."""


def _without_traceback(record: logging.LogRecord) -> bool:
    """Say in a short line that something was no HTTP request, where aiohttp would log a traceback of its parser."""
    exc = record.exc_info[1] if record.exc_info else None
    if isinstance(exc, HttpProcessingError):
        record.msg, record.args, record.exc_info = "refused something that is no HTTP request", (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


_http_log = logging.getLogger(f"{__name__}.http")
_http_log.addFilter(_without_traceback)


class Connections:
    """The connections of one server: which of them are idle, and since when."""

    def __init__(self, most: int, idle: float = _IDLE) -> None:
        self._most = most
        self._idle = idle
        self._idling: dict[asyncio.BaseTransport, asyncio.TimerHandle] = {}
        self._count = 0

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """Note a new connection, and close the one that has been idle for longest where there are too many."""
        self._count += 1
        self.idles(transport)
        if self._count > self._most:
            next(iter(self._idling)).close()

    def asks(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that the head of a request has come."""
        if transport in self._idling:
            self._idling.pop(transport).cancel()

    def idles(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that nothing is asked any more."""
        if transport is not None and not transport.is_closing():
            self.asks(transport)
            self._idling[transport] = asyncio.get_running_loop().call_later(self._idle, transport.close)

    def closed(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a connection is no more."""
        self._count -= 1
        self.asks(transport)


class _Watched(asyncio.Protocol):
    """A connection of aiohttp's that `Connections` knows about."""

    def __init__(self, handler: asyncio.Protocol, connections: Connections) -> None:
        self._handler = handler
        self._connections = connections
        self._transport: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._handler.connection_made(transport)
        self._connections.opened(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.closed(self._transport)
        self._handler.connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._handler.data_received(data)

    def eof_received(self) -> bool | None:
        return self._handler.eof_received()

    def pause_writing(self) -> None:
        self._handler.pause_writing()

    def resume_writing(self) -> None:
        self._handler.resume_writing()


class HttpServer:
    """The HTTP side: health always, Slack's requests in HTTP mode. Without a `host` every address is listened to."""

    def __init__(self, host: str | None, port: int, routes: Sequence[web.RouteDef]) -> None:
        self._host = host
        self._port = port
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._connections = Connections(min(MAX_CONNECTIONS, max(8, descriptors // _SHARE_OF_DESCRIPTORS)))
        self._app = web.Application(middlewares=[self._watched], client_max_size=_MAX_BODY_BYTES)
        self._app.add_routes(list(routes))
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=2, logger=_http_log)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises SettingsError when the port is taken or the address is none of this machine's."""
        await self._runner.setup()
        make_handler = self._runner.server
        assert make_handler is not None, "the runner has been set up"  # noqa: S101
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(
                lambda: _Watched(make_handler(), self._connections), self._host, self._port, reuse_address=True
            )
        except OSError as exc:
            await self._runner.cleanup()
            where = f"PORT {self._port}" + (f" of HOST {self._host}" if self._host else "")
            raise SettingsError(f"The bot cannot listen on {where} ({exc.strerror}). Choose another.") from exc

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    @web.middleware
    async def _watched(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        transport = request.transport
        self._connections.asks(transport)
        try:
            return await handler(request)
        finally:
            self._connections.idles(transport)
