"""The pages and addresses of Replicate at which a reference may point -> their path. Pure."""

from __future__ import annotations

import enum
import re

from bot.commands.mistakes import ParseError, as_code

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_NOT_IN_AN_OWNER = re.compile(r"[.:@]")
_API_MODELS = "v1/models/"


class UrlKind(enum.Enum):
    """What kind of URL a reference is."""

    SITE = "replicate.com"
    API = "api.replicate.com"
    PLAIN = "owner/name by itself, or in Cog's registry"


_KIND_BY_HOST = {
    "replicate.com": UrlKind.SITE,
    "www.replicate.com": UrlKind.SITE,
    "api.replicate.com": UrlKind.API,
    "r8.im": UrlKind.PLAIN,
}

# The first path segments of replicate.com's own pages, which therefore cannot be owners.
_SITE_PAGES = frozenset(
    {
        "about",
        "account",
        "blog",
        "changelog",
        "collections",
        "deployments",
        "docs",
        "enterprise",
        "explore",
        "home",
        "p",
        "playground",
        "predictions",
        "pricing",
        "privacy",
        "signin",
        "status",
        "support",
        "terms",
        "trainings",
    }
)


def is_host(word: str) -> bool:
    """Return whether a word is the name of one of Replicate's hosts."""
    return word.lower() in _KIND_BY_HOST


def split_url(token: str) -> tuple[UrlKind, list[str]]:
    """Return the kind of URL and its path segments from the owner on; there is at least one segment.

    Raises ParseError for a URL of another host, one with a port or a user, and for pages that are not a model's.
    """
    scheme = _SCHEME.match(token)
    address = token[scheme.end() :] if scheme else token
    host, _, path = address.removesuffix("/").partition("/")
    url_kind = _KIND_BY_HOST.get(host.lower())
    if url_kind is None and (scheme or _NOT_IN_AN_OWNER.search(host)):
        raise ParseError(f"{as_code(token)} isn't an address of Replicate, such as `replicate.com/acme/flux`.")
    if url_kind is UrlKind.API:
        path = _after_api_prefix(token, path)
    segments = path.split("/") if url_kind else [host, *path.split("/")]
    if segments[0].lower() in _SITE_PAGES:
        raise ParseError(f"{as_code(token)} is one of Replicate's own pages, not a model.")
    return url_kind or UrlKind.PLAIN, segments


def _after_api_prefix(token: str, path: str) -> str:
    if not path.startswith(_API_MODELS):
        raise ParseError(f"{as_code(token)} is an address of Replicate's API that names no model.")
    return path.removeprefix(_API_MODELS)
