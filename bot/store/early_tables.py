"""Adds to the tables of early forms of the first migration what they lack.

The first migration was changed several times before it had to stay as it is, so databases with the same revision have
different tables. Added here is what its last form has and earlier ones had not. Like a migration, this never
changes: it repeats what `tables.py` said then.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import (
    Column,
    Connection,
    Double,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)

from bot.store.schema import FoundTable

_METADATA = MetaData()
Table("requests", _METADATA, Column("id", Text, primary_key=True))

_LATER_TABLES = (
    Table(
        "kept_schemas",
        _METADATA,
        Column("digest", Text, primary_key=True),
        Column("body", LargeBinary, nullable=False),
    ),
    Table(
        "kept_models",
        _METADATA,
        Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
        Column("owner", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("kept_at", Double, nullable=False),
        Column("metadata", Text, nullable=False),
        Column("readme", Text),
        Column("readme_problem", Text, nullable=False),
    ),
    Table(
        "kept_versions",
        _METADATA,
        Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
        Column("owner", Text, primary_key=True),
        Column("name", Text, primary_key=True),
        Column("version_id", Text, primary_key=True),
        Column("created_at", Double, nullable=False),
        Column("cog_version", Text),
        Column("schema_digest", Text, ForeignKey("kept_schemas.digest")),
    ),
    Table(
        "pickings",
        _METADATA,
        Column("id", Text, primary_key=True),
        Column("trigger", Text, nullable=False, unique=True),
        Column("user_id", Text, nullable=False),
        Column("team_id", Text, nullable=False),
        Column("channel_id", Text, nullable=False),
        Column("owner", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("facts", Text),
        Column("last_use", Text),
        Column("last_use_problem", Text, nullable=False, server_default=""),
        Column("picked", Text, nullable=False),
        Column("rules", Text, nullable=False, server_default=""),
        Column("typed", Text, nullable=False, server_default=""),
        Column("notice", Text, nullable=False, server_default=""),
        Column("page", Integer, nullable=False, server_default="0"),
        Column("revision", Integer, nullable=False, server_default="0"),
        Column("created_at", Double, nullable=False),
        Column("expires_at", Double, nullable=False),
    ),
)

_LATER_COLUMNS = {
    "target_count": "INTEGER DEFAULT 0 NOT NULL",
    "listed_at": "DOUBLE PRECISION",
    "result_listed_at": "DOUBLE PRECISION",
    "list_until": "DOUBLE PRECISION",
    "list_pages": "INTEGER DEFAULT 0 NOT NULL",
    "list_failures": "INTEGER DEFAULT 0 NOT NULL",
    "stopping": "BOOLEAN DEFAULT false NOT NULL",
    "told_origin_at": "DOUBLE PRECISION",
    "left_out_count": "INTEGER DEFAULT 0 NOT NULL",
    "claimed_at": "DOUBLE PRECISION",
}
"""Columns of `requests`. Those that may not be null have a default, as older code adds rows without them."""


def is_added_late(table: str, column: str | None) -> bool:
    """Whether this is a column that an early form may lack even where every later migration could run on it."""
    return table == "requests" and column in _LATER_COLUMNS


def complete(connection: Connection, found: Mapping[str, FoundTable]) -> None:
    """Add the tables and columns that early forms of the first migration lack, and fill in what can be counted."""
    new_tables = [table for table in _LATER_TABLES if table.name not in found]
    _METADATA.create_all(connection, tables=new_tables, checkfirst=False)
    new = [name for name in _LATER_COLUMNS if name not in found["requests"].columns]
    for name in new:
        connection.execute(text(f"ALTER TABLE requests ADD COLUMN {name} {_LATER_COLUMNS[name]}"))
    if "target_count" in new:
        _count(connection, "target_count", "(SELECT count(*) FROM targets WHERE targets.request_id = requests.id)")
    if "left_out_count" in new:
        as_json = "left_out::json" if connection.dialect.name == "postgresql" else "left_out"
        _count(connection, "left_out_count", f"json_array_length({as_json})")


def _count(connection: Connection, column: str, counted: str) -> None:
    connection.execute(text(f"UPDATE requests SET {column} = {counted}"))  # noqa: S608 - the names above
