"""The indexes of rows that something is still to be done about: however long the history is, they stay small.

Imported where tables are made or compared, and not by a start that finds them in place: SQLAlchemy loads the dialect
of each database that an index has an option for.
"""

from __future__ import annotations

from sqlalchemy import Column, ColumnElement, Index

from bot.store.chain_tables import AUDIT_LINKS
from bot.store.event_tables import EVENT_STREAMS
from bot.store.open_rows import IS_TO_REGARD, IS_TO_REVIEW
from bot.store.proposal_tables import CLEANUP_NOTICES
from bot.store.tables import AUDIT, DELIVERIES, REQUESTS, TARGETS


def _partial(name: str, *columns: Column[object], where: ColumnElement[bool]) -> None:
    Index(name, *columns, postgresql_where=where, sqlite_where=where)


_partial("deliveries_due", DELIVERIES.c.due_at, where=DELIVERIES.c.due_at.is_not(None))
_partial("cleanup_notices_due", CLEANUP_NOTICES.c.due_at, where=CLEANUP_NOTICES.c.due_at.is_not(None))
_partial("requests_to_review", REQUESTS.c.finished_at, where=IS_TO_REVIEW)
_partial(
    "targets_to_regard",
    TARGETS.c.owner,
    TARGETS.c.name,
    # So that those of requests that were never carried out, which stay planned, are passed over within the index.
    TARGETS.c.request_id,
    TARGETS.c.state,
    where=IS_TO_REGARD,
)
_partial("requests_never_asked", REQUESTS.c.finished_at, where=REQUESTS.c.requested_at.is_(None))
_partial("targets_to_confirm", TARGETS.c.confirm_at, where=TARGETS.c.confirm_at.is_not(None))
_partial("event_streams_due", EVENT_STREAMS.c.due_at, where=EVENT_STREAMS.c.due_at.is_not(None))
_partial("audit_links_of_seals", AUDIT_LINKS.c.entry_id, where=AUDIT_LINKS.c.kind == "seal")
_partial("audit_by_user", AUDIT.c.user_id, AUDIT.c.at, AUDIT.c.id, where=AUDIT.c.user_id.is_not(None))
