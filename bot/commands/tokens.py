"""The text after a command -> its words, and where each of them points. Pure.

This module strips the markup, quotes and punctuation around a word; `references.py` interprets it.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator

MAX_TEXT_CHARS = 10_000
"""The most characters that one command's text may have; a hundred references with full ids fit well within it."""

MAX_REASON_CHARS = 2_000
"""The most characters of a reason."""

_MAX_QUOTED_CHARS = 60
_CONTEXT_CHARS = 20
_LINE_BREAKS_AND_TABS = "\t\n\r"
_WRAPPING = "\"'`“”„‘’‚«»‹›()[]{}<>"
_CLOSING = ".:!?"
_DASHES = ("--", "—", "–")

# Slack writes a link as <address> or <address|label>:
# https://docs.slack.dev/messaging/formatting-message-text
_LINK = re.compile(r"<(?P<address>[^<>|\s?#]+)(?:[?#][^<>|\s]*)?(?:\|[^<>]*)?>[.:!?]*")
_ESCAPED = re.compile(r"&(amp|lt|gt);")
_UNESCAPED = {"amp": "&", "lt": "<", "gt": ">"}
_SEPARATORS = re.compile(r"[\s,;]+")
_QUERY_OR_FRAGMENT = re.compile(r"[?#].*", re.DOTALL)
_DOT_SEGMENT = re.compile(r"\.\.|(?:^|/)\.")
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


class ParseError(Exception):
    """A part of the text could not be parsed; the message quotes the part and says why.

    `example` is a correct command, if there is a better one than the command's usual example.
    """

    def __init__(self, reason: str, *, example: str | None = None) -> None:
        self.example = example
        super().__init__(reason)


def as_code(part: str) -> str:
    """Return `part` in backticks, cut to 60 characters, with unprintable characters shown as `[U+XXXX]`."""
    short = part if len(part) <= _MAX_QUOTED_CHARS else part[: _MAX_QUOTED_CHARS - 1] + "…"
    shown = "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in short)
    return f"`{shown.replace('`', chr(39))}`"


def tokens_in(text: str) -> Iterator[str]:
    """Yield the words of a command's text, in typed order.

    Words are separated by spaces, line breaks, commas and semicolons. Slack's links and escapes, quotes, brackets,
    closing punctuation, queries and fragments are removed; a word that consists of nothing else is skipped.
    Every word but an option is ASCII, without a backslash, a percent sign or a segment of dots.
    Raises ParseError for a text that is too long or contains anything else.
    """
    _refuse_too_long(text)
    _refuse_invisible(text)
    plain = _without_links(unescaped(_without_links(text)))
    for word in _SEPARATORS.split(plain):
        if word.strip(_WRAPPING + _CLOSING) or word.startswith("."):
            yield _stripped(word)


def unescaped(text: str) -> str:
    """Undo Slack's escapes, once (https://docs.slack.dev/messaging/formatting-message-text)."""
    return _ESCAPED.sub(lambda escape: _UNESCAPED[escape[1]], text)


def is_option(token: str) -> bool:
    """Return whether `token` is an option, also if Slack's client replaced its two hyphens by a dash."""
    return token.startswith(_DASHES)


def option_name(token: str) -> str:
    """Return the name of an option without its dashes and without a value."""
    return token.lstrip("-—–").partition("=")[0]


def split_url(token: str) -> tuple[UrlKind, list[str]]:
    """Return the kind of URL and its path segments from the owner on; there is at least one segment.

    Raises ParseError for a URL of another host, one with a port or a user, and for pages that are not a model's.
    """
    scheme = _SCHEME.match(token)
    address = token[scheme.end() :] if scheme else token
    host, _, path = address.removesuffix("/").partition("/")
    url_kind = _KIND_BY_HOST.get(host.lower())
    if url_kind is None and (scheme or _NOT_IN_AN_OWNER.search(host)):
        raise ParseError(f"{as_code(token)} is not an address of Replicate, such as replicate.com/acme/flux.")
    if url_kind is UrlKind.API:
        path = _after_api_prefix(token, path)
    segments = path.split("/") if url_kind else [host, *path.split("/")]
    if segments[0].lower() in _SITE_PAGES:
        raise ParseError(f"{as_code(token)} is one of Replicate's own pages, not a model.")
    return url_kind or UrlKind.PLAIN, segments


def _refuse_too_long(text: str) -> None:
    if len(text) > MAX_TEXT_CHARS:
        raise ParseError(
            f"The text that begins with {as_code(text)} is {len(text):,} characters long, "
            f"and a command reads at most {MAX_TEXT_CHARS:,}."
        )


def _refuse_invisible(text: str) -> None:
    """Refuse control characters, and characters that hide or reverse the text beside them."""
    for at, character in enumerate(text):
        if unicodedata.category(character).startswith("C") and character not in _LINE_BREAKS_AND_TABS:
            around = text[max(0, at - _CONTEXT_CHARS) : at + _CONTEXT_CHARS]
            raise ParseError(
                f"There is an invisible character, U+{ord(character):04X}, in {as_code(around)}; "
                "type that part again by hand."
            )


def _without_links(text: str) -> str:
    return _LINK.sub(lambda link: f" {link['address']} ", text)


def _stripped(word: str) -> str:
    opened = word.lstrip(_WRAPPING)
    if is_option(opened):
        return opened.rstrip(_WRAPPING + _CLOSING)
    path = _QUERY_OR_FRAGMENT.sub("", opened)
    if _DOT_SEGMENT.search(path):
        raise ParseError(f"{as_code(path)} has a part made of dots, which names nothing.")
    token = path.rstrip(_WRAPPING + _CLOSING)
    if not token:
        raise ParseError(f"{as_code(word)} names nothing.")
    _refuse_unusual_characters(token)
    return token


def _refuse_unusual_characters(token: str) -> None:
    for character in token:
        if not character.isascii():
            raise ParseError(
                f"{as_code(token)} has a character that no name on Replicate has: "
                f"{as_code(character)}, U+{ord(character):04X}."
            )
        if character in "%\\":
            raise ParseError(f"{as_code(token)} has a {as_code(character)}, which no reference has.")


def _after_api_prefix(token: str, path: str) -> str:
    if not path.startswith(_API_MODELS):
        raise ParseError(f"{as_code(token)} is an address of Replicate's API that names no model.")
    return path.removeprefix(_API_MODELS)
