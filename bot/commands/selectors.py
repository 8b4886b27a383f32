"""The part of a reference that selects a version: an id, or the beginning of one. Pure."""

from __future__ import annotations

import re

from bot.commands.mistakes import ParseError, as_code

MAX_SELECTOR_CHARS = 64
MIN_PREFIX_CHARS = 4

_HEX = re.compile(r"[0-9a-fA-F]+")
_OTHER_ID = re.compile(r"[vV][0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_SEPARATOR = re.compile(r"(?:@sha256:|:)(?=.)", re.IGNORECASE)
_DIGEST_PREFIX = "sha256:"
_LIKE_DIGITS = str.maketrans("oOlIi", "00111")


def split_selector(text: str) -> tuple[str, str]:
    """Return what stands before the colon of a reference, and the selector after it, empty if there is none."""
    name, *selector = _SEPARATOR.split(text, maxsplit=1)
    return name, selector[0] if selector else ""


def may_be_selector(text: str) -> bool:
    """Return whether a word by itself is the id of a version rather than the name of a model."""
    selector = _without_prefix(text)
    return selector != text or _HEX.fullmatch(text) is not None or _OTHER_ID.fullmatch(text) is not None


def parse_selector(typed: str) -> str:
    """Return the selector that `typed` means. Raises ParseError if no version could have such an id."""
    selector = _without_prefix(typed)
    if len(selector) > MAX_SELECTOR_CHARS:
        raise ParseError(
            f"{as_code(typed)} is longer than a version's id, which has at most {MAX_SELECTOR_CHARS} characters."
        )
    if _OTHER_ID.fullmatch(selector):
        return selector
    if not _HEX.fullmatch(selector):
        raise ParseError(f"{as_code(typed)} isn't a version's id, which has only the digits 0-9 and the letters a-f.")
    if len(selector) < MIN_PREFIX_CHARS:
        raise ParseError(
            f"{as_code(typed)} is too short for a version's id. Write at least {MIN_PREFIX_CHARS} characters of it."
        )
    return selector.lower()


def nearly_selector(text: str) -> str:
    """Return the id that was meant where letters stand for digits that look like them; empty if none was."""
    meant = text.translate(_LIKE_DIGITS)
    is_id = len(text) >= 2 * MIN_PREFIX_CHARS and _HEX.fullmatch(meant) and any(c.isdigit() for c in text)
    return meant.lower() if is_id and len(meant) <= MAX_SELECTOR_CHARS else ""


def _without_prefix(typed: str) -> str:
    return typed[len(_DIGEST_PREFIX) :] if typed[: len(_DIGEST_PREFIX)].lower() == _DIGEST_PREFIX else typed
