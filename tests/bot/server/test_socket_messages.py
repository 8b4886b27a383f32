"""What comes over a Socket Mode connection, and what goes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.server.socket_messages import Disconnect, DisconnectReason, Envelope, Hello, acknowledgement, read_message


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "hi",
        "5",
        "[]",
        "[" * 100_000,
        "{}",
        '{"type": "news"}',
        '{"type": "interactive", "envelope_id": 5, "payload": {}}',
        '{"type": "interactive", "envelope_id": "1", "payload": "text"}',
    ],
)
def test_messages_of_unknown_kinds_are_nothing(odd: str) -> None:
    """What is no message that the bot knows is passed over."""
    assert read_message(odd) is None


@pytest.mark.parametrize(
    ("said", "read"),
    [
        ({"type": "hello", "num_connections": 4}, Hello(4)),
        ({"type": "hello"}, Hello(0)),
        ({"type": "hello", "num_connections": "4"}, Hello(0)),
        ({"type": "disconnect", "reason": "link_disabled"}, Disconnect(DisconnectReason.DISABLED)),
        ({"type": "disconnect", "reason": "something new"}, Disconnect(DisconnectReason.OTHER)),
        ({"type": "disconnect", "reason": ["warning"]}, Disconnect(DisconnectReason.OTHER)),
        ({"type": "disconnect"}, Disconnect(DisconnectReason.OTHER)),
        (
            {"type": "interactive", "envelope_id": "1", "payload": {"a": 1}, "accepts_response_payload": True},
            Envelope("1", {"a": 1}, {}),
        ),
        (
            {"type": "events_api", "envelope_id": "1", "payload": {}, "retry_attempt": 2, "retry_reason": "timeout"},
            Envelope("1", {}, {"x-slack-retry-num": "2", "x-slack-retry-reason": "timeout"}),
        ),
    ],
)
def test_messages_are_typed(said: dict[str, Any], read: object) -> None:
    """Greetings, announced ends and envelopes are read as such, whatever else is in them or is not."""
    assert read_message(json.dumps(said)) == read


@pytest.mark.parametrize(
    ("body", "kind", "payload"),
    [
        ("", "text/plain", None),
        ('{"response_action": "clear"}', "application/json;charset=utf-8", {"response_action": "clear"}),
        ("Got it", "text/plain;charset=utf-8", {"text": "Got it"}),
    ],
)
def test_an_acknowledgement_holds_what_the_handler_said(body: str, kind: str, payload: object) -> None:
    """An acknowledgement names its envelope, and holds JSON as it is and text as a message."""
    said = {} if payload is None else {"payload": payload}
    assert acknowledgement("1", body, [kind]) == {"envelope_id": "1", **said}
