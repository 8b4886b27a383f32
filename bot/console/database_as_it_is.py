"""The bot's database, for looking only: nothing is made or brought up to date."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.clock import Clock
from bot.errors import SettingsError
from bot.settings import Settings
from bot.store.database import Database

OTHER_VERSION = (
    "The tables in the bot's database are not those of this version, and nothing was changed. "
    "Start the bot of this version once, or run this with the version that the bot has."
)


def require_file(settings: Settings) -> None:
    """Raise SettingsError if the database is a file that does not exist, as opening it would create an empty one."""
    file = settings.sqlite_file
    if file is not None and not file.is_file():
        raise SettingsError(
            f"The bot has no database at {file}, so there is nothing to tell, and none was made. "
            "Run this where the bot runs, or set DATABASE_URL as it is set for the bot."
        )


@asynccontextmanager
async def database_as_it_is(settings: Settings, clock: Clock) -> AsyncIterator[Database]:
    """Give the database, if its tables are there and up to date. Raises SettingsError otherwise."""
    require_file(settings)
    async with Database(settings.database_url, clock) as database:
        if not await database.inspect():
            raise SettingsError(OTHER_VERSION)
        yield database
