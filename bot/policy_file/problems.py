"""What is wrong with a policy file, a line for each problem. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from bot.untrusted_text import on_one_line

_SHOWN = 60
"""The most characters of a value that are shown."""

_LARGEST_SHOWN = 10**15

_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?:(?:xox[a-z]-|xapp-|r8_)[\w-]{6,}|(?:hf_|gh[a-z]_|github_|glpat-|sk-|eyJ|AKIA)[\w-]{16,})"
    r"|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9_+/=]{24,}",
    re.ASCII,
)
"""What may be a secret that was pasted into the wrong file: the prefixes that services give their tokens, and long runs
of letters and digits."""

_LOOKED_AT = 500
"""The most characters of a text that are looked at, of which fewer are shown."""

_WANTED = {
    "int_type": "a whole number, without quotes",
    "int_from_float": "a whole number",
    "float_type": "a number, without quotes",
    "finite_number": "a number",
    "bool_type": "true or false, without quotes",
    "string_type": "text in quotes",
    "list_type": "a list in [ ]",
    "model_type": "a table",
}
"""What a value should be, by the type of pydantic's error
(https://docs.pydantic.dev/latest/errors/validation_errors/)."""

_BOUNDS = {
    "greater_than": ("gt", "above"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "below"),
    "less_than_equal": ("le", "at most"),
}
_NEARLY_THE_SAME = 0.8


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem: where it is, what is wrong, and an example of what would work; empty if there is none."""

    where: str
    what: str
    example: str = ""

    def __str__(self) -> str:
        if not self.example:
            return f"{self.where}: {self.what}"
        return f"{self.where}: {self.what}{'' if self.what.endswith('?') else '.'} Example: {self.example}"


def shown(value: object) -> str:
    """Return a value of the file for a sentence: on one line, short, and not at all if it may be a secret."""
    match value:
        case bool():
            return str(value).lower()
        case int() if abs(value) > _LARGEST_SHOWN:
            return "a very large number"
        case int() | float() | date() | time():
            return str(value)
        case str() if is_secret(value):
            return "a text that looks like a token, and is not shown,"
        case str():
            return f'"{_short(value)}"'
        case list():
            return "a list"
        case _:
            return "a table"


def is_secret(text: str) -> bool:
    """Return whether text may be a secret, and so is not to be shown."""
    return _TOKEN.search(text[:_LOOKED_AT]) is not None


def redacted(text: str) -> str:
    """Return text on one short line, with what may be a secret left out."""
    return _short(_TOKEN.sub("[not shown]", text[:_LOOKED_AT]))


def problem_of(error: ErrorDetails, where: str, fields: Mapping[str, FieldInfo]) -> Problem:
    """Return what pydantic found in the table at `where`, whose fields by their keys are `fields`."""
    key, *inside = error["loc"] or ("",)
    place = ".".join(filter(None, [where, str(key)])) + "".join(f"[{int(index) + 1}]" for index in inside)
    example = next(iter(fields[str(key)].examples or []), "") if key in fields else ""
    match error["type"]:
        case "missing":
            return Problem(place, "is missing", example)
        case kind if kind in _WANTED:
            return Problem(place, f"should be {_WANTED[kind]}, and is {shown(error['input'])}", example)
        case kind if kind in _BOUNDS:
            name, words = _BOUNDS[kind]
            bound = error["ctx"][name]
            return Problem(place, f"should be {words} {int(bound):,}, and is {shown(error['input'])}", example)
        case "too_short":
            return Problem(place, "names nothing", example)
        case _:
            return Problem(place, error["msg"].removeprefix("Value error, "), example)


def unknown_key(key: str, where: str, known: Iterable[str], elsewhere: Mapping[str, Iterable[str]]) -> Problem:
    """Return that a key is none of those `known` at `where`, with what may be meant.

    `elsewhere`: the keys of every table by how these are written, for one that is in the wrong table.
    """
    if is_secret(key):
        return Problem(where or "the file", "has a key that looks like a token and is not shown; the file needs none")
    place = ".".join(filter(None, [where, _short(key)]))
    plain = key[:_SHOWN].lower().replace("-", "_")
    if near := get_close_matches(plain, known := list(known), n=1):
        return Problem(place, f"is not known here; did you mean {near[0]}?")
    everywhere = sorted({other for keys in elsewhere.values() for other in keys})
    if near := get_close_matches(plain, everywhere, n=1, cutoff=_NEARLY_THE_SAME):
        tables = " or ".join(table for table, keys in elsewhere.items() if near[0] in keys)
        return Problem(place, f"is not known here; {near[0]} belongs to {tables}")
    return Problem(place, f"is not known here; known are {', '.join(known)}")


def fields_of(table: type[Any]) -> dict[str, FieldInfo]:
    """Return the fields of a table by the keys that are written in the file."""
    return {field.alias or name: field for name, field in table.model_fields.items()}


def _short(text: str) -> str:
    line = on_one_line(text[:_LOOKED_AT])
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
