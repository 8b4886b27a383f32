"""Where requests from outside arrive: Slack's, over Socket Mode or HTTP with signatures, and health probes."""

from __future__ import annotations

import asyncio
import logging
import re
import time

from aiohttp import web
from pydantic import SecretStr
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.renewal import Renew
from bot.secret_in_use import SecretInUse
from bot.server.health import Readiness, health_routes
from bot.server.http_server import HttpServer
from bot.server.metrics_route import Expose, metrics_route
from bot.server.other_copies import OtherCopies
from bot.server.socket_connection import NotConnected
from bot.server.socket_mode import SocketTransport
from bot.settings import Settings
from bot.slack.client import posting_client
from bot.slack.retries import StrictWebClient
from bot.store.processes import ProcessStore

STARTING = "The bot is still starting; send SIGHUP again once it has"
"""Why a secret cannot be replaced yet."""

DEFAULT_PORT = 3000
_BODY_TIMEOUT = 10.0
"""Seconds within which the body of a request has to arrive."""

_BOTH_SECRETS = 300.0
"""Seconds for which the signing secret from before is accepted beside a new one."""

_SIGNATURE = re.compile(r"v0=[0-9a-f]{64}", re.ASCII)
_TIMESTAMP = re.compile(r"\d{1,15}", re.ASCII)
_log = logging.getLogger(__name__)


class Transport:
    """Receives health probes from the start on, and Slack's events once there is an app for them.

    With an app-level token Slack's events arrive over Socket Mode, and health is served if a port is set; without one
    both arrive over HTTP. Metrics, if there are any, are served beside health, or at a port of their own.
    """

    def __init__(
        self, settings: Settings, readiness: Readiness, processes: ProcessStore, metrics: Expose | None = None
    ) -> None:
        self._settings = settings
        self._processes = processes
        self._renew: Renew | None = None
        self._events = _event_route(settings)
        self._delivers = False
        self._socket: SocketTransport | None = None
        self._servers: list[HttpServer] = []
        measured = [metrics_route(metrics)] if metrics else []
        if settings.metrics_port and measured:
            self._servers.append(HttpServer(settings.host, settings.metrics_port, measured, "METRICS_PORT"))
            measured = []
        if settings.port or self._events:
            routes = [*health_routes(readiness), *([self._events.route] if self._events else []), *measured]
            self._servers.append(HttpServer(settings.host, settings.port or DEFAULT_PORT, routes))

    async def start(self) -> None:
        """Begin to listen. Raises SettingsError if that is not possible at this address."""
        for server in self._servers:
            await server.start()

    def open(self) -> None:
        """Begin to connect to Slack where its events arrive by a connection. They wait until there is an app."""
        if self._settings.slack_app_token is not None:
            in_use = SecretInUse(self._settings.slack_app_token)
            self._have_renewed(in_use)
            self._socket = SocketTransport(self._connecting_client(in_use), OtherCopies(self._processes))
            self._socket.open()

    async def deliver_to(self, app: AsyncApp) -> None:
        """Begin to pass Slack's events to the app. Raises SettingsError if Slack refuses the app-level token."""
        self._delivers = True
        if self._events is not None:
            self._events.deliver_to(app)
        elif self._socket is not None:
            await self._socket.deliver_to(app)

    def renewed_by(self, renew: Renew) -> None:
        """Look for another app-level token or signing secret with `renew` when the one in use does not work."""
        self._renew = renew
        if self._events is not None:
            self._events.secret.renewed_by(renew)

    async def take_app_token(self, token: SecretStr) -> None:
        """Open Socket Mode connections with another app-level token, the next one at once.

        Raises SettingsError and NotConnected, as `SocketTransport.reopen_with` does; then nothing changes.
        """
        if self._socket is None:
            raise NotConnected(f"{STARTING}.")
        in_use = SecretInUse(token)
        await self._socket.reopen_with(self._connecting_client(in_use))
        # Not before: a new token that is refused must not have another one looked for.
        self._have_renewed(in_use)

    def take_signing_secret(self, secret: SecretStr) -> None:
        """Accept what is signed with another secret; with the one before as well, for five minutes more."""
        if self._events is not None:
            self._events.take(secret)

    def _have_renewed(self, token: SecretInUse) -> None:
        if self._renew is not None:
            token.renewed_by(self._renew)

    def _connecting_client(self, token: SecretInUse) -> StrictWebClient:
        """Return a client of its own: the app-level token opens connections, the bot token does not."""
        return posting_client(token, self._settings.slack_api_url, self._settings.network)

    async def problem(self) -> str | None:
        """Return why Slack's events cannot arrive, or None; HTTP has no connection to look at."""
        if not self._delivers:
            return "not started yet"
        return None if self._socket is None else self._socket.problem

    @property
    def connections(self) -> int | None:
        """How many connections of Socket Mode are alive; None in HTTP mode."""
        if self._events is not None:
            return None
        return 0 if self._socket is None else self._socket.connections

    async def stop(self) -> None:
        """Receive nothing more."""
        if self._socket is not None:
            await self._socket.stop()
        for server in self._servers:
            await server.stop()


