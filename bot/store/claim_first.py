"""The statement by which one of several processes claims a row that nobody else holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, UpdateBase, select, update


def claim_first(
    key: Column[Any], *where: ColumnElement[bool], order: Sequence[ColumnElement[Any]], values: dict[str, Any]
) -> UpdateBase:
    """Return an UPDATE that gives `values` to the first row in this order, and returns all of it.

    `key` is the primary key of the row's table. Rows that another transaction has locked are passed over.
    """
    first = select(key).where(*where).order_by(*order).limit(1).with_for_update(skip_locked=True)
    return update(key.table).where(key == first.scalar_subquery()).values(values).returning(*key.table.c)
