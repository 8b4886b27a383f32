"""Conditions for rows that something is still to be done about, worded as the partial indexes are.

SQLite uses a partial index only for a statement with the same condition, its values written out and not bound
(https://www.sqlite.org/partialindex.html, "Queries Using Partial Indexes").
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, Text, and_, literal_column

from bot.requests.request import TargetState
from bot.store.tables import REQUESTS, TARGETS


def _written_out(value: str) -> ColumnElement[str]:
    return literal_column(f"'{value}'", Text)


IS_TO_REVIEW = and_(REQUESTS.c.glass_broken_by != _written_out(""), REQUESTS.c.glass_reviewed_by == _written_out(""))
"""Whether a request was carried out without the approvals that were missing, and nobody has signed that off."""

IS_TO_REGARD = TARGETS.c.state.in_(
    [_written_out(state) for state in (TargetState.PLANNED, TargetState.ACCEPTED, TargetState.REFUSED)]
)
"""Whether a new request about the same target may have to regard it: it is perhaps being deleted, or was refused."""
