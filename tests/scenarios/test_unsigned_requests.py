"""In HTTP mode only Slack is listened to."""

from __future__ import annotations

import asyncio
import logging
import time
from urllib.parse import urlsplit

import pytest

from tests.sandbox.slack.delivery import signature
from tests.scenarios.stage import Stage

SECRET = "made-up-signing-secret"
BODY = b"command=%2Fanother-command&text=acme%2Fempty&marker=not-to-be-logged"


def headers(timestamp: str, signed: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"X-Slack-Request-Timestamp", timestamp.encode("utf-8")),
        (b"X-Slack-Signature", signed.encode("utf-8")),
        (b"Content-Type", b"application/x-www-form-urlencoded"),
    ]


def now() -> str:
    return str(int(time.time()))


def right(timestamp: str, body: bytes = BODY) -> str:
    return signature(SECRET, timestamp, body.decode())


async def send(address: str, given: list[tuple[bytes, bytes]], body: bytes) -> int:
    """POST raw bytes, as no well-behaved client would, and return the status."""
    url = urlsplit(address)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    lines = [b"POST /slack/events HTTP/1.1", b"Host: bot", b"Connection: close", b"Content-Length: %d" % len(body)]
    lines += [name + b": " + value for name, value in given]
    writer.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return int(answer.split(b" ", 2)[1])


OLD = str(int(time.time()) - 600)
AHEAD = str(int(time.time()) + 6000)
FORGED = {
    "no headers": ([], BODY),
    "no signature": (headers(now(), ""), BODY),
    "wrong signature": (headers(now(), "v0=" + "0" * 64), BODY),
    "signature of another body": (headers(now(), right(now(), b"other")), BODY),
    "another version": (headers(now(), right(now()).replace("v0", "v1")), BODY),
    "old": (headers(OLD, right(OLD)), BODY),
    "ahead": (headers(AHEAD, right(AHEAD)), BODY),
    "timestamp not a number": (headers("yesterday", right("yesterday")), BODY),
    "timestamp in other digits": (headers("١٢٣", right("١٢٣")), BODY),
    "timestamp empty": (headers("", right("")), BODY),
    "signature not ASCII": (headers(now(), "v0=é" + "0" * 63), BODY),
    "body not UTF-8": (headers(now(), right(now())), b"\xff\xfe" + BODY),
    "ssl_check": ([], b"ssl_check=1&token=made-up"),
}


@pytest.mark.parametrize("forged", FORGED)
async def test_a_request_without_the_slack_signature_gets_401(
    stage: Stage, forged: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A request that Slack did not sign is answered 401 and logged in one line without its body."""
    given, body = FORGED[forged]
    async with stage.listening_bot() as address:
        caplog.clear()
        with caplog.at_level(logging.INFO):
            status = await send(address, given, body)
    assert status == 401
    warnings = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [record.getMessage() for record in warnings] == ["refused an unsigned request from 127.0.0.1"]
    assert "not-to-be-logged" not in caplog.text
    assert stage.rows("SELECT id FROM requests") == []


async def test_a_request_with_the_slack_signature_is_accepted(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """The same request with Slack's signature gets past the door, where nobody knows that command."""
    timestamp = now()
    async with stage.listening_bot() as address:
        status = await send(address, headers(timestamp, right(timestamp)), BODY)
    assert status == 404
    assert "refused an unsigned request" not in caplog.text
    assert "not-to-be-logged" not in caplog.text
