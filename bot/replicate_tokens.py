"""The tokens of Replicate in the settings, each checked by its form alone. Pure: no I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import SecretStr

_PREFIX = "r8_"
"""All of Replicate's tokens have it today: https://replicate.com/docs/topics/security/api-tokens."""

_WITHOUT_PREFIX = re.compile(r"(?!hf_|gh[a-z]_|github_|AKIA)[A-Za-z0-9_]{20,}", re.ASCII)
"""Old tokens are 40 hexadecimal digits; tokens of Slack, Hugging Face, GitHub and AWS look otherwise."""

_NO_TOKEN = f"should start with {_PREFIX}; this is no token of Replicate's"
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

UNPREFIXED = "the token does not start with r8_, as all of Replicate's do today; if it is refused, make a new one"


@dataclass(frozen=True, slots=True)
class ReplicateToken:
    """A token, and where it is set: `REPLICATE_API_TOKEN`, or `the second token of REPLICATE_API_TOKENS`."""

    secret: SecretStr
    place: str

    @property
    def has_prefix(self) -> bool:
        """Whether it begins as all of Replicate's do today."""
        return _has_prefix(self.secret.get_secret_value())


def checked_token(token: SecretStr) -> SecretStr:
    """Return the one token of a setting. Raises ValueError, without the token, if it is none of Replicate's."""
    if not _may_be_replicates(token.get_secret_value()):
        raise ValueError(_NO_TOKEN)
    if len(token.get_secret_value().replace(",", " ").split()) > 1:
        raise ValueError("is a single token; REPLICATE_API_TOKENS takes those of several accounts")
    return token


def split_tokens(text: str) -> tuple[SecretStr, ...]:
    """Return the tokens in a list, which commas, spaces and line breaks separate.

    Raises ValueError, which names a token by its place alone, if one is none of Replicate's, or if there is none.
    """
    parts = text.replace(",", " ").split()
    if not parts:
        raise ValueError("holds no token")
    for number, part in enumerate(parts, start=1):
        if not _may_be_replicates(part):
            raise ValueError(f"the {_ordinal(number)} token {_NO_TOKEN}")
    return tuple(map(SecretStr, parts))


def tokens_of(one: SecretStr | None, several: Iterable[SecretStr]) -> tuple[ReplicateToken, ...]:
    """Return the tokens of both settings, each once, in their order."""
    alone = [ReplicateToken(one, "REPLICATE_API_TOKEN")] if one is not None else []
    listed = (
        ReplicateToken(secret, f"the {_ordinal(number)} token of REPLICATE_API_TOKENS")
        for number, secret in enumerate(several, start=1)
    )
    by_secret: dict[SecretStr, ReplicateToken] = {}
    for token in (*alone, *listed):
        by_secret.setdefault(token.secret, token)
    return tuple(by_secret.values())


def _ordinal(number: int) -> str:
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"


def _has_prefix(token: str) -> bool:
    return token.startswith(_PREFIX)


def _may_be_replicates(token: str) -> bool:
    return _has_prefix(token) or _WITHOUT_PREFIX.fullmatch(token) is not None
