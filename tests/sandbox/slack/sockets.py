"""Socket Mode: WebSocket connections, envelopes, acknowledgements, and the ways a connection ends.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import WSMsgType, web

from tests.sandbox.slack.people import APP_ID

MAX_CONNECTIONS = 10

Envelope = dict[str, Any]
Acked = dict[str, Any]


@dataclass(eq=False)
class Connection:
    """One open WebSocket."""

    socket: web.WebSocketResponse
    request: web.Request

    def break_off(self) -> None:
        """End it without a closing handshake, as a broken network does."""
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass
class Waiting:
    """An envelope that was not acknowledged yet, and the connection it was given to."""

    envelope: Envelope
    acknowledged: asyncio.Future[Acked]
    given_to: Connection | None


class Sockets:
    """The app's connections. Any one of them gets an envelope, each in its turn."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.open: deque[Connection] = deque()
        self.redeliver = False
        self.last: Envelope | None = None
        self._changed = changed
        self._waiting: dict[str, Waiting] = {}
        self._tickets: set[str] = set()
        self._numbers = itertools.count(1)

    def ticket(self) -> str:
        """Admission for one connection."""
        ticket = f"made-up-ticket-{next(self._numbers)}"
        self._tickets.add(ticket)
        return ticket

    def routes(self) -> list[web.RouteDef]:
        """Where `apps.connections.open` sends the app."""
        return [web.get("/link/", self._connect)]

    async def deliver(self, kind: str, payload: dict[str, Any], *, seconds: float) -> Acked | None:
        """Send a payload in an envelope of its own; what the app acknowledged it with.

        Returns None without a connection, raises `TimeoutError` after `seconds` without an acknowledgement.
        """
        envelope = {
            "envelope_id": f"00000000-0000-4000-8000-{next(self._numbers):012d}",
            "type": kind,
            "payload": payload,
            "accepts_response_payload": kind != "events_api",
            **({"retry_attempt": 0, "retry_reason": ""} if kind == "events_api" else {}),
        }
        self.last = envelope
        return await self.send(envelope, seconds=seconds)

    async def send(self, envelope: Envelope, *, seconds: float) -> Acked | None:
        """Send this envelope, possibly not for the first time; as `deliver`."""
        connection = await self._give(envelope)
        if connection is None:
            return None
        waiting = Waiting(envelope, asyncio.get_running_loop().create_future(), connection)
        self._waiting[envelope["envelope_id"]] = waiting
        try:
            return await asyncio.wait_for(waiting.acknowledged, seconds)
        finally:
            self._waiting.pop(envelope["envelope_id"], None)

    async def ask_to_leave(self, reason: str) -> None:
        """Send `disconnect` on every connection; all but a `warning` are then closed by Slack's side."""
        for connection in list(self.open):
            await _farewell(connection.socket, reason)
            if reason != "warning":
                self._leave(connection)
                await connection.socket.close()

    def break_off(self) -> None:
        """Break every connection without a word."""
        for connection in list(self.open):
            connection.break_off()

    async def close(self) -> None:
        """Close every connection properly."""
        for connection in list(self.open):
            await connection.socket.close()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=403, text="invalid ticket")
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        if len(self.open) >= MAX_CONNECTIONS:
            await _farewell(socket, "too_many_websockets")
            await socket.close()
            return socket
        await self._serve(Connection(socket, request))
        return socket

    async def _serve(self, connection: Connection) -> None:
        self.open.append(connection)
        try:
            await connection.socket.send_json(_hello(len(self.open)))
            self._changed()
            await self._give_again()
            async for message in connection.socket:
                if message.type is WSMsgType.TEXT:
                    self._acknowledge(json.loads(message.data))
        except ConnectionError:
            return
        finally:
            self._leave(connection)
            await self._lost(connection)

    def _leave(self, connection: Connection) -> None:
        if connection in self.open:
            self.open.remove(connection)
            self._changed()

    def _acknowledge(self, answer: Acked) -> None:
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting and not waiting.acknowledged.done():
            waiting.acknowledged.set_result(answer)

    async def _lost(self, connection: Connection) -> None:
        for waiting in self._waiting.values():
            if waiting.given_to is connection:
                waiting.given_to = None
        await self._give_again()

    async def _give_again(self) -> None:
        if not self.redeliver:
            return
        for waiting in list(self._waiting.values()):
            if waiting.given_to is None and not waiting.acknowledged.done():
                waiting.given_to = await self._give(waiting.envelope)

    async def _give(self, envelope: Envelope) -> Connection | None:
        for connection in list(self.open):
            self.open.rotate(-1)
            if connection.socket.closed:
                continue
            try:
                await connection.socket.send_json(envelope)
            except ConnectionError:
                continue
            return connection
        return None


def _hello(connections: int) -> dict[str, Any]:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {"host": "stand-in", "approximate_connection_time": 18060},
        "connection_info": {"app_id": APP_ID},
    }


async def _farewell(socket: web.WebSocketResponse, reason: str) -> None:
    await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})
