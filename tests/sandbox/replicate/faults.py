"""What can go wrong between Replicate and whoever asks, and when. No I/O."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random


@dataclass(frozen=True)
class Instead:
    """Another answer, given without handling the request."""

    status: int
    body: str = ""
    content_type: str = "text/html"
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Emptied:
    """Handled; the answer keeps its status and loses its body."""


@dataclass(frozen=True)
class Truncated:
    """Handled; the second half of the body is missing, and nothing says so."""


@dataclass(frozen=True)
class CutOff:
    """Handled; the connection is dropped in the middle of the body."""


@dataclass(frozen=True)
class Dropped:
    """The connection is dropped before the request is handled."""


@dataclass(frozen=True)
class LostAnswer:
    """Handled; then the connection is dropped before the answer."""


@dataclass(frozen=True)
class Delayed:
    """Handled after so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Hanging:
    """Not handled until `released` is set; `arrived` is set when a request hangs."""

    released: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)


Fault = Instead | Emptied | Truncated | CutOff | Dropped | LostAnswer | Delayed | Hanging


def html_error(status: int) -> Instead:
    """A proxy's error page."""
    return Instead(status, f"<html><head><title>{status}</title></head><body>nginx</body></html>")


def refusal(status: int, detail: str = "Not like this.") -> Instead:
    """An answer of Replicate's own, with its JSON."""
    body = f'{{"title": "Refused", "detail": "{detail}", "status": {status}}}'
    return Instead(status, body, "application/json")


def throttled(detail: str, *, retry_after: str | None = None) -> Instead:
    """A 429 with these words."""
    headers = (("Retry-After", retry_after),) if retry_after is not None else ()
    return Instead(429, f'{{"detail": "{detail}"}}', "application/json", headers)


@dataclass
class Planned:
    """A fault for requests whose method and path (below `/v1`, with `*` wildcards) match.

    It strikes `times` times (None: always), each time with this `chance`; `struck` counts.
    """

    fault: Fault
    method: str
    path: str
    times: int | None
    chance: float
    random: Random
    struck: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Whether it hits this request."""
        if self.times is not None and self.struck >= self.times:
            return False
        if not (fnmatchcase(method, self.method) and fnmatchcase(path, self.path)):
            return False
        if self.random.random() >= self.chance:
            return False
        self.struck += 1
        return True
