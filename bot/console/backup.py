"""`python -m bot backup` and `python -m bot restored`: a copy of the database, and what follows from using one."""

from __future__ import annotations

import sys
from pathlib import Path

from bot.clock import Clock
from bot.console.database_as_it_is import require_file
from bot.database_url import PostgresServer, SqliteFile
from bot.errors import NotNow
from bot.messages.card_place import AFTER_RESTORE
from bot.moments import spelled
from bot.plurals import counted
from bot.settings import load_settings
from bot.store.database import Database
from bot.store.postgres_backup import dump_line
from bot.store.processes import ProcessStore
from bot.store.restored_copy import end_what_is_open
from bot.store.sqlite_backup import MadeBackup, back_up_sqlite

MADE, NOT_MADE_HERE = 0, 3
"""Exit codes: a backup was made; it is another program's to make."""

_BY_PG_DUMP = (
    "No backup was made: PostgreSQL's own program makes one, while the bot runs, with this line. The password is not "
    "in it; put it into PGPASSWORD or ~/.pgpass. After a restore run `python -m bot restored` before the bot starts."
)


def backup(to: Path) -> int:
    """Back the database up to a new file, and say how large it is and where it ends; return the exit code.

    Raises BotError where none could be made.
    """
    settings = load_settings()
    match settings.database_url:
        case SqliteFile() as source:
            require_file(settings)
            print(_said(to, back_up_sqlite(source.file, to)))  # noqa: T201 - this is the command line
            return MADE
        case PostgresServer() as server:
            print(_BY_PG_DUMP, file=sys.stderr)  # noqa: T201 - likewise
            print(dump_line(server, to))  # noqa: T201 - likewise
            return NOT_MADE_HERE


def _said(to: Path, made: MadeBackup) -> str:
    ends = (
        f"the audit trail ends with entry {made.last_entry} of {spelled(made.last_at)}" if made.last_entry else "empty"
    )
    return f"{to}: {made.size:,} bytes, checked; {ends}."


async def restored() -> None:
    """End what is open in a database that was just restored, and say so. Raises BotError where that cannot be."""
    settings = load_settings()
    require_file(settings)
    async with Database(settings.database_url, Clock()) as database:
        await database.open()
        if await ProcessStore(database).count_live():
            raise NotNow(
                "A bot works on this database, or did less than a minute ago, so nothing was changed. Stop every bot, "
                "wait a minute, and run this again before one starts."
            )
        ended = await end_what_is_open(database, AFTER_RESTORE)
    print(  # noqa: T201 - this is the command line
        f"The database ends at {spelled(ended.until)}. {counted(len(ended.requests), 'open request')} ended, and "
        "nothing more is deleted for them; the bot tells it in Slack once it runs. Keeps placed after that are not in "
        "it: look through the channel, and keep again what was kept."
    )
