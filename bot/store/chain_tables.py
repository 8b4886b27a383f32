"""The tables of the chain over the audit trail; rows are only ever added. Times are as in the other tables."""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, LargeBinary, Table, Text

from bot.store.tables import METADATA

AUDIT_LINKS = Table(
    "audit_links",
    METADATA,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("entry_id", Integer, nullable=False),
    Column("entry_digest", LargeBinary, nullable=False),
    Column("linked_at", Double, nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Index("audit_links_by_entry", "entry_id"),
)
"""The links in their order, apart from the entries, so that a release that does not know them goes on writing."""

REMOVED_ENTRIES = Table(
    "removed_entries",
    METADATA,
    Column("entry_id", Integer, primary_key=True, autoincrement=False),
    Column("request_id", Text, nullable=False),
    Column("entry_digest", LargeBinary, nullable=False),
)
"""What stays of entries that were removed together with their request: enough to verify the chain without them."""
