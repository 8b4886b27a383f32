"""The bytes of a policy file -> TOML's tables, or where they stop being TOML and why. Pure."""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Callable
from typing import Any

from bot.policy_file.problems import redacted

_PLACE = re.compile(r" \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)$")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

_CURLY = re.compile("[\u2018-\u201f\u00ab\u00bb\u2032\u2033]")
_HEADER_BRACKETS = re.compile(r"\s*(\[\[[^\[\]]*\](?!\])|\[[^\[\]]*\]\])")
_COLON = re.compile(r"\s*[\w-]+\s*:")
_CAPITALS = re.compile(r"=\s*(True|False|TRUE|FALSE|None|null|yes|no|on|off)\b")
_UNQUOTED = re.compile(r"=\s*[\[\s]*(?![\"'\[{]|(?:true|false|inf|nan)\b)[\w*]*[A-Za-z*/][\w*/.-]*")

_USUAL: tuple[tuple[Callable[[str], object], str], ...] = (
    (_CURLY.search, 'the quotes are curly; write straight ones: "acme/prod-*"'),
    (_HEADER_BRACKETS.match, "the brackets do not match; write [[models]] or [limits]"),
    (_COLON.match, "write = after a key, and not a colon: approvals = 2"),
    (re.compile(r"\s*(//|;|--)").match, "a comment begins with #"),
    (_CAPITALS.search, "write true or false, in small letters"),
    (_UNQUOTED.search, 'text is written in quotes: older_than = "30d"'),
)
"""What is usually wrong with a line that is no TOML, in the order in which it is looked for."""

_AROUND = 80
"""The characters before and after a place that are looked at."""

_TWICE = ("Cannot overwrite", "Cannot declare", "Cannot mutate", "Duplicate inline table key")


class NotToml(ValueError):
    """The file is not TOML; the text says where, and what to mend."""


def tables_in(content: bytes) -> dict[str, Any]:
    """Return what a file holds. Raises NotToml.

    A file of Windows may begin with a byte order mark, and end its lines with CRLF; TOML is always UTF-8
    (https://toml.io/en/v1.0.0#spec).
    """
    text = _decoded(content)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise NotToml(_explained(str(exc), text)) from None
    except RecursionError:
        raise NotToml("tables or lists are nested too deeply") from None
    except ValueError:  # from `int`, of a number with thousands of digits
        raise NotToml("a number has too many digits") from None


def _decoded(content: bytes) -> str:
    if content.startswith(_UTF_16):
        raise NotToml("it is UTF-16; save it as UTF-8")
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return content.decode()
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        raise NotToml(f"line {line} has a character that is not UTF-8; save the file as UTF-8") from None


def _explained(said: str, text: str) -> str:
    """Return what `tomllib` says, with the place first, and what is usually meant by it."""
    place = _PLACE.search(said)
    what = redacted(said[: place.start()] if place else said)
    if what.startswith(_TWICE):
        what = "a key or a table is there twice; a table that may be repeated has double brackets: [[models]]"
    if what.startswith("Illegal character '\\n'"):
        what = "the quotes are not closed in this line"
    if place is None or place["line"] is None:
        return f"it is no TOML: near its end, {what}"
    number, column = int(place["line"]), int(place["column"])
    line = text.split("\n")[number - 1][max(0, column - _AROUND) : column + _AROUND].rstrip("\r")
    usual = next((words for is_so, words in _USUAL if is_so(line)), "")
    return f"it is no TOML: line {number}, column {column}: {usual or what}. The line is: {redacted(line.strip())}"
