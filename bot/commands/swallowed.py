"""An option that stands in a text which takes everything: a misspelt one, or one in brackets. Pure.

A reason takes the rest of its line, and a reference the rest of its word. What follows them and narrows a deletion
would select more if it were lost in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches

from bot.commands.options import KINDS
from bot.commands.own_reference import REF
from bot.commands.tokens import EMPHASIS, WRAPPING

REASON = "reason"
OPTION_NAMES = (*KINDS, REASON, REF)
"""The names of all options of both commands."""

_HYPHENS = "-‐‑"
_ALL_DASHES = f"{_HYPHENS}—–―−"
_OPTION = re.compile(
    rf"(?<![^\W_])(?<![{_ALL_DASHES}])(?P<dashes>[{_ALL_DASHES}]+)(?P<name>[a-z][a-z-]*)(?P<number>[\s=:]*\d)?",
    re.IGNORECASE,
)
_SPACES = " ,;\t\xa0"
_OPENED = re.compile(rf"(?:(?:(?<=[{_SPACES}])|^)[{re.escape(WRAPPING + EMPHASIS)}]+|[(\[{{<*_~]+)$")
"""A bracket, a quote or a mark that opens directly before the option."""

_ALIKE = 0.6
"""The least `difflib` ratio of a name to an option's where dashes and a number say as much, as in `-keeep 5`."""

_MORE_ALIKE = 0.8
"""That of a name by itself: `—kept it` is a sentence, and `—older-then that` an option."""


@dataclass(frozen=True, slots=True)
class Swallowed:
    """What looks like an option in a text, what stands before it, and the option with what follows, if it is known."""

    written: str
    before: str
    meant: tuple[str, ...]


def swallowed_option(text: str) -> Swallowed | None:
    """Return the first part of a text that looks like an option; None for a text with dashes as sentences have them.

    A word with two hyphens before it looks like one whatever it is. A word after one hyphen, or after a dash, which
    clients make of two hyphens, has to be called like an option too, or to have a number after the dash and it.
    """
    found = next((found for found in _OPTION.finditer(text) if _is_like_option(found)), None)
    if found is None:
        return None
    before, after = text[: found.start()], text[found.end("name") :]
    plain = _OPENED.sub("", before)
    is_opened = plain.rstrip(_SPACES) != before.rstrip(_SPACES)
    after = after.rstrip(WRAPPING + EMPHASIS) if is_opened else after
    meant = tuple(f" --{name}{after}" for name in _nearest(found["name"], _ALIKE))
    return Swallowed(text[found.start() : found.end("name")], plain.rstrip(_SPACES), meant)


def _is_like_option(found: re.Match[str]) -> bool:
    dashes, name, has_number = found["dashes"], found["name"], found["number"] is not None
    if len(dashes) > 1 or name.lower() in OPTION_NAMES:
        return True
    if dashes in _HYPHENS:
        return has_number and bool(_nearest(name, _ALIKE))
    return has_number or bool(_nearest(name, _MORE_ALIKE))


def _nearest(name: str, alike: float) -> list[str]:
    return get_close_matches(name.lower(), OPTION_NAMES, n=1, cutoff=alike)
