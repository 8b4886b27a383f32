"""Where requests from outside arrive: Slack's, over Socket Mode or HTTP with signatures, and health probes."""

from __future__ import annotations

import asyncio
import logging
import re

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.server.health import Readiness, health_routes
from bot.server.http_server import HttpServer
from bot.server.other_copies import OtherCopies
from bot.server.socket_mode import SocketTransport
from bot.settings import Settings
from bot.slack.client import posting_client
from bot.store import ProcessStore

DEFAULT_PORT = 3000
_BODY_TIMEOUT = 10.0
"""Seconds within which the body of a request has to arrive."""

_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{1,15}", re.ASCII)
_log = logging.getLogger(__name__)


class Transport:
    """Receives health probes from the start on, and Slack's events once there is an app for them.

    With an app-level token Slack's events arrive over Socket Mode, and health is served if a port is set; without one
    both arrive over HTTP.
    """

    def __init__(self, settings: Settings, readiness: Readiness, processes: ProcessStore) -> None:
        self._settings = settings
        self._processes = processes
        self._events = _event_route(settings)
        self._delivers = False
        self._socket: SocketTransport | None = None
        self._server: HttpServer | None = None
        if settings.port or self._events:
            routes = [*health_routes(readiness), *([self._events.route] if self._events else [])]
            self._server = HttpServer(settings.host, settings.port or DEFAULT_PORT, routes)

    async def start(self) -> None:
        """Begin to listen. Raises SettingsError if that is not possible at this address."""
        if self._server is not None:
            await self._server.start()

    async def deliver_to(self, app: AsyncApp) -> None:
        """Begin to pass Slack's events to the app. Raises SettingsError if Slack refuses the app-level token."""
        self._delivers = True
        if self._events is not None:
            self._events.deliver_to(app)
        elif self._settings.slack_app_token is not None:
            # Its own client: the app-level token opens connections, the bot token does not.
            token, settings = self._settings.slack_app_token.get_secret_value(), self._settings
            client = posting_client(token, settings.slack_api_url, settings.network)
            self._socket = SocketTransport(app, client, OtherCopies(self._processes))
            await self._socket.start()

    async def problem(self) -> str | None:
        """Return why Slack's events cannot arrive, or None; HTTP has no connection to look at."""
        if not self._delivers:
            return "not started yet"
        return None if self._socket is None else self._socket.problem

    async def stop(self) -> None:
        """Receive nothing more."""
        if self._socket is not None:
            await self._socket.stop()
        if self._server is not None:
            await self._server.stop()


def _event_route(settings: Settings) -> EventRoute | None:
    if settings.slack_app_token is not None:
        return None
    secret = settings.slack_signing_secret
    assert secret is not None, "the settings require it where there is no app-level token"  # noqa: S101
    return EventRoute(secret.get_secret_value())


class EventRoute:
    """The route `POST /slack/events`, which passes signed requests to Bolt and answers 401 to unsigned ones.

    Bolt's own check is off, because it logs the body of a bad request and fails on a malformed header
    (https://docs.slack.dev/authentication/verifying-requests-from-slack). Until there is an app that takes them,
    signed requests are answered with 503.
    """

    def __init__(self, signing_secret: str) -> None:
        self._verifier = SignatureVerifier(signing_secret)
        self._app: AsyncApp | None = None

    @property
    def route(self) -> web.RouteDef:
        """The route, for the HTTP server."""
        return web.post("/slack/events", self._receive)

    def deliver_to(self, app: AsyncApp) -> None:
        """Pass requests to this app from now on."""
        self._app = app

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_BODY_TIMEOUT):
                body = await request.read()
        except (web.HTTPException, web.RequestPayloadError, TimeoutError, ValueError, OSError) as exc:
            _log.warning(
                "refused a request from %s whose body could not be read: %s", request.remote, type(exc).__name__
            )
            return web.Response(status=getattr(exc, "status", 400), text="unreadable")
        if not _is_signed(self._verifier, request, body):
            _log.warning("refused an unsigned request from %s", request.remote)
            return web.Response(status=401, text="not signed by Slack")
        if self._app is None:
            return web.Response(status=503, text="the bot is starting")
        return await to_aiohttp_response(await self._app.async_dispatch(await to_bolt_request(request)))


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
