"""Delivering commands, clicks and events to the app, over a socket or as a signed HTTP request.

Sources: https://docs.slack.dev/authentication/verifying-requests-from-slack (the signature),
https://docs.slack.dev/interactivity/implementing-slash-commands ("Responding to commands": three seconds),
https://docs.slack.dev/reference/events/url_verification (before an address gets its first event).
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp

from tests.sandbox.slack.sockets import Acked, Sockets

OK = 200
SERVER_ERROR = 500

_CHALLENGE = "made-up-challenge"
_URL_VERIFICATION = {"type": "url_verification", "token": "made-up-verification-token", "challenge": _CHALLENGE}

Outcome = tuple[str, dict[str, Any]]
"""Slack's word for what went wrong, empty when nothing did, and what the acknowledgement carried."""


class Kind(enum.Enum):
    """What is delivered; the value is the `type` of its Socket Mode envelope."""

    COMMAND = "slash_commands"
    INTERACTION = "interactive"
    EVENT = "events_api"


@dataclass(frozen=True)
class Acknowledgement:
    """How the app took a command or a click."""

    acked: bool
    ack_ms: float
    """Milliseconds until the acknowledgement, or until it was given up."""
    error: str = ""
    """What Slack says to the person when it was not acknowledged."""
    body: dict[str, Any] = field(default_factory=dict)
    """The message the acknowledgement carried, for a slash command."""


def signature(secret: str, timestamp: str, body: str) -> str:
    """Slack's `X-Slack-Signature`, version 0."""
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:{body}".encode(), hashlib.sha256)
    return f"v0={digest.hexdigest()}"


def body_of(kind: Kind, payload: dict[str, Any]) -> tuple[str, str]:
    """The body and its content type: a command's own fields, an interaction as JSON in `payload`, an event as JSON."""
    if kind is Kind.EVENT:
        return json.dumps(payload), "application/json"
    form = payload if kind is Kind.COMMAND else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"


class Delivery:
    """Sends payloads to the app: to `deliver_to` when it is set, otherwise over a socket."""

    def __init__(
        self, signing_secret: str, changed: Callable[[], None], clock: Callable[[], float] = time.time
    ) -> None:
        self.deliver_to: str | None = None
        self.ack_seconds = 3.0
        self.rewrite: Callable[[dict[str, Any]], dict[str, Any]] | None = None
        """Changes what Slack would send before it is sent, for payloads that people's own doing never makes."""
        self.sockets = Sockets(changed, clock)
        self.signing_secret = signing_secret
        self._last: tuple[Kind, dict[str, Any]] | None = None
        self._client: aiohttp.ClientSession | None = None
        self._verified: set[str] = set()

    async def deliver(self, kind: Kind, payload: dict[str, Any]) -> Acknowledgement:
        """Deliver once, and wait for the acknowledgement as long as Slack does."""
        if self.rewrite:
            payload = self.rewrite(payload)
        self._last = (kind, payload)
        if self.deliver_to:
            return await self._timed(self._over_http(kind, payload))
        return await self._timed(_over_socket(self.sockets.deliver(kind.value, payload, seconds=self.ack_seconds)))

    async def deliver_again(self) -> Acknowledgement:
        """Deliver the last payload once more, in the same envelope, as can happen around a reconnect."""
        if self._last is None:
            raise AssertionError("nothing was delivered yet")
        envelope = self.sockets.last
        if self.deliver_to or envelope is None:
            return await self.deliver(*self._last)
        return await self._timed(_over_socket(self.sockets.send(envelope, seconds=self.ack_seconds)))

    async def close(self) -> None:
        """End the connections, in both directions."""
        await self.sockets.close()
        if self._client:
            await self._client.close()

    async def _timed(self, send: Coroutine[Any, Any, Outcome]) -> Acknowledgement:
        started = time.monotonic()
        try:
            error, body = await send
        except TimeoutError:
            error, body = "operation_timeout", {}
        return Acknowledgement(not error, (time.monotonic() - started) * 1000, error, body)

    async def _over_http(self, kind: Kind, payload: dict[str, Any]) -> Outcome:
        address = str(self.deliver_to)
        if kind is Kind.EVENT and address not in self._verified:
            error, answer = await self._post(address, kind, _URL_VERIFICATION)
            if error or _CHALLENGE not in answer.values():
                return error or "url_not_verified", {}
            self._verified.add(address)
        return await self._post(address, kind, payload)

    async def _post(self, address: str, kind: Kind, payload: dict[str, Any]) -> Outcome:
        (body, content_type), timestamp = body_of(kind, payload), str(int(time.time()))
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": signature(self.signing_secret, timestamp, body),
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        }
        if self._client is None:
            self._client = aiohttp.ClientSession(trust_env=False)
        timeout = aiohttp.ClientTimeout(total=self.ack_seconds)
        try:
            async with self._client.post(address, data=body, headers=headers, timeout=timeout) as response:
                text = await response.text()
        except aiohttp.ClientError:
            return "dispatch_failed", {}
        if response.status != OK:
            return "http_client_error" if response.status < SERVER_ERROR else "http_service_error", {}
        return "", _spoken(text, response.content_type)


async def _over_socket(delivery: Coroutine[Any, Any, Acked | None]) -> Outcome:
    answer = await delivery
    if answer is None:
        return "dispatch_failed", {}
    payload = answer.get("payload")
    return "", payload if isinstance(payload, dict) else {}


def _spoken(text: str, content_type: str) -> dict[str, Any]:
    # A command may be answered in the acknowledgement itself, as plain text or as JSON.
    if not text.strip():
        return {}
    if content_type != "application/json":
        return {"text": text}
    parsed = json.loads(text)
    return parsed if isinstance(parsed, dict) else {}
