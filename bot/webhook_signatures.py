"""The secrets and signatures of the events that the bot sends, as Standard Webhooks has them. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Signature scheme" and
"Webhook headers".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Sequence

from pydantic import SecretStr

_PREFIX = "whsec_"
_FEWEST, _MOST = 24, 64
"""Bytes of a key: "at least 24 bytes (192 bits, 512 maximum)"."""

_PLAIN = re.compile(rf"[\x21-\x7e]{{{_FEWEST},}}", re.ASCII)
_FORM = (
    f"should be {_PREFIX} followed by the base64 of {_FEWEST} to {_MOST} random bytes, or at least {_FEWEST} "
    "characters without spaces and commas"
)


def split_secrets(text: str) -> tuple[SecretStr, ...]:
    """Return the secrets in a list, which commas, spaces and line breaks separate.

    Raises ValueError, which does not repeat any of them, if one is too short or malformed, or if there is none.
    """
    parts = text.replace(",", " ").split()
    if not parts:
        raise ValueError("holds no secret")
    for part in parts:
        _key(part)
    return tuple(map(SecretStr, dict.fromkeys(parts)))


def signatures(secrets: Sequence[SecretStr], webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`: an HMAC-SHA256 over id, time and body with each secret.

    There is one for each, with spaces between, so that a receiver which knows either of two secrets accepts it.
    """
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(_key(secret.get_secret_value()), signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def _key(secret: str) -> bytes:
    """Return the key that a secret stands for: what its base64 encodes, or else its own bytes."""
    if not secret.startswith(_PREFIX):
        if not _PLAIN.fullmatch(secret):
            raise ValueError(_FORM)
        return secret.encode()
    encoded = secret.removeprefix(_PREFIX)
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError(_FORM) from None
    if not _FEWEST <= len(key) <= _MOST:
        raise ValueError(_FORM)
    return key
