"""The bot's own earlier requests: which target is in an open one, and which Replicate refused. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.refs import ModelRef
from bot.untrusted_text import unformatted

Key = tuple[ModelRef, str | None]
"""A model, or a version of it by its full id."""


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """The open request that has a target; `is_accepted`: Replicate has accepted its deletion.

    `card` is the URL of the request's card, and `reference` the team's own reference; both may be empty.
    """

    request_id: str
    is_accepted: bool
    card: str = ""
    reference: str = ""

    def __str__(self) -> str:
        named = f"{self.request_id} ({unformatted(self.reference)})" if self.reference else self.request_id
        return f"{named} is deleting it" if self.is_accepted else f"{named} already asks for it"


@dataclass(frozen=True, slots=True)
class PastRefusal:
    """The latest refusal by Replicate, in its own words; `at` in seconds since 1970, `times` how often it refused."""

    at: float
    words: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class PriorRequests:
    """Open requests (`asked`) and refusals (`refused`) for the targets of some models."""

    asked: Mapping[Key, OpenRequest] = field(default_factory=dict)
    refused: Mapping[Key, PastRefusal] = field(default_factory=dict)
