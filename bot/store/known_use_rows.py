"""Deployments and trainings with the versions they need, as rows have them, in the transaction of a caller."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select

from bot.inventory.known_model import Source
from bot.inventory.uses import Use
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.known_tables import KNOWN_USES


async def write_uses(
    connection: AsyncConnection, database: Database, account: str, reading: int, uses: Sequence[Use]
) -> None:
    """Store uses that a reading of this number has found."""
    found = {(use.source, use.name, use.version_id): use for use in uses}
    rows = [
        {"account": account, "source": use.source, "used_by": use.name, "model": use.model}
        | {"version_id": use.version_id, "reading": reading}
        for _, use in sorted(found.items())
    ]
    if not rows:
        return
    adding = database.insert(KNOWN_USES).values(rows)
    same = ["account", "source", "used_by", "version_id"]
    changes = {"model": adding.excluded.model, "reading": adding.excluded.reading}
    await connection.execute(adding.on_conflict_do_update(index_elements=same, set_=changes))


async def forget_other_uses(connection: AsyncConnection, account: str, source: Source, reading: int) -> None:
    """Forget what the reading of this number has not found any more."""
    same = (KNOWN_USES.c.account == account, KNOWN_USES.c.source == source)
    await connection.execute(delete(KNOWN_USES).where(*same, KNOWN_USES.c.reading != reading))


async def uses_of(connection: AsyncConnection, account: str, model: str) -> tuple[Use, ...]:
    """Return what needs versions of the model of this key, and what does not tell its model."""
    which = (KNOWN_USES.c.account == account, KNOWN_USES.c.model.in_((model, "")))
    rows = await connection.execute(select(KNOWN_USES).where(*which).order_by(KNOWN_USES.c.used_by))
    return tuple(Use(Source(row.source), row.used_by, row.model, row.version_id) for row in rows)
