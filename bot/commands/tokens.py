"""The text after a command -> its words, and where each of them points. Pure.

A word is freed here of what Slack, people and web addresses put around it; `references.py` gives it meaning.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterator

MAX_TEXT_CHARS = 10_000
"""Characters that one command's text may have; a hundred references with full ids fit well within."""

MAX_REASON_CHARS = 2_000
"""Characters of a reason."""

_QUOTED_LENGTH = 60
_CONTEXT = 20
_LINE_BREAKS_AND_TABS = "\t\n\r"
_WRAPPING = "\"'`“”„‘’‚«»‹›()[]{}<>"
_CLOSING = ".:!?"
_DASHES = ("--", "—", "–")

# Slack writes a link as <address> or <address|label>:
# https://docs.slack.dev/messaging/formatting-message-text
_LINK = re.compile(r"<(?P<address>[^<>|\s?#]+)(?:[?#][^<>|\s]*)?(?:\|[^<>]*)?>[.:!?]*")
_ESCAPED = re.compile(r"&(amp|lt|gt);")
_CHARACTERS = {"amp": "&", "lt": "<", "gt": ">"}
_SEPARATORS = re.compile(r"[\s,;]+")
_QUERY_OR_FRAGMENT = re.compile(r"[?#].*", re.DOTALL)
_DOT_SEGMENT = re.compile(r"\.\.|(?:^|/)\.")
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_NOT_IN_AN_OWNER = re.compile(r"[.:@]")
_API_MODELS = "v1/models/"


class UrlKind(enum.Enum):
    """Where a reference points."""

    SITE = "replicate.com"
    API = "api.replicate.com"
    PLAIN = "owner/name by itself, or in Cog's registry"


_PLACES = {
    "replicate.com": UrlKind.SITE,
    "www.replicate.com": UrlKind.SITE,
    "api.replicate.com": UrlKind.API,
    "r8.im": UrlKind.PLAIN,
}

# First segments of replicate.com's own pages, which therefore cannot be owners.
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
    """A part of the text has no meaning; the text says which part and why.

    `example` is a command that would have been right, where one fits better than the command's usual one.
    """

    def __init__(self, reason: str, *, example: str | None = None) -> None:
        self.example = example
        super().__init__(reason)


def as_code(part: str) -> str:
    """Return `part` for a sentence: in backticks, at most 60 characters of it, nothing in it invisible."""
    short = part if len(part) <= _QUOTED_LENGTH else part[: _QUOTED_LENGTH - 1] + "…"
    shown = "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in short)
    return f"`{shown.replace('`', chr(39))}`"


def tokens_in(text: str) -> Iterator[str]:
    """Yield the words of a command's text, in typed order.

    Spaces, line breaks, commas and semicolons part them. Slack's links and escapes, quotes, brackets,
    closing punctuation, queries and fragments are gone; a word of nothing but such marks is left out.
    Every word but an option is ASCII, without a backslash, a percent sign or a segment of dots.
    Raises Unclear for a text that is too long or holds anything else.
    """
    _refuse_too_long(text)
    _refuse_invisible(text)
    plain = _without_links(unescaped(_without_links(text)))
    for word in _SEPARATORS.split(plain):
        if word.strip(_WRAPPING + _CLOSING) or word.startswith("."):
            yield _bare(word)


def unescaped(text: str) -> str:
    """Undo Slack's escapes, once (https://docs.slack.dev/messaging/formatting-message-text)."""
    return _ESCAPED.sub(lambda escape: _CHARACTERS[escape[1]], text)


def is_option(token: str) -> bool:
    """Return whether `token` is written as an option; Slack's clients turn two hyphens into a dash."""
    return token.startswith(_DASHES)


def option_name(token: str) -> str:
    """Return the name of an option without its dashes and without a value."""
    return token.lstrip("-—–").partition("=")[0]


def split_url(token: str) -> tuple[UrlKind, list[str]]:
    """Return where the token points and its segments from the owner on, at least one.

    Raises Unclear for an address of another host, with a port or a user, and for pages that are no model's.
    """
    scheme = _SCHEME.match(token)
    address = token[scheme.end() :] if scheme else token
    host, _, path = address.removesuffix("/").partition("/")
    place = _PLACES.get(host.lower())
    if place is None and (scheme or _NOT_IN_AN_OWNER.search(host)):
        raise ParseError(f"{as_code(token)} is not an address of Replicate, such as replicate.com/acme/flux.")
    if place is UrlKind.API:
        path = _after_api_prefix(token, path)
    segments = path.split("/") if place else [host, *path.split("/")]
    if segments[0].lower() in _SITE_PAGES:
        raise ParseError(f"{as_code(token)} is one of Replicate's own pages, not a model.")
    return place or UrlKind.PLAIN, segments


def _refuse_too_long(text: str) -> None:
    if len(text) > MAX_TEXT_CHARS:
        raise ParseError(
            f"The text that begins with {as_code(text)} is {len(text):,} characters long, "
            f"and a command reads at most {MAX_TEXT_CHARS:,}."
        )


def _refuse_invisible(text: str) -> None:
    """Refuse control characters, and those that hide or turn around what stands beside them."""
    for at, character in enumerate(text):
        if unicodedata.category(character).startswith("C") and character not in _LINE_BREAKS_AND_TABS:
            around = text[max(0, at - _CONTEXT) : at + _CONTEXT]
            raise ParseError(
                f"There is an invisible character, U+{ord(character):04X}, in {as_code(around)}; "
                "type that part again by hand."
            )


def _without_links(text: str) -> str:
    return _LINK.sub(lambda link: f" {link['address']} ", text)


def _bare(word: str) -> str:
    opened = word.lstrip(_WRAPPING)
    if is_option(opened):
        return opened.rstrip(_WRAPPING + _CLOSING)
    path = _QUERY_OR_FRAGMENT.sub("", opened)
    if _DOT_SEGMENT.search(path):
        raise ParseError(f"{as_code(path)} has a part made of dots, which names nothing.")
    token = path.rstrip(_WRAPPING + _CLOSING)
    if not token:
        raise ParseError(f"{as_code(word)} names nothing.")
    _refuse_foreign(token)
    return token


def _refuse_foreign(token: str) -> None:
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
