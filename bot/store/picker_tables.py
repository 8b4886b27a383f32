"""The table of pickers, beside those in `tables.py`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Integer, Table, Text, false

from bot.store.tables import METADATA

PICKERS = Table(
    "pickings",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("trigger", Text, nullable=False, unique=True),
    Column("user_id", Text, nullable=False),
    Column("team_id", Text, nullable=False),
    Column("channel_id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("facts", Text),
    Column("last_use", Text),
    Column("last_use_problem", Text, nullable=False, server_default=""),
    Column("picked", Text, nullable=False),
    Column("rules", Text, nullable=False, server_default=""),
    Column("typed", Text, nullable=False, server_default=""),
    Column("notice", Text, nullable=False, server_default=""),
    Column("page", Integer, nullable=False, server_default="0"),
    Column("sort_order", Text, nullable=False, server_default="newest"),
    Column("shown", Text, nullable=False, server_default="all"),
    Column("shown_at", Double, nullable=False, server_default="0"),
    Column("drawings", Text, nullable=False, server_default="[]"),
    Column("cleared", Integer, nullable=False, server_default="0"),
    Column("is_direct", Boolean, nullable=False, server_default=false()),
    Column("revision", Integer, nullable=False, server_default="0"),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("reference", Text),
)
