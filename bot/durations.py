"""Durations as people write them: `90s`, `15m`, `24h`, `7d`, `3 weeks`, `2 months`. Pure."""

from __future__ import annotations

import re
from difflib import get_close_matches

from bot.plurals import counted

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_WRITTEN = re.compile(r"(?P<count>\d{1,6})(?P<unit>[smhd])", re.ASCII)

DAYS_IN_A_MONTH = 30
DAYS_IN_A_YEAR = 365
MAX_DAYS = 999_999
"""The most days of a duration, which `parse_duration` still reads."""

_DAY = _UNITS["d"]
_SPELLED = {
    "s sec secs second seconds": 1,
    "m min mins minute minutes": 60,
    "h hr hrs hour hours": 3600,
    "d day days": _DAY,
    "w wk wks week weeks": 7 * _DAY,
    "mo mos month months": DAYS_IN_A_MONTH * _DAY,
    "y yr yrs year years": DAYS_IN_A_YEAR * _DAY,
}
_UNITS_BY_WORD = {word: seconds for words, seconds in _SPELLED.items() for word in words.split()}
_LONG_UNITS = [word for word in _UNITS_BY_WORD if len(word) > len("mins")] + ["days", "year", "week", "hour"]
_COUNTS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_COUNTS_BY_WORD = {word: count for count, word in enumerate(_COUNTS)} | {"a": 1, "an": 1}
_SPELLED_OUT = re.compile(r"(?P<count>\d{1,6}|[a-z]+?)[ -]?(?P<unit>[a-z]*)", re.ASCII)
_NAMES = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def parse_duration(text: str) -> int:
    """Return the seconds that `text` means; `0` needs no unit. Raises ValueError with an example."""
    written = text.strip().lower()
    if written == "0":
        return 0
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise ValueError("write a number and a unit, such as 90s, 15m, 24h or 7d")
    return int(match["count"]) * _UNITS[match["unit"]]


def read_duration(text: str) -> int:
    """Return the seconds that `text` means as somebody types it: `30d`, `3 weeks`, `two months`, `a year`.

    A number without a unit is days. A month is 30 days, a year 365. Raises ValueError for anything else, and for more
    than 999,999 days.
    """
    match = _SPELLED_OUT.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is no length of time")
    count = number_of(match["count"])
    unit = _UNITS_BY_WORD.get(match["unit"] or "d")
    if count is None or unit is None or (not match["unit"] and not match["count"].isdecimal()):
        raise ValueError(f"{text!r} is no length of time")
    if count * unit > MAX_DAYS * _DAY:
        raise ValueError(f"{text!r} is more than {MAX_DAYS:,} days")
    return count * unit


def months_or_minutes(text: str) -> int | None:
    """Return how many months or minutes `text` means, where its unit is a mere `m`, which may be either; else None."""
    match = _SPELLED_OUT.fullmatch(text.strip().lower())
    return number_of(match["count"]) if match and match["unit"] == "m" else None


def number_of(word: str) -> int | None:
    """Return the number that a word of digits or of letters means, up to `twelve`; None if it is no number."""
    if word.isascii() and word.isdecimal() and len(word) <= len(str(MAX_DAYS)):
        return int(word)
    return _COUNTS_BY_WORD.get(word.lower())


def is_unit(word: str) -> bool:
    """Return whether a word is a unit of time, such as `weeks`."""
    return word.lower() in _UNITS_BY_WORD


def nearly_unit(word: str) -> str:
    """Return the unit of time that a misspelt word means; empty if it means none."""
    return next(iter(get_close_matches(word.lower(), _LONG_UNITS, n=1, cutoff=0.75)), "")


def write_duration(seconds: int) -> str:
    """Return a duration as `parse_duration` reads it, in the largest unit that divides it: `90d`, `36h`, `90s`."""
    unit, length = next((u, n) for u, n in reversed(_UNITS.items()) if seconds % n == 0)
    return f"{seconds // length}{unit}"


def in_words(seconds: int) -> str:
    """Return an exact duration for a sentence, in the largest unit that divides it: `30 days`, `12 hours`."""
    name, length = next((name, n) for name, n in _NAMES if seconds % n == 0)
    return counted(seconds // length, name)


def spell_duration(seconds: float) -> str:
    """Return a duration for a sentence, in its two largest units: `2 hours 5 minutes`, `1 day`, `14 seconds`."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for name, length in _NAMES:
        count, left = divmod(left, length)
        if count:
            parts.append(counted(count, name))
    return " ".join(parts[:2]) or "0 seconds"
