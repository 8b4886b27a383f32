"""Checks whether notifications between processes arrive."""

from __future__ import annotations

from bot.clock import Clock
from bot.settings import Settings
from bot.store.change_listener import POLL_EVERY
from bot.store.database import Database


async def notifications_line(settings: Settings) -> str:
    """Return how a process on PostgreSQL notices what others change. Raises DatabaseUnavailable."""
    async with Database(settings.database_url, Clock()) as database:
        arrive = await database.receives_notifications()
    if arrive:
        return "arrive through DATABASE_URL"
    return (
        "do not arrive through DATABASE_URL, as behind a connection pooler in transaction mode; each process looks "
        f"every {POLL_EVERY:g} s for what others change, which does as well"
    )
