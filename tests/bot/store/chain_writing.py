"""A process that writes to the audit trail until it is killed."""

from __future__ import annotations

import asyncio

from bot.requests.request import Event
from bot.store.audit_writer import record_all
from bot.store.database import Database
from tests.bot.stored import stored


async def write_until_killed(url: str) -> None:
    """Write from several tasks at once, and print a line for each transaction that was committed."""
    async with stored(url) as stores:
        await asyncio.gather(*(_write(stores.database) for _ in range(3)))


async def _write(database: Database) -> None:
    while True:
        async with database.writing() as connection:
            await record_all(connection, database, "R-7KQ2M", [(Event.TARGET_ENDED, "deleted")] * 2)
        print("written", flush=True)
