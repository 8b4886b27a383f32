"""Counts in sentences. Pure."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return the count and the noun, with an s for the plural: `1 version`, `2 versions`, `5,000 versions`."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
