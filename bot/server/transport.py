"""The transports of Slack's events: Socket Mode, or HTTP with signed requests."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from typing import Protocol

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.errors import SettingsError
from bot.poll_loop import PollLoop
from bot.server.health import Readiness, health_routes
from bot.server.http_server import HttpServer
from bot.settings import Settings
from bot.slack.client import SlackRefusal, call_slack, posting_client
from bot.store import Database

DEFAULT_PORT = 3000
_BODY_TIMEOUT = 10.0
"""Seconds within which the body of a request has to arrive."""

_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{1,15}", re.ASCII)
_log = logging.getLogger(__name__)


class Transport(Protocol):
    """Receives Slack's events or health probes."""

    async def start(self) -> None:
        """Start to receive."""

    async def stop(self) -> None:
        """Stop receiving."""


class SocketTransport:
    """Slack's events over websockets that the bot opens (https://docs.slack.dev/apis/events-api/using-socket-mode)."""

    def __init__(self, app: AsyncApp, app_token: str, slack_api_url: str) -> None:
        # Its own client: the app-level token opens connections, the bot token does not.
        self._client = posting_client(app_token, slack_api_url)
        self._app_token = app_token
        self._handler = AsyncSocketModeHandler(app, app_token, web_client=self._client)

    async def start(self) -> None:
        """Connect. Raises SettingsError if Slack does not accept the app-level token, and SlackUnavailable.

        The SDK retries forever, whatever the answer, so the token is tested with one call first.
        """
        try:
            await call_slack(self._client.apps_connections_open(app_token=self._app_token))
        except SlackRefusal as refusal:
            raise SettingsError(
                f"Slack does not accept the app-level token ({refusal.code}). Copy SLACK_APP_TOKEN again from the "
                "app's Basic Information page; it starts with xapp- and needs the scope connections:write."
            ) from refusal
        await self._handler.client.connect()  # type: ignore[no-untyped-call]  # the SDK

    async def is_connected(self) -> bool:
        """Whether a connection is open."""
        return bool(await self._handler.client.is_connected())

    async def stop(self) -> None:
        """Close the connections. No event arrives after this."""
        await self._handler.client.close()  # type: ignore[no-untyped-call]  # the SDK


def connect(settings: Settings, app: AsyncApp, database: Database, loops: Sequence[PollLoop]) -> list[Transport]:
    """Return the transports: with an app-level token Socket Mode, and health probes if a port is set; else HTTP."""
    if settings.slack_app_token is not None:
        socket = SocketTransport(app, settings.slack_app_token.get_secret_value(), settings.slack_api_url)
        routes = health_routes(Readiness(slack=socket.is_connected, database=database, loops=loops))
        return [*([HttpServer(settings.host, settings.port, routes)] if settings.port else []), socket]
    secret = settings.slack_signing_secret
    assert secret is not None, "the settings require it where there is no app-level token"  # noqa: S101
    routes = health_routes(Readiness(slack=_no_connection_needed, database=database, loops=loops))
    routes.append(slack_route(app, secret.get_secret_value()))
    return [HttpServer(settings.host, settings.port or DEFAULT_PORT, routes)]


async def _no_connection_needed() -> bool:
    return True


def slack_route(app: AsyncApp, signing_secret: str) -> web.RouteDef:
    """Return the route `POST /slack/events`, which passes signed requests to Bolt and answers 401 to unsigned ones.

    Bolt's own check is off, because it logs the body of a bad request and fails on a malformed header
    (https://docs.slack.dev/authentication/verifying-requests-from-slack).
    """
    verifier = SignatureVerifier(signing_secret)

    async def receive(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_BODY_TIMEOUT):
                body = await request.read()
        except (web.HTTPException, web.RequestPayloadError, TimeoutError, ValueError, OSError) as exc:
            _log.warning(
                "refused a request from %s whose body could not be read: %s", request.remote, type(exc).__name__
            )
            return web.Response(status=getattr(exc, "status", 400), text="unreadable")
        if not _is_signed(verifier, request, body):
            _log.warning("refused an unsigned request from %s", request.remote)
            return web.Response(status=401, text="not signed by Slack")
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    return web.post("/slack/events", receive)


def _is_signed(verifier: SignatureVerifier, request: web.Request, body: bytes) -> bool:
    """Whether Slack signed the request; False for malformed headers or a body that is not UTF-8."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        return False
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return verifier.is_valid(text, timestamp, signature)
