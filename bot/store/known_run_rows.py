"""Counts of runs and how far they were read, as rows have them, in the transaction of a caller."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from sqlalchemy import or_, select, update

from bot.inventory.run_reading import RunReading, Tally
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.known_tables import KNOWN_MODELS, KNOWN_RUNS


def run_reading_of(progress: str) -> RunReading:
    """Return how far predictions were read; nothing was if the text is empty."""
    return RunReading(**json.loads(progress)) if progress else RunReading()


def stored_run_reading(reading: RunReading) -> str:
    """Return the text that stores how far predictions were read."""
    return json.dumps(asdict(reading))


async def add_runs(connection: AsyncConnection, database: Database, account: str, tallies: Sequence[Tally]) -> None:
    """Add runs to the known ones, and note when models were last run."""
    if not tallies:
        return
    rows = [{"account": account, **asdict(tally)} for tally in tallies]
    adding = database.insert(KNOWN_RUNS).values(rows)
    changes = {
        "runs": KNOWN_RUNS.c.runs + adding.excluded.runs,
        "newest_at": database.later_of(KNOWN_RUNS.c.newest_at, adding.excluded.newest_at),
    }
    same = ["account", "version_id", "model"]
    await connection.execute(adding.on_conflict_do_update(index_elements=same, set_=changes))
    newest: dict[str, float] = {}
    for tally in tallies:
        newest[tally.model] = max(tally.newest_at, newest.get(tally.model, tally.newest_at))
    for model, at in sorted(newest.items()):
        await _note_last_run(connection, account, model, at)


async def _note_last_run(connection: AsyncConnection, account: str, key: str, at: float) -> None:
    """Note a run of a model, also where it has another name now."""
    renamed = select(KNOWN_MODELS.c.renamed_to).where(KNOWN_MODELS.c.account == account, KNOWN_MODELS.c.key == key)
    known = KNOWN_MODELS.c
    await connection.execute(
        update(KNOWN_MODELS)
        .where(known.account == account, or_(known.key == key, known.key == renamed.scalar_subquery()))
        .where(or_(known.last_run_at.is_(None), known.last_run_at < at))
        .values(last_run_at=at)
    )
