"""The triggers by which the database refuses to change or delete what was recorded.

The first migration makes them. This makes them again where they are missing, for example in a copy of a database that
left them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Table, text

_REASON = "the audit trail is append-only"
_FOUND = text("SELECT to_regprocedure('audit_is_append_only()')::text")
_FUNCTION = f"""
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '{_REASON}'; END $$
"""


def triggers_of(table: str, *, is_postgres: bool) -> frozenset[str]:
    """Return the names of the triggers that keep a table as it is."""
    endings = ("append_only",) if is_postgres else ("no_update", "no_delete", "no_replace")
    return frozenset(f"{table}_{ending}" for ending in endings)


def make_append_only(connection: Connection, tables: Sequence[Table]) -> None:
    """Make the triggers of these tables, each anew: one of the same name may be disabled or do something else."""
    is_postgres = connection.dialect.name == "postgresql"
    if is_postgres and tables and connection.execute(_FOUND).scalar_one() is None:
        connection.execute(text(_FUNCTION))
    for table in tables:
        for statement in _of_postgres(table) if is_postgres else _of_sqlite(table):
            connection.execute(text(statement))


def _of_postgres(table: Table) -> Iterable[str]:
    yield f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}"
    yield (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
    )


def _of_sqlite(table: Table) -> Iterable[str]:
    for change in ("UPDATE", "DELETE"):
        yield f"DROP TRIGGER IF EXISTS {table}_no_{change.lower()}"
        yield (
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{_REASON}'); END"
        )
    # INSERT OR REPLACE deletes the old row without a DELETE trigger: https://www.sqlite.org/lang_conflict.html
    same = " AND ".join(f"{column.name} = NEW.{column.name}" for column in table.primary_key)
    yield f"DROP TRIGGER IF EXISTS {table}_no_replace"
    yield (
        f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - the names of our tables
        f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE(IGNORE); END"
    )
