"""The tables as they are in the database, read in one or two queries rather than by reflection."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

ALL_PRIVILEGES = frozenset({"SELECT", "INSERT", "UPDATE", "DELETE", "USAGE"})
"""What a role may do with a table, and `USAGE` of its sequences, which number new rows."""


class Kind(enum.Enum):
    """What a column holds, in both databases."""

    TEXT = enum.auto()
    WHOLE = enum.auto()
    FLOAT = enum.auto()
    BOOLEAN = enum.auto()
    BYTES = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column: what it holds, the name of its type as declared, and what an INSERT may leave out."""

    kind: Kind
    declared: str
    is_nullable: bool
    has_default: bool


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table, or a view of its name. `keys` are the sets of columns in which no two rows are alike."""

    columns: Mapping[str, FoundColumn] = field(default_factory=dict)
    keys: frozenset[frozenset[str]] = frozenset()
    triggers: frozenset[str] = frozenset()
    is_table: bool = True
    is_owned: bool = True
    hides_rows: bool = False
    privileges: frozenset[str] = ALL_PRIVILEGES


def read_tables(connection: Connection, names: Iterable[str]) -> dict[str, FoundTable]:
    """Return the tables and views of these names, found as a statement that names them would find them."""
    read = _of_postgres if connection.dialect.name == "postgresql" else _of_sqlite
    return read(connection, sorted(names))


_POSTGRES = text("""
SELECT c.relname, c.relkind IN ('r', 'p'), pg_has_role(c.relowner, 'USAGE'), row_security_active(c.oid),
  ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) p WHERE has_table_privilege(c.oid, p)),
  NOT EXISTS (
    SELECT FROM pg_depend d JOIN pg_class s ON s.oid = d.objid
    WHERE d.classid = 'pg_class'::regclass AND d.refobjid = c.oid
      AND CASE WHEN s.relkind = 'S' THEN NOT has_sequence_privilege(s.oid, 'USAGE') ELSE false END
  ),
  (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                                    a.atthasdef OR a.attidentity <> ''))
   FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)::text,
  (SELECT json_agg(ARRAY(SELECT a.attname FROM pg_attribute a
                         WHERE a.attrelid = c.oid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])))
   FROM pg_index i
   WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL)::text,
  ARRAY(SELECT t.tgname::text FROM pg_trigger t
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgenabled IN ('O', 'A'))
FROM unnest(CAST(:names AS text[])) n JOIN pg_class c ON c.oid = to_regclass(quote_ident(n))
""")
"""Each column of the catalogs is at https://www.postgresql.org/docs/current/catalogs.html."""

_POSTGRES_KINDS = {
    "text": Kind.TEXT,
    "character varying": Kind.TEXT,
    "integer": Kind.WHOLE,
    "bigint": Kind.WHOLE,
    "double precision": Kind.FLOAT,
    "boolean": Kind.BOOLEAN,
    "bytea": Kind.BYTES,
}


def _of_postgres(connection: Connection, names: list[str]) -> dict[str, FoundTable]:
    return {row[0]: _postgres_table(row) for row in connection.execute(_POSTGRES, {"names": names})}


def _postgres_table(row: Sequence[Any]) -> FoundTable:
    _, is_table, is_owned, hides_rows, privileges, may_number, columns, keys, triggers = row
    return FoundTable(
        columns={
            name: FoundColumn(_POSTGRES_KINDS.get(declared, Kind.OTHER), declared, nullable, default)
            for name, declared, nullable, default in json.loads(columns or "[]")
        },
        keys=frozenset(map(frozenset, json.loads(keys or "[]"))),
        triggers=frozenset(triggers),
        is_table=is_table,
        is_owned=is_owned,
        hides_rows=hides_rows,
        privileges=frozenset(privileges) | ({"USAGE"} if may_number else set()),
    )


_SQLITE_COLUMNS = text("""
SELECT lower(m.name), m.type = 'table', lower(c.name), c.type, c."notnull", c.dflt_value IS NOT NULL, c.pk
FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type IN ('table', 'view')
""")
_SQLITE_KEYS = text("""
SELECT lower(m.name), i.name, lower(c.name)
FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
WHERE m.type = 'table' AND i."unique" AND NOT i.partial
""")
_SQLITE_TRIGGERS = text("SELECT lower(tbl_name), lower(name) FROM sqlite_master WHERE type = 'trigger'")
"""SQLite's names are the same in small and in capital letters."""


def _of_sqlite(connection: Connection, names: list[str]) -> dict[str, FoundTable]:
    columns: dict[str, dict[str, FoundColumn]] = {}
    keys: dict[tuple[str, str], set[str]] = {}
    tables = set()
    for table, is_table, name, declared, not_null, has_default, key in connection.execute(_SQLITE_COLUMNS):
        is_rowid = bool(key) and declared.upper() == "INTEGER"
        column = FoundColumn(_sqlite_kind(declared), declared, not (not_null or key), bool(has_default) or is_rowid)
        columns.setdefault(table, {})[name] = column
        tables |= {table} if is_table else set()
        if key:
            keys.setdefault((table, ""), set()).add(name)
    for table, index, name in connection.execute(_SQLITE_KEYS):
        keys.setdefault((table, index), set()).add(name)
    triggers = {(table, name) for table, name in connection.execute(_SQLITE_TRIGGERS)}
    return {
        name: FoundTable(
            columns=columns[name],
            keys=frozenset(frozenset(key) for (table, _), key in keys.items() if table == name),
            triggers=frozenset(trigger for table, trigger in triggers if table == name),
            is_table=name in tables,
        )
        for name in names
        if name in columns
    }


def _sqlite_kind(declared: str) -> Kind:
    """Return what a column holds by its affinity (https://www.sqlite.org/datatype3.html, "Determination")."""
    for words, kind in (
        (("INT",), Kind.WHOLE),
        (("CHAR", "CLOB", "TEXT"), Kind.TEXT),
        (("BLOB",), Kind.BYTES),
        (("REAL", "FLOA", "DOUB"), Kind.FLOAT),
        (("BOOL",), Kind.BOOLEAN),
    ):
        if any(word in declared.upper() for word in words):
            return kind
    return Kind.OTHER
