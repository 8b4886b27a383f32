"""Counts and enumerations in sentences. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def counted(count: int, noun: str) -> str:
    """Return the count and the noun, with an s for the plural: `1 version`, `2 versions`, `5,000 versions`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def joined(words: Sequence[str], last: str = "and") -> str:
    """Return an enumeration: `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
