"""Pages of a listing: how many rows they have, and where the next one begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, or_, true

FIRST_PAGE, PAGE = 20, 500
"""Rows of the first page, which somebody waits for, and the most of one."""

_IDS_AT_ONCE = 1_000
"""Ids in one statement."""

Key = tuple[float, Any]
"""The place of a row in a listing: its time, and its id where several have the same."""

Item = TypeVar("Item")


def page_sizes() -> Iterator[int]:
    """Yield how many rows each page has."""
    size = FIRST_PAGE
    while True:
        yield size
        size = min(4 * size, PAGE)


def in_pages(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield the items in pages."""
    begin = 0
    for size in page_sizes():
        if begin >= len(items):
            return
        yield items[begin : begin + size]
        begin += size


def in_portions(ids: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Yield ids, as many at once as one statement takes."""
    for begin in range(0, len(ids), _IDS_AT_ONCE):
        yield ids[begin : begin + _IDS_AT_ONCE]


def after(time: ColumnElement[float], identity: ColumnElement[Any], key: Key | None) -> ColumnElement[bool]:
    """Return the condition for rows that come after this place, newest first; an index on the time serves it."""
    if key is None:
        return true()
    at, last = key
    return and_(time <= at, or_(time < at, identity < last))
