"""Socket Mode: keeps a connection to Slack for as long as the bot runs, and hands what comes by it to Bolt.

Slack replaces every connection after some hours. The next one is open before the last is closed, wherever Slack leaves
the time for it (https://docs.slack.dev/apis/events-api/using-socket-mode, "Handle disconnects gracefully").
"""

from __future__ import annotations

import asyncio
import contextlib

import aiohttp
from slack_bolt.app.async_app import AsyncApp

from bot.backoff import Backoff
from bot.errors import SettingsError
from bot.server.dispatch import Dispatcher
from bot.server.other_copies import OtherCopies
from bot.server.outage_log import OutageLog
from bot.server.socket_connection import NotConnected, SocketConnection, SocketTimeouts, ended_by, open_connection
from bot.server.socket_messages import Disconnect, Envelope
from bot.slack.client import SlackRefusal
from bot.slack.error_codes import TOKEN_REFUSED
from bot.slack.retries import StrictWebClient

BACKOFF = Backoff(first=1.0, longest=20.0)

_START_WAITS = 5.0
"""Seconds for which a start waits for the first connection; after that, the connection comes without the start."""

_LAST_ANSWERS = 1.0
"""Seconds for which a stop waits for the acknowledgements of what has arrived."""


class SocketTransport:
    """Slack's events over websockets that the bot opens (https://docs.slack.dev/apis/events-api/using-socket-mode)."""

    def __init__(
        self,
        client: StrictWebClient,
        others: OtherCopies | None = None,
        *,
        timeouts: SocketTimeouts | None = None,
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._dispatcher = Dispatcher()
        self._client = client
        self._others = others
        self._timeouts = timeouts or SocketTimeouts()
        self._backoff = backoff
        self._outages = OutageLog()
        self._problem = "the first connection to Slack is still being opened"
        self._refused: SlackRefusal | None = None
        self._tried = asyncio.Event()
        self._readers: dict[SocketConnection, asyncio.Task[None]] = {}
        self._comparing: set[asyncio.Task[None]] = set()
        self._keeping: asyncio.Task[None] | None = None
        self._newest: SocketConnection | None = None
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Begin to open the first connection. What arrives by it waits for `deliver_to`."""
        self._session = self._client.websocket_session()
        self._keeping = asyncio.create_task(self._keep(self._session))

    async def deliver_to(self, app: AsyncApp) -> None:
        """Pass to this app what has arrived and what will, and wait for the first connection.

        When Slack is away, go on without it: it is opened as soon as Slack is back. Raises SettingsError if Slack
        refuses the app-level token.
        """
        self._dispatcher.dispatch_to(app)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_START_WAITS):
                await self._tried.wait()
        self._tried.set()
        if self._refused is not None:
            await self.stop()
            raise SettingsError(
                f"Slack does not accept the app-level token ({self._refused.code}). Copy SLACK_APP_TOKEN again from "
                "the app's Basic Information page; it starts with xapp- and needs the scope connections:write."
            ) from self._refused

    async def reopen_with(self, client: StrictWebClient) -> None:
        """Open a connection with another app-level token, and all later ones; those before it end once it is open.

        Raises SettingsError if Slack refuses the token or it is another app's, and NotConnected; then nothing changes.
        """
        assert self._session is not None, "connections are reopened between start and stop"  # noqa: S101
        try:
            connection = await open_connection(client, self._session, self._timeouts)
        except SlackRefusal as refusal:
            raise SettingsError(f"Slack does not accept the new SLACK_APP_TOKEN ({refusal.code}).") from refusal
        before = self._newest.app_id if self._newest is not None else ""
        if before and connection.app_id not in ("", before):
            await connection.close()
            raise SettingsError(f"The new SLACK_APP_TOKEN is of the Slack app {connection.app_id}, not of {before}.")
        self._client = client
        self._begin(connection)

    @property
    def connections(self) -> int:
        """How many connections are open on which Slack was heard not long ago."""
        return sum(connection.is_alive for connection in self._readers)

    @property
    def problem(self) -> str | None:
        """Why nothing arrives from Slack at the moment, for operators; None if all is well."""
        return None if self.connections else self._problem

    async def stop(self) -> None:
        """Acknowledge what has arrived, and close the connections. No event arrives after this."""
        if self._keeping is not None:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        await self._dispatcher.settle(_LAST_ANSWERS)
        ending = [*self._readers.values(), *self._comparing]
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        if self._session is not None:
            await self._session.close()
        self._problem = "the bot is stopping"

    async def _keep(self, session: aiohttp.ClientSession) -> None:
        """Open one connection after the other, for ever."""
        failures, now = 0, asyncio.get_running_loop().time
        while True:
            await self._wanted.wait()
            try:
                connection = await self._opened(session)
            except NotConnected as why:
                self._failed(why)
                failures += 1
                await asyncio.sleep(max(self._backoff.wait(failures), why.retry_after))
                continue
            begun = now()
            self._begin(connection)
            await self._wanted.wait()
            failures = 0 if now() - begun >= self._timeouts.steady else failures + 1
            if failures > 1:  # the first that ends early is replaced at once
                await asyncio.sleep(self._backoff.wait(failures))

    async def _opened(self, session: aiohttp.ClientSession) -> SocketConnection:
        """Open a connection. Raises NotConnected, whatever went wrong."""
        try:
            return await open_connection(self._client, session, self._timeouts)
        except NotConnected:
            raise
        except SlackRefusal as refusal:
            if refusal.code not in TOKEN_REFUSED:
                raise NotConnected(f"Slack refuses a connection ({refusal.code})") from refusal
            if not self._tried.is_set():
                self._refused = refusal
            raise NotConnected(f"Slack does not accept SLACK_APP_TOKEN ({refusal.code}): set a new one") from refusal
        except Exception as exc:  # whatever it is, the bot has to be connected again
            why = f"an unexpected {type(exc).__name__}"
            self._outages.down(why, exc)
            raise NotConnected(why) from exc

    def _failed(self, why: NotConnected) -> None:
        if not self._wanted.is_set():
            return  # a connection was opened with another token meanwhile
        self._problem = str(why)
        # While another connection is open, nothing is lost. A token that is refused at the start ends the start.
        if not self._readers and self._refused is None:
            self._outages.down(str(why))
        self._tried.set()

    def _begin(self, connection: SocketConnection) -> None:
        """Read a connection, in place of those before it, until the next one is wanted."""
        loop = asyncio.get_running_loop()
        for reader in self._readers.values():
            loop.call_later(self._timeouts.overlap, reader.cancel)
        self._newest = connection
        self._wanted.clear()
        self._readers[connection] = asyncio.create_task(self._read(connection))
        self._problem = "nothing was heard from Slack for too long"
        self._tried.set()
        if self._others is not None:
            comparing = asyncio.create_task(self._others.compare(connection.counted, own=len(self._readers)))
            self._comparing.add(comparing)
            comparing.add_done_callback(self._comparing.discard)
        loop.call_later(self._timeouts.steady, self._lasted, connection)

    def _lasted(self, connection: SocketConnection) -> None:
        if connection is self._newest and not self._wanted.is_set():
            self._outages.lasted()

    def _is_ending(self, connection: SocketConnection) -> None:
        """Want the next connection, if this one is the newest."""
        if connection is self._newest:
            self._wanted.set()

    async def _read(self, connection: SocketConnection) -> None:
        """Read a connection until it ends. The next one is wanted then, or as soon as Slack announces the end."""
        announced = False
        try:
            async for message in connection.messages():
                match message:
                    case Envelope():
                        self._dispatcher.take(connection, message)
                    case Disconnect(reason=reason):
                        announced = True
                        self._ends(ended_by(reason))
                        self._is_ending(connection)
        except NotConnected as why:
            if not announced:
                self._ends(why)
        except Exception as exc:  # noqa: BLE001 - whatever it is, the bot has to be connected again
            self._outages.down(f"an unexpected {type(exc).__name__}", exc)
        finally:
            del self._readers[connection]
            self._is_ending(connection)
            await connection.close()

    def _ends(self, why: NotConnected) -> None:
        """Note why a connection ends, and log it if that is not Slack's routine and no other one is open."""
        self._problem = str(why)
        is_routine = why.reason is not None and why.reason.is_routine
        if not is_routine and len(self._readers) == 1:
            self._outages.down(str(why))
