"""The HTTP server, which limits its connections so that idle ones cannot block it.

An idle connection is closed after `_IDLE` seconds. Above the maximum number of connections the one that has been idle
longest is closed at once, so that a new one, which may be a platform's probe of `/healthz`, is always accepted.
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
"""Maximum number of open connections; lower if the process's limit of open files is low."""

_SHARE_OF_DESCRIPTORS = 4
_IDLE = 20.0
"""Seconds within which a connection has to send the head of its first or next request."""

_MAX_BODY_BYTES = 1024 * 1024
"""Maximum bytes of a request's body; Slack's are far below (https://docs.slack.dev/reference/views: 250 kB a view)."""


def _without_traceback(record: logging.LogRecord) -> bool:
    """Log one line for input that is not HTTP, instead of the traceback of aiohttp's parser."""
    exc = record.exc_info[1] if record.exc_info else None
    if isinstance(exc, HttpProcessingError):
        record.msg, record.args, record.exc_info = "refused something that is no HTTP request", (), None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
    return True


_http_log = logging.getLogger(f"{__name__}.http")
_http_log.addFilter(_without_traceback)


class Connections:
    """The connections of one server; closes idle ones after `idle` seconds, or early above `most` connections."""

    def __init__(self, most: int, idle: float = _IDLE) -> None:
        self._most = most
        self._idle = idle
        self._idling: dict[asyncio.BaseTransport, asyncio.TimerHandle] = {}
        self._count = 0

    def opened(self, transport: asyncio.BaseTransport) -> None:
        """Note a new connection; if there are too many, close the one that has been idle longest."""
        self._count += 1
        self.idles(transport)
        if self._count > self._most:
            next(iter(self._idling)).close()

    def asks(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that the head of a request has arrived."""
        if transport in self._idling:
            self._idling.pop(transport).cancel()

    def idles(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that the connection is idle."""
        if transport is not None and not transport.is_closing():
            self.asks(transport)
            self._idling[transport] = asyncio.get_running_loop().call_later(self._idle, transport.close)

    def closed(self, transport: asyncio.BaseTransport | None) -> None:
        """Note that a connection was closed."""
        self._count -= 1
        self.asks(transport)


class _Watched(asyncio.Protocol):
    """Wraps aiohttp's protocol of a connection and reports to `Connections`."""

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
    """An HTTP server with these routes. If `host` is None, it listens on every address.

    `setting` is the name of the one that says the port.
    """

    def __init__(self, host: str | None, port: int, routes: Sequence[web.RouteDef], setting: str = "PORT") -> None:
        self._host = host
        self._setting = setting
        self._port = port
        descriptors, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        self._connections = Connections(min(MAX_CONNECTIONS, max(8, descriptors // _SHARE_OF_DESCRIPTORS)))
        self._app = web.Application(middlewares=[self._watched], client_max_size=_MAX_BODY_BYTES)
        self._app.add_routes(list(routes))
        self._runner = web.AppRunner(self._app, access_log=None, shutdown_timeout=2, logger=_http_log)
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises SettingsError if the port is taken or the address is not one of this machine's."""
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
            where = f"{self._setting} {self._port}" + (f" of HOST {self._host}" if self._host else "")
            raise SettingsError(f"The bot cannot listen on {where} ({exc.strerror}). Choose another.") from exc

    async def stop(self) -> None:
        """Stop listening, and close the connections."""
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
