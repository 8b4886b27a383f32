"""Every table at once, for whoever compares or makes all of them. Importing a module adds its tables to `METADATA`."""

from __future__ import annotations

from sqlalchemy import MetaData

from bot.store import (
    chain_tables,
    event_tables,
    fact_tables,
    known_tables,
    picker_tables,
    process_tables,
    proposal_tables,
    tables,
)

MODULES = (
    tables,
    process_tables,
    known_tables,
    chain_tables,
    picker_tables,
    fact_tables,
    event_tables,
    proposal_tables,
)

METADATA: MetaData = tables.METADATA
"""With every table in it."""
