"""What the bot's own requests say about targets: who asks for one already, and what Replicate refused before. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.refs import ModelRef

Key = tuple[ModelRef, str | None]
"""A model, or a version of it by its full id."""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A target of an open request; `card` is the address of that request's card, and may be empty."""

    request_id: str
    is_accepted: bool
    card: str = ""

    def __str__(self) -> str:
        return f"{self.request_id} is deleting it" if self.is_accepted else f"{self.request_id} already asks for it"


@dataclass(frozen=True, slots=True)
class PastRefusal:
    """A refusal by Replicate: when, in seconds since 1970, and in its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class PriorRequests:
    """What is known of some models' targets from requests before."""

    asked: Mapping[Key, OpenRequest] = field(default_factory=dict)
    refused: Mapping[Key, PastRefusal] = field(default_factory=dict)
