"""The secrets that events are signed with, and what a signature is."""

from __future__ import annotations

import base64

import pytest
from pydantic import SecretStr

from bot.webhook_signatures import signatures, split_secrets

PUBLISHED = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
"""The secret, id, time, body and signature that the tests of the Standard Webhooks libraries have."""


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """The signature is the one that the libraries of Standard Webhooks are tested with."""
    body = b'{"test": 2432232314}'
    signed = signatures([SecretStr(PUBLISHED)], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_secrets_are_listed_with_commas_or_spaces() -> None:
    """Several secrets stand in one setting, each once, in their order."""
    plain = "a" * 24
    assert [s.get_secret_value() for s in split_secrets(f"{PUBLISHED}, {plain}\n{PUBLISHED}")] == [PUBLISHED, plain]


def encoded(count: int) -> str:
    return "whsec_" + base64.b64encode(bytes(range(count))).decode()


@pytest.mark.parametrize(
    "good", [encoded(24), encoded(64), encoded(25), encoded(25).rstrip("="), "Öther"[1:] + "x" * 20]
)
def test_long_secrets_are_taken(good: str) -> None:
    """The base64 of 24 to 64 bytes, with or without padding, and plain text of 24 characters are secrets."""
    assert [s.get_secret_value() for s in split_secrets(good)] == [good]


@pytest.mark.parametrize(
    "bad", ["", " , ", encoded(23), encoded(65), "whsec_" + "?" * 40, "a" * 23, "ö" * 30, "whsec_"]
)
def test_short_or_malformed_secrets_are_not(bad: str) -> None:
    """What is too short, no base64 or no ASCII is refused, without being repeated."""
    with pytest.raises(ValueError, match=r"holds no secret|should be whsec_ followed") as refused:
        split_secrets(bad)
    assert len(bad) < 7 or bad not in str(refused.value)
