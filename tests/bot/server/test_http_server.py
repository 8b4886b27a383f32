"""The HTTP server under a crowd of connections."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from bot.server.http_server import MAX_CONNECTIONS, Connections, HttpServer
from tests.scenarios.stage import free_port


async def healthz(_: web.Request) -> web.Response:
    return web.Response(text="alive")


async def taking(request: web.Request) -> web.Response:
    return web.Response(text=str(len(await request.read())))


@pytest.fixture
async def port() -> AsyncIterator[int]:
    number = free_port()
    server = HttpServer("127.0.0.1", number, [web.get("/healthz", healthz), web.post("/taking", taking)])
    await server.start()
    yield number
    await server.stop()


async def test_health_answers_while_many_connections_are_held_open(port: int) -> None:
    """However many connections are held open, health answers, and no more of them are kept than are allowed."""
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2 * MAX_CONNECTIONS)]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client, client.get("/healthz") as answer:
        assert await answer.text() == "alive"
    closed = 0
    for reader, writer in held:
        closed += reader.at_eof() or bool(await _ended(reader))
        writer.close()
    assert closed >= MAX_CONNECTIONS


async def _ended(reader: asyncio.StreamReader) -> bool:
    """Whether the server has closed a connection on which nothing was asked."""
    try:
        return await asyncio.wait_for(reader.read(1), 0.01) == b""
    except (TimeoutError, OSError):
        return False


async def test_a_body_above_a_mebibyte_is_not_read(port: int) -> None:
    """A body above a mebibyte is not read."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        async with client.post("/taking", data=io.BytesIO(b"x" * 2 * 1024 * 1024)) as answer:
            assert answer.status == 413
        async with client.post("/taking", data=b"x" * 1000) as answer:
            assert await answer.text() == "1000"


class Transport(asyncio.Transport):
    """A transport that only knows whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.is_over = asyncio.Event()

    def close(self) -> None:
        """Note it."""
        self.is_over.set()

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self.is_over.is_set()


async def test_only_idle_connections_are_closed_after_a_while() -> None:
    """A connection that asks nothing is closed after a while, one whose request is under way is not."""
    connections = Connections(most=10, idle=0.01)
    idle, busy = Transport(), Transport()
    connections.opened(idle)
    connections.opened(busy)
    connections.asks(busy)
    await asyncio.wait_for(idle.is_over.wait(), 10)
    assert not busy.is_over.is_set()
    connections.idles(busy)
    await asyncio.wait_for(busy.is_over.wait(), 10)
