"""One Socket Mode connection: an address that is used once, a greeting, and messages until it ends or falls silent.

The SDK's client is not used: it keeps an address until a connection comes of it, which never happens once the address
was spent, and it closes a connection before it opens the next one
(https://github.com/slackapi/python-slack-sdk/issues/1110).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import WSMessage, WSMsgType
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.server.socket_messages import Disconnect, DisconnectReason, Envelope, Hello, SocketMessage, read_message
from bot.slack.client import SlackBusy, call_slack
from bot.slack.session import SlackConnectionError

_ENDED = frozenset({WSMsgType.CLOSE, WSMsgType.CLOSING, WSMsgType.CLOSED, WSMsgType.ERROR})

_WHY = {
    DisconnectReason.DISABLED: (
        "Socket Mode is turned off in the app's settings: turn it on there, or set SLACK_SIGNING_SECRET instead of "
        "SLACK_APP_TOKEN"
    ),
    DisconnectReason.TOO_MANY: (
        "the app has as many connections as Slack allows, which is ten (too_many_websockets): stop other copies of "
        "the bot; Slack may also count connections that broke, for some hours"
    ),
    DisconnectReason.WARNING: "Slack announced the end of the connection",
    DisconnectReason.REFRESH: "Slack asked for a new connection",
    DisconnectReason.OTHER: "Slack ended the connection",
}


@dataclass(frozen=True, slots=True)
class SocketTimeouts:
    """How long to wait for a connection, and when to give one up, in seconds.

    Slack pings more often than every 30 seconds. Its own clients give a connection up after that time without a ping
    (https://docs.slack.dev/tools/node-slack-sdk/reference/socket-mode/interfaces/SocketModeOptions), and those that
    wait less long for the answer to a ping of their own give up good ones
    (https://github.com/slackapi/bolt-js/issues/2496).
    """

    quiet: float = 10.0
    """Until a connection without a message is pinged."""
    pings: int = 3
    """How many times `quiet` may pass without a message until the connection is given up."""
    greeting: float = 10.0
    """Until a handshake with its greeting has failed; an address is valid for 30 seconds."""
    close: float = 1.0
    """Until a connection is closed without Slack's half of the closing handshake, which may never come."""
    steady: float = 30.0
    """Until a connection counts as lasting. One that ends sooner counts as a failure: after two in a row
    the bot waits before the next."""
    overlap: float = 30.0
    """From the greeting on the next connection until one that Slack has not closed by then is closed by the bot."""

    @property
    def silence(self) -> float:
        """Seconds without a message after which a connection is dead."""
        return self.quiet * self.pings


class NotConnected(Exception):
    """There is no connection, or there is none any more. The text says why, for operators.

    `reason` is Slack's, where it ended the connection. No new one is asked for within `retry_after` seconds.
    """

    def __init__(self, text: str, *, reason: DisconnectReason | None = None, retry_after: float = 0.0) -> None:
        self.reason = reason
        self.retry_after = retry_after
        super().__init__(text)


class SocketConnection:
    """A websocket on which Slack has said hello: what it has sent, and acknowledgements."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, timeouts: SocketTimeouts) -> None:
        self._socket = socket
        self._timeouts = timeouts
        self._heard_at = _now()
        self.counted = 0
        """How many connections of this app Slack counted when this one was opened; 0 if it did not say."""
        self.app_id = ""
        """The app's id, as Slack says it in its greeting; empty if it did not say."""

    @property
    def is_alive(self) -> bool:
        """Whether it is open, and Slack was heard on it not long ago."""
        return not self._socket.closed and _now() - self._heard_at <= self._timeouts.silence

    async def greeted(self) -> None:
        """Wait for the greeting. Raises NotConnected when something else comes first."""
        async with contextlib.aclosing(self.messages()) as messages:
            async for message in messages:
                match message:
                    case Hello(connections=counted, app_id=app_id):
                        self.counted, self.app_id = counted, app_id
                        return
                    case Disconnect(reason=reason):
                        raise ended_by(reason)
                    case Envelope():
                        raise NotConnected("Slack sent a payload before its greeting")

    async def messages(self) -> AsyncGenerator[SocketMessage]:
        """Yield what Slack sends. Raises NotConnected when the connection ends, or has been silent for too long.

        Silence is counted in waits and not by the clock: a process that was stopped for a while has first to read what
        came in the meantime.
        """
        silent = 0
        while True:
            try:
                frame = await self._socket.receive(timeout=self._timeouts.quiet)
            except TimeoutError:
                silent += 1
                if silent >= self._timeouts.pings:
                    raise NotConnected(f"nothing was heard from Slack for {self._timeouts.silence:.0f} s") from None
                await self._ping()
                continue
            if frame.type in _ENDED:
                raise NotConnected("the connection to Slack broke, or Slack closed it")
            silent, self._heard_at = 0, _now()
            if message := await self._taken(frame):
                yield message

    async def _taken(self, frame: WSMessage) -> SocketMessage | None:
        """Answer a ping, and return the message that a frame holds, if any."""
        if frame.type is WSMsgType.PING:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                await self._socket.pong(frame.data)
        return read_message(frame.data) if frame.type is WSMsgType.TEXT else None

    async def _ping(self) -> None:
        # A ping that cannot be sent is a connection that has ended, which the next receive tells.
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self._socket.ping()

    async def acknowledge(self, answer: Mapping[str, Any]) -> None:
        """Send an acknowledgement. Raises NotConnected when the connection has ended."""
        try:
            await self._socket.send_json(answer)
        except (aiohttp.ClientError, OSError) as exc:
            raise NotConnected("the connection to Slack had ended") from exc

    async def close(self) -> None:
        """End it with a closing handshake: Slack counts one that just breaks for hours, and sends payloads to it.

        See https://github.com/slackapi/python-slack-sdk/issues/1940.
        """
        with contextlib.suppress(aiohttp.ClientError, OSError):
            await self._socket.close()


async def open_connection(
    client: AsyncWebClient, session: aiohttp.ClientSession, timeouts: SocketTimeouts | None = None
) -> SocketConnection:
    """Ask for an address and connect to it, once; return the connection when Slack has said hello.

    `client` has the app-level token; `session` is its `websocket_session`.
    Raises NotConnected, and SlackRefusal when Slack gives no address.
    """
    timeouts = timeouts or SocketTimeouts()
    address = await _address(client)
    try:
        async with asyncio.timeout(timeouts.greeting):
            return await _greeted(session, address, timeouts)
    except TimeoutError as exc:
        raise NotConnected(f"Slack gave no greeting within {timeouts.greeting:.0f} s") from exc
    except SlackConnectionError as exc:
        raise NotConnected(str(exc)) from exc
    except aiohttp.WSServerHandshakeError as exc:
        raise NotConnected(f"the websocket was refused with HTTP {exc.status}") from exc
    except (aiohttp.ClientError, OSError, ValueError) as exc:
        # Not the text, which may hold the address.
        raise NotConnected(f"the websocket could not be opened ({type(exc).__name__})") from exc


async def _greeted(session: aiohttp.ClientSession, address: str, timeouts: SocketTimeouts) -> SocketConnection:
    socket = await session.ws_connect(
        address,
        autoping=False,  # each ping shows that Slack is there
        timeout=aiohttp.ClientWSTimeout(ws_close=timeouts.close),
    )
    connection = SocketConnection(socket, timeouts)
    try:
        await connection.greeted()
    except BaseException:
        await connection.close()
        raise
    return connection


async def _address(client: AsyncWebClient) -> str:
    try:
        answer = await call_slack(client.apps_connections_open(app_token=str(client.token)), is_logged=False)
    except SlackBusy as exc:
        raise NotConnected("Slack limits how often connections are asked for", retry_after=exc.retry_after) from exc
    except SlackUnavailable as exc:
        raise NotConnected(f"Slack cannot be asked for a connection ({_named(exc.__cause__)})") from exc
    return str(answer.get("url", ""))


def ended_by(reason: DisconnectReason) -> NotConnected:
    """Return why there is no connection when Slack has sent `disconnect` for this reason."""
    return NotConnected(_WHY[reason], reason=reason)


def _named(cause: BaseException | None) -> str:
    match cause:
        case SlackApiError():
            said = cause.response.get("error") if isinstance(cause.response.data, dict) else None
            return str(said or f"HTTP {cause.response.status_code}")
        case SlackConnectionError():
            return str(cause)
        case _:
            return type(cause).__name__


def _now() -> float:
    return asyncio.get_running_loop().time()
