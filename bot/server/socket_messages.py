"""What Slack sends over a Socket Mode connection, typed, and the acknowledgement that goes back. Pure.

Shapes: https://docs.slack.dev/apis/events-api/using-socket-mode.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


class DisconnectReason(enum.StrEnum):
    """Why Slack ends a connection."""

    WARNING = "warning"
    """It will end in about ten seconds."""
    REFRESH = "refresh_requested"
    DISABLED = "link_disabled"
    """Socket Mode was turned off in the app's settings."""
    TOO_MANY = "too_many_websockets"
    """The app has ten connections already."""
    OTHER = ""

    @property
    def is_routine(self) -> bool:
        """Whether Slack only wants the connection to be replaced, as it does every few hours."""
        return self in (DisconnectReason.WARNING, DisconnectReason.REFRESH, DisconnectReason.OTHER)


@dataclass(frozen=True, slots=True)
class Hello:
    """The first message: how many `connections` Slack counts for the app, with this one, and the app's id.

    0 and empty if it does not say.
    """

    connections: int
    app_id: str = ""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """The connection is going to be ended by Slack."""

    reason: DisconnectReason


@dataclass(frozen=True, slots=True)
class Envelope:
    """A command, an interaction or an event, to be acknowledged by the envelope's id.

    `headers` tell of a repeated event, in the names that they have over HTTP.
    """

    envelope_id: str
    payload: Mapping[str, Any]
    headers: Mapping[str, str]


SocketMessage = Hello | Disconnect | Envelope


def read_message(text: str) -> SocketMessage | None:
    """Parse a message; None for one of a kind that the bot does not know."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict):
        return None
    match message.get("type"):
        case "hello":
            counted = message.get("num_connections")
            return Hello(counted if isinstance(counted, int) else 0, _app_id(message.get("connection_info")))
        case "disconnect":
            named = message.get("reason")
            return Disconnect(next((reason for reason in DisconnectReason if reason == named), DisconnectReason.OTHER))
        case _:
            return _envelope(message)


def _app_id(connection_info: object) -> str:
    return str(connection_info.get("app_id") or "") if isinstance(connection_info, dict) else ""


def _envelope(message: Mapping[str, Any]) -> Envelope | None:
    envelope_id, payload = message.get("envelope_id"), message.get("payload")
    if not isinstance(envelope_id, str) or not isinstance(payload, dict):
        return None
    retries = {"x-slack-retry-num": message.get("retry_attempt"), "x-slack-retry-reason": message.get("retry_reason")}
    return Envelope(envelope_id, payload, {name: str(value) for name, value in retries.items() if value is not None})


def acknowledgement(envelope_id: str, body: str, content_types: Sequence[str]) -> dict[str, Any]:
    """Return the acknowledgement of an envelope, with the handler's answer in it: nothing, JSON or a text."""
    if not body:
        return {"envelope_id": envelope_id}
    is_json = any(kind.startswith("application/json") for kind in content_types)
    return {"envelope_id": envelope_id, "payload": json.loads(body) if is_json else {"text": body}}
