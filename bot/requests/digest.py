"""A fingerprint of the targets that people were shown. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from bot.requests.request import Target

_PREFIX = "2:"
"""The prefix that distinguishes these digests from those of older code."""


def digest_of(account: str, targets: Iterable[Target]) -> str:
    """Return a fingerprint of exactly what was shown and would be deleted; the targets' states do not affect it.

    It covers the account and, for each target in order, the owner, the name, the version, and whether it was the
    latest version.
    """
    shown = [account, *([t.ref.owner, t.ref.name, t.version_id, t.is_latest] for t in targets)]
    return _PREFIX + hashlib.sha256(json.dumps(shown).encode()).hexdigest()


def is_digest_of(digest: str, account: str, targets: Iterable[Target]) -> bool:
    """Return whether a stored digest matches these targets. Digests in the older format are checked as well.

    The older format covered neither the account nor whether a version was the latest.
    """
    if digest.startswith(_PREFIX):
        return digest == digest_of(account, targets)
    return digest == hashlib.sha256("\n".join(str(t) for t in targets).encode()).hexdigest()
