"""The JSON of an answer -> values, even if a part that is not needed is unusual. Pure.

Examples, schemas and logs come from models, so they may hold anything. Two parsers are used because neither takes
everything: pydantic's (jiter, https://docs.rs/jiter) refuses lone surrogates, a byte order mark, integers of more
than 4,300 digits and more than 201 levels, Python's `json` the last two and text that is not UTF-8.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator

from pydantic_core import from_json

MAX_LEVELS = 201
"""Levels of arrays and objects that are read, as many as jiter reads; what lies deeper is read as null."""

_NUL = rb"\u0000"
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"

# Possessive, so that no text takes more than one pass.
_STRUCTURE = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[{\]}]', re.DOTALL)


def json_value(body: bytes) -> object:
    """Return the value of a JSON text. Raises ValueError for anything else, such as HTML or a text that is cut off.

    Both databases can store every string in it: NUL and lone surrogates are replaced by U+FFFD, as are bytes that are
    not UTF-8. Of a repeated key the last value counts. An integer too long for Python is read as the string of its
    digits; a number too large for a float is read as infinite, and `NaN` and `Infinity` as what they say. The same
    bytes always give the same value.
    """
    if _NUL not in body:
        with contextlib.suppress(ValueError):
            return from_json(body)
    return _storable(_parsed(body))


def _parsed(body: bytes) -> object:
    text = body.decode(errors="replace").removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
    return json.loads("".join(_shallow(text)), parse_int=_int_or_digits, strict=False)


def _shallow(text: str) -> Iterator[str]:
    """Yield the parts of a JSON text in which everything below `MAX_LEVELS` is null."""
    level = start = 0
    for token in _STRUCTURE.finditer(text):
        match text[token.start()]:
            case "[" | "{":
                level += 1
                if level == MAX_LEVELS + 1:
                    yield text[start : token.start()]
                    start = len(text)
            case "]" | "}":
                level -= 1
                if level == MAX_LEVELS:
                    yield "null"
                    start = token.end()
            case _:
                pass
    yield text[start:]


def _int_or_digits(digits: str) -> int | str:
    """Return the integer, or its digits if they are more than Python converts.

    See https://docs.python.org/3/library/stdtypes.html#integer-string-conversion-length-limitation
    """
    try:
        return int(digits)
    except ValueError:
        return digits


def _storable(value: object) -> object:
    match value:
        case str():
            return _UNSTORABLE.sub(_REPLACEMENT, value)
        case list():
            return [_storable(item) for item in value]
        case dict():
            return {_UNSTORABLE.sub(_REPLACEMENT, key): _storable(item) for key, item in value.items()}
        case _:
            return value
