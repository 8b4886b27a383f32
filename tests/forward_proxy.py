"""A forward proxy of its own, as strict as Squid is by default, which keeps what passed.

It takes `CONNECT` with the authority form (https://www.rfc-editor.org/rfc/rfc9110#section-9.3.6) to allowed ports, and
other methods with the absolute form; both need `Host`. It asks for Basic authentication, resolves names on its own,
drops hop-by-hop headers, and does not pass a plain upgrade on
(http://www.squid-cache.org/Doc/config/http_upgrade_request_protocols/), so a websocket has to be tunnelled.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from bot.network.connections import Network
from bot.network.no_proxy import NoProxy
from bot.network.proxies import Proxies, Proxy

_AUTHORITY = re.compile(rb"([A-Za-z0-9.-]+|\[[0-9a-f:.]+\]):([0-9]{1,5})")
_HOP_BY_HOP = {b"proxy-authorization", b"proxy-connection", b"connection", b"keep-alive", b"te", b"upgrade"}
_REASONS = {400: "Bad Request", 403: "Forbidden", 407: "Proxy Authentication Required", 502: "Bad Gateway"}


Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        self.status = status


@dataclass
class ForwardProxy:
    """`hosts` says where a name with its port really is; what is not in it cannot be resolved."""

    hosts: dict[str, int] = field(default_factory=dict)
    """The port on 127.0.0.1 of each `host:port`."""
    credentials: str = ""
    """The `user:password` that is asked for; none if it is empty."""
    refuses: dict[str, int] = field(default_factory=dict)
    """The status with which a `host:port` is refused."""
    is_silent: bool = False
    """Whether it takes connections and answers nothing."""
    hangs_up: bool = False
    """Whether it ends each connection without an answer."""
    port: int = 0
    passed: list[str] = field(default_factory=list)
    """What was let through: `CONNECT host:port`, or the method and the address."""
    refused: list[int] = field(default_factory=list)
    """The statuses of its own answers."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until either side ends it."""
        try:
            await self._serve(reader, writer)
        except asyncio.IncompleteReadError:
            pass
        except _Refused as refused:
            self.refused.append(refused.status)
            writer.write(_answer(refused.status))
            await writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if self.hangs_up:
            return
        if self.is_silent:
            await reader.read()
            return
        request, *lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
        headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        method, target, version = request.split(b" ")
        if version != b"HTTP/1.1" or b"host" not in dict(headers):
            raise _Refused(400)
        self._authenticate(dict(headers).get(b"proxy-authorization", b""))
        if method == b"CONNECT":
            await self._tunnel(target, reader, writer)
        else:
            await self._forward(method, target, headers, reader, writer)

    def _authenticate(self, given: bytes) -> None:
        if self.credentials and given != b"Basic " + base64.b64encode(self.credentials.encode()):
            raise _Refused(407)

    async def _tunnel(self, target: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if not _AUTHORITY.fullmatch(target):
            raise _Refused(400)
        onward = await self._opened(target.decode())
        self.passed.append(f"CONNECT {target.decode()}")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _join(reader, writer, *onward)

    async def _forward(
        self,
        method: bytes,
        target: bytes,
        headers: list[tuple[bytes, bytes]],
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        parts = urlsplit(target.decode())
        if parts.scheme != "http" or not parts.hostname:
            raise _Refused(400)
        back, onward = await self._opened(f"{parts.hostname}:{parts.port or 80}")
        self.passed.append(f"{method.decode()} {target.decode()}")
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}".encode()
        kept = [(name, value) for name, value in headers if name not in _HOP_BY_HOP] + [(b"connection", b"close")]
        lines = [b"%s %s HTTP/1.1" % (method, path), *(b"%s: %s" % one for one in kept), b"", b""]
        onward.write(b"\r\n".join(lines))
        await _join(reader, writer, back, onward)

    async def _opened(self, authority: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if authority in self.refuses:
            raise _Refused(self.refuses[authority])
        if authority not in self.hosts:
            raise _Refused(502)
        return await asyncio.open_connection("127.0.0.1", self.hosts[authority])


def _answer(status: int) -> bytes:
    asks = 'Proxy-Authenticate: Basic realm="proxy"\r\n' if status == 407 else ""
    page = "<html>The proxy says no.</html>"
    return (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}\r\n{asks}Content-Type: text/html\r\n"
        f"Content-Length: {len(page)}\r\nConnection: close\r\n\r\n{page}"
    ).encode()


async def _join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamReader, onward: asyncio.StreamWriter
) -> None:
    """Pass on what comes from either side until one of them ends."""
    passing = [asyncio.ensure_future(_pass(reader, onward)), asyncio.ensure_future(_pass(back, writer))]
    try:
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in passing:
            one.cancel()
        onward.transport.abort()
        await asyncio.gather(*passing, return_exceptions=True)


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while passing := await reader.read(65_536):
            writer.write(passing)
            await writer.drain()


@contextlib.asynccontextmanager
async def serving(proxy: ForwardProxy, certificate: ssl.SSLContext | None = None) -> AsyncIterator[ForwardProxy]:
    """Run a proxy on a port of its own; with a certificate, it is one that is reached over TLS."""
    async with _listening(proxy.serve, certificate) as proxy.port:
        yield proxy


@contextlib.asynccontextmanager
async def tls_front(port: int, certificate: ssl.SSLContext) -> AsyncIterator[int]:
    """Serve what listens on a port of this machine over TLS, and give the port for that."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _join(reader, writer, *await asyncio.open_connection("127.0.0.1", port))

    async with _listening(carry, certificate) as front:
        yield front


def network_through(proxy: ForwardProxy, *, login: str, no_proxy: str = "") -> Network:
    """Return the network with this proxy for everything, and the certificates of the system."""
    named = Proxy.parse("HTTPS_PROXY", f"http://{login}localhost:{proxy.port}")
    return Network(Proxies(named, named, NoProxy.parse(no_proxy)))


@contextlib.asynccontextmanager
async def _listening(serve: Serve, certificate: ssl.SSLContext | None) -> AsyncIterator[int]:
    """Listen on a port, and leave no connection open at the end."""
    open_now: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_now.add(task)
        try:
            await serve(reader, writer)
        except (ConnectionError, ssl.SSLError, asyncio.CancelledError):
            pass
        finally:
            open_now.discard(task)
            writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=certificate)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(open_now):
            task.cancel()
        await asyncio.gather(*open_now, return_exceptions=True)
