"""Every table at once, for whoever compares or makes all of them. `METADATA` has each one whose module is imported."""

from __future__ import annotations

# Each adds its tables to METADATA.
import bot.store.chain_tables
import bot.store.event_tables
import bot.store.fact_tables
import bot.store.known_tables
import bot.store.picker_tables
import bot.store.process_tables
import bot.store.proposal_tables  # noqa: F401
from bot.store.tables import METADATA

__all__ = ["METADATA"]
