"""Words -> references to models and versions. Pure: no I/O, no clock.

Every owner, name and selector returned by this module is one safe path segment: ASCII letters, digits, `.`, `_`
and `-`, beginning with a letter or digit. Owners and names keep their case, because Replicate does not document
whether it is significant; hexadecimal ids are lower-cased, as Replicate writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bot.commands.tokens import ParseError, UrlKind, as_code, split_url
from bot.refs import ModelRef, Reference, VersionRef

MAX_NAME_CHARS = 100
"""The most characters of an owner or a name. This limit is the bot's: Replicate publishes none, and its names are far
shorter."""

MAX_SELECTOR_CHARS = 64
MIN_PREFIX_CHARS = 4

# A name may contain dots, an owner may not: `evil.test/flux` would be a URL of another host.
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_HEX = re.compile(r"[0-9a-fA-F]+")
_OTHER_ID = re.compile(r"[vV][0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_SELECTOR_SEPARATOR = re.compile(r"(?:@sha256:|:)(?=.)", re.IGNORECASE)
_DIGEST_PREFIX = "sha256:"
_EXPECTED_FORM = "Write a model as owner/name and a version as owner/name:id, with no space around slash or colon."

_VERSIONS = "versions"
# The tabs of a model's page; https://replicate.com/docs/topics/models/delete-a-model sends people who delete by hand
# to /settings.
_TABS = {
    UrlKind.SITE: frozenset({_VERSIONS, "api", "examples", "playground", "readme", "settings", "train"}),
    UrlKind.API: frozenset({_VERSIONS}),
    UrlKind.PLAIN: frozenset[str](),
}


def read_references(words: Iterable[str]) -> Iterator[Reference]:
    """Yield the reference that each word names; a word without a slash is a version of the model named last.

    Raises ParseError for a word that is not a reference.
    """
    model: ModelRef | None = None
    for token in words:
        reference = _parse_address(token) if "/" in token else _version_of(model, token)
        model = reference if isinstance(reference, ModelRef) else reference.model
        yield reference


def _version_of(model: ModelRef | None, token: str) -> VersionRef:
    selector = _parse_selector(token)
    if model is None:
        raise ParseError(
            f"{as_code(token)} names a version but not its model; together they are `owner/name:{selector}`."
        )
    return VersionRef(model, selector)


def _parse_address(token: str) -> Reference:
    kind, segments = split_url(token)
    if len(segments) == 1:
        raise ParseError(f"{as_code(token)} names no model. {_EXPECTED_FORM}")
    owner, rest, *tail = segments
    name, *selectors = _SELECTOR_SEPARATOR.split(rest, maxsplit=1)
    if not (_is_segment(owner, _OWNER) and _is_segment(name, _NAME)):
        raise ParseError(f"{as_code(token)} has no owner/name that Replicate could know. {_EXPECTED_FORM}")
    model = ModelRef(owner, name)
    match selectors, tail:
        case ([], []):
            return model
        case ([selector], []):
            return VersionRef(model, _parse_selector(selector))
        case ([], [tab]) if tab in _TABS[kind]:
            return model
        case ([], ["versions", selector]) if _VERSIONS in _TABS[kind]:
            return VersionRef(model, _parse_selector(selector))
    raise ParseError(
        f"{as_code(token)} goes on after the model, with {as_code('/' + '/'.join(tail))}. {_EXPECTED_FORM}"
    )


def _is_segment(text: str, shape: re.Pattern[str]) -> bool:
    return len(text) <= MAX_NAME_CHARS and shape.fullmatch(text) is not None


def _parse_selector(typed: str) -> str:
    """Return the selector that `typed` means. Raises ParseError if no version could have such an id."""
    prefixed = typed[: len(_DIGEST_PREFIX)].lower() == _DIGEST_PREFIX
    selector = typed[len(_DIGEST_PREFIX) :] if prefixed else typed
    if len(selector) > MAX_SELECTOR_CHARS:
        raise ParseError(
            f"{as_code(typed)} is longer than a version's id, which has at most {MAX_SELECTOR_CHARS} characters."
        )
    if _OTHER_ID.fullmatch(selector):
        return selector
    if not _HEX.fullmatch(selector):
        raise ParseError(f"{as_code(typed)} is neither owner/name nor the id of a version. {_EXPECTED_FORM}")
    if len(selector) < MIN_PREFIX_CHARS:
        raise ParseError(
            f"{as_code(typed)} is too short for a version; write at least {MIN_PREFIX_CHARS} characters of its id."
        )
    return selector.lower()
