"""The ids of requests, made at random, and read as people type them. Pure."""

from __future__ import annotations

import secrets

_PREFIX = "R-"
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 5


def new_id() -> str:
    """Return a new id: `R-` and five characters out of 30 that are not easily confused when read or spoken."""
    return _PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def is_request_id(text: str) -> bool:
    """Whether a text is made like the ids that `new_id` returns."""
    rest = text.removeprefix(_PREFIX)
    return text.startswith(_PREFIX) and len(rest) == _LENGTH and all(character in _ALPHABET for character in rest)


def read_request_id(text: str) -> str:
    """Return the request id that a person typed, in either case, with `R-` or without."""
    written = text.strip().upper()
    return written if written.startswith(_PREFIX) else _PREFIX + written
