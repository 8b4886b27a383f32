"""The tables of what is told about targets beside what they are. Times are as in the other tables.

They are not columns of `requests` and `targets`: what people approve is in those, and never changes afterwards.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Integer, Table, Text

from bot.store.tables import METADATA

RUN_REACHES = Table(
    "run_reaches",
    METADATA,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("since", Double),
    Column("is_complete", Boolean, nullable=False),
    Column("runs_seen", Integer, nullable=False),
    Column("missing_since", Double),
)
"""How far runs were known for a request. `since` is NULL if none were; `missing_since` if none is missing."""

TARGET_FACTS = Table(
    "target_facts",
    METADATA,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("last_run_at", Double),
    Column("runs", Integer, nullable=False),
    Column("hidden_run_at", Double),
    Column("description", Text, nullable=False),
    Column("run_count", Integer),
    Column("versions", Integer),
)
