"""Brings the tables up to date at the start, or says in one sentence why it cannot.

A start that finds everything in place takes a few queries. Alembic, which takes 12 MiB
and a tenth of a second to load, is loaded only where there is something to migrate, and so is what early forms need.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.errors import DatabaseUnusable
from bot.store.all_tables import METADATA
from bot.store.append_only import make_append_only
from bot.store.event_trigger import make_event_trigger
from bot.store.postgres_requirements import (
    ServerSession,
    read_session,
    require_rights_to_migrate,
    require_rights_to_work,
)
from bot.store.schema import FoundTable, read_tables
from bot.store.schema_check import Difference, Trouble, differences, in_words

_MIGRATIONS = Path(__file__).parent.parent / "migrations"

_LOCKS_WITHIN = text("SET LOCAL lock_timeout = '3s'")
"""How long a table is waited for. Whoever comes later waits as well, so a session that keeps it would stop the bots
that run already."""

_log = logging.getLogger(__name__)

_FIRST = ("requests", "targets", "decisions", "audit", "slots")
"""The tables of every form of the first migration."""

_ELSEWHERE = "give the bot a database, or on PostgreSQL a schema, of its own"


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """The migration that the tables are at, the bot's tables as found, and how they differ from what is needed.

    `session` is None on SQLite.
    """

    revision: str | None
    found: Mapping[str, FoundTable]
    different: tuple[Difference, ...]
    session: ServerSession | None

    @property
    def is_up_to_date(self) -> bool:
        """Whether nothing is to be done."""
        return self.revision == _newest() and not self.different


def examine(connection: Connection) -> DatabaseState:
    """Return the state of the tables; changes nothing. Raises DatabaseUnusable where a start could not use them."""
    is_postgres = connection.dialect.name == "postgresql"
    session = read_session(connection) if is_postgres else None
    revision = _revision(connection)
    found = read_tables(connection, METADATA.tables)
    different = differences(found, is_postgres=is_postgres)
    _require_ours(revision, found, different)
    state = DatabaseState(revision, found, tuple(different), session)
    if session is not None:
        require_rights_to_work(session, different)
        if not state.is_up_to_date:
            require_rights_to_migrate(session, [name for name, table in found.items() if not table.is_owned])
    return state


def _require_ours(revision: str | None, found: Mapping[str, FoundTable], different: list[Difference]) -> None:
    if revision is None:
        if found:
            raise DatabaseUnusable(f"it has a table {min(found)} that the bot has not made; {_ELSEWHERE}")
        return
    if revision not in _revisions():
        raise DatabaseUnusable(_unknown(revision, found))
    if gone := [name for name in _FIRST if name not in found]:
        raise DatabaseUnusable(
            f"its tables are said to be at {revision}, and there is no table {', '.join(gone)}; "
            f"restore it from a copy, or {_ELSEWHERE}"
        )
    if foreign := [one for one in different if one.trouble is Trouble.FOREIGN]:
        raise DatabaseUnusable(f"its tables are not as the bot makes them: {in_words(foreign)}; {_ELSEWHERE}")
    missing = [one for one in different if one.trouble is Trouble.MISSING]
    if missing and revision == _newest() and (lost := _not_added(missing)):
        raise DatabaseUnusable(f"its tables are not whole: {in_words(lost)}; restore it from a copy")


def _not_added(missing: list[Difference]) -> list[Difference]:
    """Return what is missing and would not be added to an early form."""
    from bot.store.early_tables import is_added_late  # noqa: PLC0415 - see the module's docstring

    return [one for one in missing if not is_added_late(one.table.name, one.column)]


def _unknown(revision: str, found: Mapping[str, FoundTable]) -> str:
    if found.keys() >= set(_FIRST) and revision.isdigit():
        return (
            f"its tables are at {revision}, made by newer code than this, which knows them up to {_newest()}; "
            "start the newer code"
        )
    return f"another program's migrations are in it (at {revision}); {_ELSEWHERE}"


def bring_up_to_date(connection: Connection) -> None:
    """Make the tables, or add what they lack, in the connection's transaction. Raises DatabaseUnusable.

    The caller holds a lock, so that of several processes one does it.
    """
    state = examine(connection)
    if state.is_up_to_date:
        return
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres:
        connection.execute(_LOCKS_WITHIN)
    if state.revision is not None:
        from bot.store.early_tables import complete  # noqa: PLC0415 - see the module's docstring

        # Before the later migrations, which rely on it.
        complete(connection, state.found)
    if state.revision != _newest():
        _upgrade(connection)
    left = differences(read_tables(connection, METADATA.tables), is_postgres=is_postgres)
    make_append_only(connection, [one.table for one in left if one.trouble is Trouble.UNPROTECTED])
    if any(one.trouble is Trouble.UNNOTED for one in left):
        make_event_trigger(connection)
    if others := [one for one in left if one.trouble not in (Trouble.UNPROTECTED, Trouble.UNNOTED)]:
        raise DatabaseUnusable(f"its tables are not whole: {in_words(others)}; restore it from a copy")
    if state.revision is not None:
        _log.info("the tables were brought up to date from %s: %s", state.revision, in_words(state.different))


def _upgrade(connection: Connection) -> None:
    from alembic import command  # noqa: PLC0415 - see the module's docstring
    from alembic.config import Config  # noqa: PLC0415 - likewise

    config = Config()
    # Alembic reads a % as the beginning of a reference to another option.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _revision(connection: Connection) -> str | None:
    """Return the migration that the tables are at, as Alembic notes it; None for a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    noted = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    return ", ".join(sorted(noted)) or None


def _revisions() -> frozenset[str]:
    """Return the numbers of the migrations, with which their files' names begin."""
    return frozenset(path.name.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def _newest() -> str:
    return max(_revisions())
