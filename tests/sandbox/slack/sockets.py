"""Socket Mode: WebSocket connections, envelopes, acknowledgements, and the ways a connection ends.

Source: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import WSMsgType, web

from tests.sandbox.slack.people import APP_ID

MAX_CONNECTIONS = 10

TICKET_LIFE = 30.0
"""Seconds for which the address of a connection can be used."""

PING_EVERY = 10.0
"""Seconds between two of Slack's pings; its clients give a connection up after 30 seconds without one
(https://docs.slack.dev/tools/node-slack-sdk/reference/socket-mode/interfaces/SocketModeOptions, serverPingTimeout)."""

USED, EXPIRED = 404, 408
"""How the handshake with an address that was used, or that is too old, is answered
(https://github.com/slackapi/bolt-python/issues/935, https://github.com/slackapi/node-slack-sdk/issues/1472)."""

Envelope = dict[str, Any]
Acked = dict[str, Any]


@dataclass(eq=False)
class Connection:
    """One open WebSocket. A `frozen` one is half-open: Slack counts it, and nothing passes in either direction."""

    socket: web.WebSocketResponse
    request: web.Request
    frozen: bool = False

    def break_off(self) -> None:
        """End it without a closing handshake, as a broken network does."""
        if self.request.transport is not None:
            self.request.transport.abort()

    def freeze(self) -> None:
        """Let nothing pass any more, without an end that either side could see."""
        self.frozen = True
        transport = self.request.transport
        if isinstance(transport, asyncio.Transport):
            transport.pause_reading()


@dataclass
class Waiting:
    """An envelope that was not acknowledged yet, and the connection it was given to."""

    envelope: Envelope
    acknowledged: asyncio.Future[Acked]
    given_to: Connection | None


@dataclass
class Faults:
    """How Slack or the way to it misbehaves, for the connections to come."""

    greets: bool = True
    """Whether a connection is greeted with `hello`."""
    is_on: bool = True
    """Whether Socket Mode is turned on in the app's settings. What `apps.connections.open` answers while it is off is
    not documented; here it gives addresses whose connections are sent away, so that only the connection tells."""
    app_id: str = APP_ID
    """The app that a connection is one of: that of the token by which it was asked for."""
    handshakes: deque[web.Response] = field(default_factory=deque)
    """Answers to the next handshakes instead of a WebSocket."""


class Sockets:
    """The app's connections. Any one of them gets an envelope, each in its turn."""

    def __init__(self, changed: Callable[[], None], clock: Callable[[], float]) -> None:
        self.open: deque[Connection] = deque()
        self.redeliver = False
        self.last: Envelope | None = None
        self.faults = Faults()
        self.ping_every = PING_EVERY
        self.handshakes: list[int] = []
        """The HTTP status of every handshake there was."""
        self._changed = changed
        self._clock = clock
        self._waiting: dict[str, Waiting] = {}
        self._tickets: dict[str, float] = {}
        self._numbers = itertools.count(1)

    def ticket(self) -> str:
        """Admission for one connection, within half a minute."""
        ticket = f"made-up-ticket-{next(self._numbers)}"
        self._tickets[ticket] = self._clock()
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

    def freeze(self) -> None:
        """Let nothing pass on every connection, without an end."""
        for connection in self.open:
            connection.freeze()

    async def close(self) -> None:
        """Close every connection properly, as far as that can be."""
        for connection in list(self.open):
            if connection.frozen:
                connection.break_off()
            else:
                await connection.socket.close()

    async def _connect(self, request: web.Request) -> web.StreamResponse:
        answer = await self._handshake(request)
        self.handshakes.append(answer.status)
        self._changed()
        if not isinstance(answer, web.WebSocketResponse):
            return answer
        if not self.faults.is_on:
            await _farewell(answer, "link_disabled")
        elif len(self.open) >= MAX_CONNECTIONS:
            await _farewell(answer, "too_many_websockets")
        else:
            await self._serve(Connection(answer, request))
            return answer
        await answer.close()
        return answer

    async def _handshake(self, request: web.Request) -> web.StreamResponse:
        """Answer a handshake; an address is used up by it, whatever comes of it."""
        issued = self._tickets.pop(request.query.get("ticket", ""), None)
        if self.faults.handshakes:
            return self.faults.handshakes.popleft()
        if issued is None:
            return web.Response(status=USED)
        if self._clock() - issued > TICKET_LIFE:
            return web.Response(status=EXPIRED)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        return socket

    async def _serve(self, connection: Connection) -> None:
        self.open.append(connection)
        try:
            async with _pinged(connection, self.ping_every):
                if self.faults.greets:
                    await connection.socket.send_json(_hello(len(self.open), self.faults.app_id))
                self._changed()
                await self._give_again()
                async for message in connection.socket:
                    if message.type is WSMsgType.TEXT:
                        self._acknowledge(connection, json.loads(message.data))
        except ConnectionError:
            return
        finally:
            self._leave(connection)
            await self._lost(connection)

    def _leave(self, connection: Connection) -> None:
        if connection in self.open:
            self.open.remove(connection)
            self._changed()

    def _acknowledge(self, connection: Connection, answer: Acked) -> None:
        """Take an acknowledgement, if it comes by the connection that the envelope was given to.

        Whether Slack takes it by another one is not documented.
        """
        waiting = self._waiting.get(str(answer.get("envelope_id")))
        if waiting and waiting.given_to is connection and not waiting.acknowledged.done():
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
            if connection.frozen:
                return connection  # Slack cannot know that it arrives nowhere
            try:
                await connection.socket.send_json(envelope)
            except ConnectionError:
                continue
            return connection
        return None


def _hello(connections: int, app_id: str) -> dict[str, Any]:
    return {
        "type": "hello",
        "num_connections": connections,
        "debug_info": {"host": "stand-in", "build_number": 10, "approximate_connection_time": 18060},
        "connection_info": {"app_id": app_id},
    }


async def _farewell(socket: web.WebSocketResponse, reason: str) -> None:
    await socket.send_json({"type": "disconnect", "reason": reason, "debug_info": {"host": "stand-in"}})


@contextlib.asynccontextmanager
async def _pinged(connection: Connection, every: float) -> AsyncIterator[None]:
    """Ping the app while the block lasts, as long as something passes on the connection."""

    async def ping() -> None:
        with contextlib.suppress(ConnectionError):
            while not connection.frozen:
                await asyncio.sleep(every)
                if not connection.frozen:
                    await connection.socket.ping(b"Ping from stand-in")

    pinging = asyncio.create_task(ping())
    try:
        yield
    finally:
        pinging.cancel()
