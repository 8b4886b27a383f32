"""The triggers by which the database refuses to change what was recorded, and to delete it but with its request.

The migrations make them. This makes them again where they are missing, for example in a copy of a database that left
them out.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, text

from bot.store.chain_tables import AUDIT_LINKS, REMOVED_ENTRIES
from bot.store.tables import AUDIT, KEEPS, MODEL_SNAPSHOTS, REMOVED, SCHEMA_SNAPSHOTS, VERSION_SNAPSHOTS

_OF_THE_CHAIN = (AUDIT_LINKS, REMOVED_ENTRIES)

APPEND_ONLY = (AUDIT, KEEPS, MODEL_SNAPSHOTS, VERSION_SNAPSHOTS, SCHEMA_SNAPSHOTS, REMOVED, *_OF_THE_CHAIN)
"""Tables whose rows the database refuses to change, and to delete but with a request that is removed."""

_REASON = "the audit trail is append-only"


class _Deletable(enum.Enum):
    """Which rows of a table may be deleted, as the condition under which one may not, of the row OLD."""

    NONE = "TRUE"
    OF_REMOVED_REQUESTS = "NOT EXISTS (SELECT 1 FROM removed_requests WHERE request_id = OLD.request_id)"
    UNUSED_SCHEMAS = "EXISTS (SELECT 1 FROM kept_versions WHERE schema_digest = OLD.digest)"


_OF_A_REQUEST = dict.fromkeys((AUDIT, KEEPS, MODEL_SNAPSHOTS, VERSION_SNAPSHOTS), _Deletable.OF_REMOVED_REQUESTS)
_DELETABLE = {**_OF_A_REQUEST, SCHEMA_SNAPSHOTS: _Deletable.UNUSED_SCHEMAS}

_NOT_ENDED = (
    "NOT EXISTS (SELECT 1 FROM removed_requests WHERE request_id = NEW.request_id) "
    "AND NOT EXISTS (SELECT 1 FROM requests WHERE id = NEW.request_id "
    "AND state IN ('finished', 'stopped', 'rejected', 'withdrawn', 'expired'))"
)
"""The condition under which a request may not be removed, of the row NEW of `removed_requests`.

One that was removed already is left to the primary key.
"""


def triggers_of(table: str, *, is_postgres: bool) -> frozenset[str]:
    """Return the names of the triggers that keep a table as it is."""
    endings = ("append_only", "no_delete") if is_postgres else ("no_update", "no_delete", "no_replace")
    also = ("only_ended",) if table == REMOVED.name else ()
    return frozenset(f"{table}_{ending}" for ending in (*endings, *also))


def make_append_only(connection: Connection, tables: Sequence[Table]) -> None:
    """Make the triggers of these tables, each anew: one of the same name may be disabled or do something else."""
    of_dialect = _of_postgres if connection.dialect.name == "postgresql" else _of_sqlite
    for table in tables:
        for statement in of_dialect(table, _DELETABLE.get(table, _Deletable.NONE)):
            connection.execute(text(statement))


def _of_postgres(table: Table, deletable: _Deletable) -> Iterable[str]:
    name = f"{table}_append_only"
    yield from _function("audit_is_append_only", "TRUE", returned="NULL")
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield (
        f"CREATE TRIGGER {name} BEFORE UPDATE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )
    yield from _row_trigger(table, "no_delete", "DELETE", deletable.value)
    if table is REMOVED:
        yield from _row_trigger(table, "only_ended", "INSERT", _NOT_ENDED)


def _row_trigger(table: Table, ending: str, change: str, refused: str) -> Iterable[str]:
    """A trigger that looks at each row; only such a one knows OLD and NEW."""
    name = f"{table}_{ending}"
    yield from _function(name, refused, returned="OLD" if change == "DELETE" else "NEW")
    yield f"DROP TRIGGER IF EXISTS {name} ON {table}"
    yield f"CREATE TRIGGER {name} BEFORE {change} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"


def _function(name: str, refused: str, *, returned: str) -> Iterable[str]:
    """A function of triggers, unless it is there: another role may own it, and only the owner may replace it."""
    yield (
        f"DO $made$ BEGIN IF to_regprocedure('{name}()') IS NULL THEN "
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN IF {refused} THEN RAISE EXCEPTION '{_REASON}'; END IF; RETURN {returned}; END $$; "
        "END IF; END $made$"
    )


def _of_sqlite(table: Table, deletable: _Deletable) -> Iterable[str]:
    for ending, change, refused in (("no_update", "UPDATE", "TRUE"), ("no_delete", "DELETE", deletable.value)):
        yield from _sqlite_trigger(table, ending, change, refused)
    # INSERT OR REPLACE deletes the old row without a DELETE trigger: https://www.sqlite.org/lang_conflict.html
    same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - the names of our tables
    yield from _sqlite_trigger(table, "no_replace", "INSERT", there, then="RAISE(IGNORE)")
    if table is REMOVED:
        yield from _sqlite_trigger(table, "only_ended", "INSERT", _NOT_ENDED)


def _sqlite_trigger(
    table: Table, ending: str, change: str, refused: str, *, then: str = f"RAISE(ABORT, '{_REASON}')"
) -> Iterable[str]:
    name = f"{table}_{ending}"
    yield f"DROP TRIGGER IF EXISTS {name}"
    yield f"CREATE TRIGGER {name} BEFORE {change} ON {table} WHEN {refused} BEGIN SELECT {then}; END"
