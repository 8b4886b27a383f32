"""URLs of Replicate's API: built from names, and links to next pages checked. Pure.

A list's `next` is an absolute URL with a cursor: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import re
from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from bot.errors import NotUnderstood, ReplicateUnreadable

_UNSAFE_IN_SEGMENT = re.compile(r"[\x00-\x20\x7f/\\]")
_READABLE_URL = re.compile(r"[\x21-\x7e]+")
_MAX_LINK_CHARS = 8_000
"""A link to a page has far fewer; longer ones are not asked for, as servers need not take them (RFC 9110, 4.1)."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


class Addresses:
    """The URLs under one base URL, which ends in `/v1`."""

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")

    def __str__(self) -> str:
        return self._base

    def of(self, *segments: str, **query: str) -> str:
        """Return the URL with these path segments and query. Raises NotUnderstood for an unsafe segment."""
        path = "/".join((self._base, *map(_segment, segments)))
        return f"{path}?{urlencode(query)}" if query else path

    def path(self, url: str) -> str:
        """Return the path of one of these URLs, relative to the base and without its query."""
        return urlsplit(url).path.removeprefix(urlsplit(self._base).path)

    def next_page(self, here: str, link: str | None, seen: Collection[str]) -> str | None:
        """Return the URL of the page after `here` that `link` points to, or None at the end.

        Only the path and query of the link are used, with the scheme and host of the base URL, so that the token is
        sent to no other host. Raises ReplicateUnreadable for a link to another place, one that is too long to be asked,
        or one to a page in `seen`.
        """
        if not link:
            return None
        if len(link) > _MAX_LINK_CHARS:
            raise self._unusable(here, f"a next page by an address of {len(link):,} characters, which was not asked")
        try:
            following = self._under_base(urljoin(here, link)) if _READABLE_URL.fullmatch(link) else None
        except ValueError:
            following = None
        if following is None:
            raise self._unusable(here, "a next page at another address, which was not asked")
        if following in seen:
            raise self._unusable(here, "a next page that had been read already")
        return following

    def _under_base(self, url: str) -> str | None:
        base, there = urlsplit(self._base), urlsplit(url)
        same_host = (base.hostname, _port(self._base)) == (there.hostname, _port(url))
        below = there.path.startswith(f"{base.path}/") and ".." not in unquote(there.path).split("/")
        return urlunsplit((base.scheme, base.netloc, there.path, there.query, "")) if same_host and below else None

    def _unusable(self, url: str, what: str) -> ReplicateUnreadable:
        detail = f"The list named {what}, so it was not read to its end."
        return ReplicateUnreadable(detail, method="GET", path=self.path(url), status=HTTPStatus.OK)


def _port(url: str) -> int | None:
    """Return the port, or None for the scheme's default one: links have been published with http for https."""
    parts = urlsplit(url)
    return None if parts.port == _DEFAULT_PORTS.get(parts.scheme) else parts.port


def _segment(name: str) -> str:
    """Return a name as one path segment that no client, proxy or server can interpret as another path."""
    if name in {"", ".", ".."} or _UNSAFE_IN_SEGMENT.search(name):
        raise NotUnderstood(f"{name!r} cannot be part of a Replicate address. Example: acme/flux")
    return quote(name, safe="")
