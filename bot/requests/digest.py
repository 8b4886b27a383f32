"""A fingerprint of what a request was shown to be about. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from bot.requests.request import Target

_DIGEST = "2:"
"""What digests begin with, so that those of older code are told apart."""


def digest_of(account: str, targets: Iterable[Target]) -> str:
    """Return a fingerprint of exactly what was shown and would be deleted, whatever has become of it since.

    It covers the account, and of each target in its order the owner, the name, the version, and whether that was the
    latest.
    """
    shown = [account, *([t.ref.owner, t.ref.name, t.version_id, t.is_latest] for t in targets)]
    return _DIGEST + hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def is_digest_of(digest: str, account: str, targets: Iterable[Target]) -> bool:
    """Whether a stored digest is that of these targets, made by this code or by the one before it.

    The code before it left out the account and whether a version was the latest; its requests are held to the rest.
    """
    if digest.startswith(_DIGEST):
        return digest == digest_of(account, targets)
    return digest == hashlib.sha256("\n".join(str(t) for t in targets).encode()).hexdigest()