def _event_route(settings: Settings) -> EventRoute | None:
    if settings.slack_app_token is not None:
        return None
    secret = settings.slack_signing_secret
    assert secret is not None, "the settings require it where there is no app-level token"  # noqa: S101
    return EventRoute(SecretInUse(secret))


class EventRoute:
    """The route `POST /slack/events`, which passes signed requests to Bolt and answers 401 to unsigned ones.

    Bolt's own check is off, because it logs the body of a bad request and fails on a malformed header
    (https://docs.slack.dev/authentication/verifying-requests-from-slack). Until there is an app that takes them,
    signed requests are answered with 503.
    """

    def __init__(self, secret: SecretInUse) -> None:
        self.secret = secret
        """The secret that Slack signs with."""
        self._before = ""
        self._before_until = 0.0
        self._app: AsyncApp | None = None

    @property
    def route(self) -> web.RouteDef:
        """The route, for the HTTP server."""
        return web.post("/slack/events", self._receive)

    def deliver_to(self, app: AsyncApp) -> None:
        """Pass requests to this app from now on."""
        self._app = app

    def take(self, secret: SecretStr) -> None:
        """Accept what is signed with another secret; with the one before as well, for five minutes more.

        Slack documents no time in which both are valid. It accepts no request that is older than five minutes itself.
        """
        self._before, self._before_until = self.secret.value, time.monotonic() + _BOTH_SECRETS
        self.secret.replace(secret)

    async def _is_from_slack(self, request: web.Request, body: bytes) -> bool:
        secret = self.secret.value
        if _is_signed(secret, request, body):
            return True
        if self._before and time.monotonic() < self._before_until and _is_signed(self._before, request, body):
            return True
        return await self.secret.is_replaced(secret) and _is_signed(self.secret.value, request, body)

    async def _receive(self, request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(_BODY_TIMEOUT):
                body = await request.read()
        except (web.HTTPException, web.RequestPayloadError, TimeoutError, ValueError, OSError) as exc:
            _log.warning(
                "refused a request from %s whose body could not be read: %s", request.remote, type(exc).__name__
            )
            return web.Response(status=getattr(exc, "status", 400), text="unreadable")
        if not await self._is_from_slack(request, body):
            _log.warning("refused an unsigned request from %s", request.remote)
            return web.Response(status=401, text="not signed by Slack")
        if self._app is None:
            return web.Response(status=503, text="the bot is starting")
        return await to_aiohttp_response(await self._app.async_dispatch(await to_bolt_request(request)))


def _is_signed(secret: str, request: web.Request, body: bytes) -> bool:
    """Whether Slack signed the request; False for malformed headers or a body that is not UTF-8."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    if not (_TIMESTAMP.fullmatch(timestamp) and _SIGNATURE.fullmatch(signature)):
        return False
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return False
    return SignatureVerifier(secret).is_valid(text, timestamp, signature)
