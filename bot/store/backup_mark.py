"""The mark in a SQLite file that says that it is a backup, which no bot was started on yet."""

from __future__ import annotations

from sqlalchemy import text

from bot.store.async_core import AsyncConnection
from bot.store.database import Database

BACKUP_MARK = 1
"""The `user_version` of a backup; that of any other database is 0."""


async def is_backup(database: Database) -> bool:
    """Return whether the mark is there; never on PostgreSQL. Raises DatabaseUnavailable."""
    if database.is_postgres:
        return False
    async with database.reading() as connection:
        return await has_mark(connection)


async def has_mark(connection: AsyncConnection) -> bool:
    """Return whether the mark is in this SQLite file."""
    return bool((await connection.execute(text("PRAGMA user_version"))).scalar_one() == BACKUP_MARK)
