"""What can go wrong between Replicate and whoever asks, and when. No I/O."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from random import Random
from typing import Any


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
class Reworded:
    """Handled; the body is another one, made of the answer's by `change`."""

    change: Callable[[bytes], bytes]


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


Fault = Instead | Emptied | Truncated | Reworded | CutOff | Dropped | LostAnswer | Delayed | Hanging


def html_error(status: int) -> Instead:
    """A proxy's error page."""
    return Instead(status, f"<html><head><title>{status}</title></head><body>nginx</body></html>")


def reshaped(change: Callable[[Any], object]) -> Reworded:
    """The answer with its JSON value changed: of Replicate's fields nearly every one may be missing or null.

    See the schemas of https://api.replicate.com/openapi.json, which require none of a deployment, a training or a page.
    """
    return Reworded(lambda body: json.dumps(change(json.loads(body))).encode())


def with_item(item: object, *, last: bool = False) -> Reworded:
    """One more item in a page of a list, before the others or after them."""

    def change(page: dict[str, Any]) -> object:
        others = page["results"]
        return page | {"results": [*others, item] if last else [item, *others]}

    return reshaped(change)


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
    """A fault for requests whose method, path (below `/v1`) and account match, with `*` wildcards.

    It strikes `times` times (None: always), each time with this `chance`; `struck` counts.
    """

    fault: Fault
    method: str
    path: str
    times: int | None
    chance: float
    random: Random
    account: str = "*"
    struck: int = 0

    def strikes(self, method: str, path: str, account: str) -> bool:
        """Whether it hits this request."""
        if self.times is not None and self.struck >= self.times:
            return False
        if not (fnmatchcase(method, self.method) and fnmatchcase(path, self.path)):
            return False
        if not fnmatchcase(account, self.account):
            return False
        if self.random.random() >= self.chance:
            return False
        self.struck += 1
        return True
