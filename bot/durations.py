"""Durations as people write them: `90s`, `15m`, `24h`, `7d`. Pure."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_WRITTEN = re.compile(r"(?P<count>\d{1,6})(?P<unit>[smhd])", re.ASCII)


def parse_duration(text: str) -> int:
    """Return the seconds that `text` means; `0` needs no unit. Raises ValueError with an example."""
    written = text.strip().lower()
    if written == "0":
        return 0
    match = _WRITTEN.fullmatch(written)
    if match is None:
        raise ValueError("write a number and a unit, such as 90s, 15m, 24h or 7d")
    return int(match["count"]) * _UNITS[match["unit"]]


def write_duration(seconds: int) -> str:
    """Return a duration as `parse_duration` reads it, in the largest unit that divides it: `90d`, `36h`, `90s`."""
    unit, length = next((u, n) for u, n in reversed(_UNITS.items()) if seconds % n == 0)
    return f"{seconds // length}{unit}"


def spell_duration(seconds: float) -> str:
    """Return a duration for a sentence, in its two largest units: `2 h 5 min`, `14 s`."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for name, length in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, length)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts[:2]) or "0 s"
