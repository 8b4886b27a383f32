"""How counts read in a sentence. Pure."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """Return `1 version`, `2 versions`, `5,000 versions`: a noun whose plural ends in s, and how many."""
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
