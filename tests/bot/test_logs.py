"""What reaches the log: one line an event, and nothing that opens anything."""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Iterator

import pytest

from bot.logs import _QUIET, configure_logging, redact_also
from bot.settings import Settings

SETTINGS = {
    "slack_bot_token": "xoxb-made-up",
    "slack_signing_secret": "made-up-signing-secret",
    "replicate_api_token": "r8_made_up",
    "approvers": "*",
    "https_proxy": "http://ana:made-up%20p%40ss@proxy.example.com:3128",
}
# As slack_sdk logs a payload of Socket Mode at DEBUG: https://docs.slack.dev/apis/events-api/using-socket-mode
PAYLOAD = json.dumps(
    {
        "type": "slash_commands",
        "payload": {
            "token": "verification0token",
            "trigger_id": "1.2.triggering",
            "response_url": "https://hooks.slack.com/commands/T1/2/opening",
        },
    }
).replace("/", "\\/")
QUOTED = [
    PAYLOAD,
    repr(json.loads(PAYLOAD)),
    f"text: {PAYLOAD!r}",
    "token=verification0token&trigger_id=1.2.triggering",
]
PROXIES = [
    "HTTP proxy URL has been loaded from an env variable: http://ana:p%40ss@proxy.example:3128",
    "HTTP proxy URL has been loaded from an env variable: ana:p@ss@10.0.0.1:3128",
    "cannot connect to 'https://ana:pass!word@[::1]:3128'",
]
SECRETS = ("verification0token", "triggering", "opening", "xoxb-made-up", "made-up-signing-secret", "r8_made_up")


@pytest.fixture
def lines(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.NOTSET)  # as in a process in which nothing was configured yet
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    written = io.StringIO()
    configure_logging(Settings(_env_file=None, log_level="DEBUG", log_format=request.param, **SETTINGS))  # type: ignore[arg-type]  # typed by their names
    for handler in root.handlers:
        assert isinstance(handler, logging.StreamHandler)
        handler.setStream(written)
    yield written
    root.handlers[:], root.level = before, level


@pytest.mark.parametrize("lines", ["text", "json"], indirect=True)
def test_an_event_is_one_line(lines: io.StringIO) -> None:
    """Words of others can neither begin a line of their own nor steer a terminal."""
    logging.getLogger("bot.test").warning("Replicate said: %s", "no\n2026-01-01 [error] forged \x1b[2J\x9b\u202e")
    assert lines.getvalue().count("\n") == 1
    assert lines.getvalue().removesuffix("\n").isprintable()


@pytest.mark.parametrize("lines", ["text"], indirect=True)
def test_a_traceback_is_marked(lines: io.StringIO) -> None:
    """The lines of a traceback are marked, so that none of them passes for an event."""
    try:
        raise ValueError("first\n2026-01-01 [error] forged")  # noqa: TRY301 - it is what is logged
    except ValueError:
        logging.getLogger("bot.test").exception("failed")
    first, *others = lines.getvalue().splitlines()
    assert "failed" in first
    assert others
    assert all(line.startswith("  | ") for line in others if line)


@pytest.mark.parametrize("lines", ["text", "json"], indirect=True)
@pytest.mark.parametrize("told", QUOTED)
def test_payloads_lose_their_secrets(lines: io.StringIO, told: str) -> None:
    """However a payload is quoted at DEBUG, its token, trigger id and response URL are not in the log."""
    logging.getLogger("slack_sdk.socket_mode").debug(
        "on_message invoked: %s, xoxb-made-up made-up-signing-secret", told
    )
    assert "on_message invoked" in lines.getvalue()
    assert [secret for secret in SECRETS if secret in lines.getvalue()] == []


@pytest.mark.parametrize("lines", ["text", "json"], indirect=True)
@pytest.mark.parametrize("told", PROXIES)
def test_the_address_of_a_proxy_loses_its_password(lines: io.StringIO, told: str) -> None:
    """Whoever logs the address of a proxy, as slack_sdk does at DEBUG, its user and password are not in the log."""
    logging.getLogger("slack_sdk").debug(told)
    assert ":3128" in lines.getvalue()
    assert [word for word in ("ana", "pass", "p%40ss", "p@ss") if word in lines.getvalue()] == []


@pytest.mark.parametrize("lines", ["text", "json"], indirect=True)
def test_the_password_of_the_proxy_is_not_logged_without_its_address(lines: io.StringIO) -> None:
    """The user and the password of the bot's own proxy are left out as they were written, and as they are sent."""
    sent = base64.b64encode(b"ana:made-up p@ss").decode()
    logging.getLogger("aiohttp").debug(
        "login ana:made-up%%20p%%40ss, sent as {'Proxy-Authorization': 'Basic %s'}", sent
    )
    assert "Proxy-Authorization" in lines.getvalue()
    assert [word for word in ("made-up%20p%40ss", sent) if word in lines.getvalue()] == []


@pytest.mark.parametrize("lines", ["text", "json"], indirect=True)
def test_a_rotated_secret_is_left_out_like_the_one_before(lines: io.StringIO) -> None:
    """What was read while the bot runs is not in the log either, nor is what it replaced."""
    rotated = SETTINGS | {"slack_signing_secret": "made-up-new-one"}
    redact_also(Settings(_env_file=None, **rotated))  # type: ignore[arg-type]  # typed by their names
    logging.getLogger("bot.test").warning("made-up-signing-secret and made-up-new-one")
    assert lines.getvalue().count("[secret]") == 2
    assert "made-up-" not in lines.getvalue()


@pytest.mark.parametrize("lines", ["text", "json"], indirect=True)
def test_each_rotated_secret_of_events_is_left_out(lines: io.StringIO) -> None:
    """Where events are signed with several secrets, none of them is in the log, and the receiver's address neither."""
    address, secrets = "https://events.example.com/in?made-up", ["made-up-" + "1" * 24, "made-up-" + "2" * 24]
    rotated = SETTINGS | {"events_url": address, "events_secret": ",".join(secrets)}
    redact_also(Settings(_env_file=None, **rotated))  # type: ignore[arg-type]  # typed by their names
    logging.getLogger("bot.test").warning("%s, %s and %s", address, *secrets)
    assert lines.getvalue().count("[secret]") == 3
    assert "made-up" not in lines.getvalue()
