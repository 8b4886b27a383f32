"""The tables of live processes, and of the rate limits that they keep to together. Times are as in the other tables."""

from __future__ import annotations

from sqlalchemy import Column, Double, Table, Text

from bot.store.tables import METADATA

RATE_LIMITS = Table(
    "slots",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("next_free", Double, nullable=False),
    Column("per_minute", Double),
    Column("slowed_at", Double),
)

PROCESSES = Table(
    "processes",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("team_id", Text, nullable=False),
    Column("policy", Text, nullable=False),
    Column("seen_at", Double, nullable=False),
)
