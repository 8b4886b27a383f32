"""The orders in which the audit trail is listed, each with its index."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Index, func

from bot.store.tables import AUDIT, REQUESTS

ASKED_AT: ColumnElement[float] = func.coalesce(REQUESTS.c.requested_at, REQUESTS.c.created_at)
"""When a request was asked for; of a preview that was cancelled, when it was made."""

Index("requests_by_time", ASKED_AT, REQUESTS.c.id)

Index("audit_by_time", AUDIT.c.at, AUDIT.c.id)
