"""Reads pages: their sections, and the rows of their tables."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
_CODE = re.compile(r"`([^`]+)`")


def text_of(name: str) -> str:
    """Return the text of a file of this checkout."""
    return (CHECKOUT / name).read_text()


def section(title: str, page: str = "README.md") -> str:
    """Return a page's text under a heading, up to the next one of the same or a higher level."""
    found = re.search(rf"^(##+) {re.escape(title)}\n(.*?)(?=^##? |\Z)", text_of(page), re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no section '{title}'"
    return found[2]


def table_rows(text: str) -> list[list[str]]:
    """Return the cells of every table's rows, without heads and rulers."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def first_code(cell: str) -> str:
    """Return what a cell has first as code."""
    found = _CODE.search(cell)
    assert found, f"no `code` in the table cell {cell!r}"
    return found[1]
