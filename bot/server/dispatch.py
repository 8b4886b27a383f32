"""Hands payloads from Socket Mode to Bolt, and acknowledges them."""

from __future__ import annotations

import asyncio
import logging

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.server.socket_connection import NotConnected, SocketConnection
from bot.server.socket_messages import Envelope, acknowledgement

_OK = 200

_log = logging.getLogger(__name__)


class Dispatcher:
    """Payloads that have arrived, each handled in a task of its own once there is an app for them."""

    def __init__(self) -> None:
        self._app: AsyncApp | None = None
        self._has_app = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def dispatch_to(self, app: AsyncApp) -> None:
        """Pass to this app what has arrived, and what will."""
        self._app = app
        self._has_app.set()

    def take(self, connection: SocketConnection, envelope: Envelope) -> None:
        """Have a payload handled, and acknowledged by the connection that it came by."""
        task = asyncio.create_task(self._dispatch(connection, envelope))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settle(self, seconds: float) -> None:
        """Wait until what has arrived is acknowledged, so long at most; what nobody takes any more is let go."""
        if self._app is None:
            for task in self._running:
                task.cancel()
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)

    async def _dispatch(self, connection: SocketConnection, envelope: Envelope) -> None:
        await self._has_app.wait()
        assert self._app is not None, "it is there before the event is set"  # noqa: S101
        request = AsyncBoltRequest(mode="socket_mode", body=dict(envelope.payload), headers=dict(envelope.headers))
        try:
            response = await self._app.async_dispatch(request)
            if response.status != _OK:
                _log.info("a payload was not acknowledged: Bolt answered %s", response.status)
                return
            answer = acknowledgement(envelope.envelope_id, response.body, response.headers.get("content-type", []))
            await connection.acknowledge(answer)
        except NotConnected as exc:
            _log.warning("a payload could not be acknowledged: %s", exc)
        except Exception:  # noqa: BLE001 - one payload must not end the connection
            _log.exception("a payload could not be handled")
