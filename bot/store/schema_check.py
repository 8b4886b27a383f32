"""Compares the tables in the database with what this code needs of them.

Anything else is left alone: columns, tables and indexes of the version before or of a newer one.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Boolean, Column, Double, Integer, LargeBinary, Table, Text, UniqueConstraint

from bot.store.all_tables import METADATA
from bot.store.append_only import APPEND_ONLY, triggers_of
from bot.store.event_tables import EVENT_OUTBOX, EVENT_STREAMS
from bot.store.event_trigger import EVENT_TRIGGER
from bot.store.known_tables import KNOWN_MODEL_SOURCES, KNOWN_MODELS, KNOWN_USES
from bot.store.picker_tables import PICKERS
from bot.store.process_tables import PROCESSES
from bot.store.schema import FoundColumn, FoundTable, Kind
from bot.store.tables import AUDIT, DECISIONS

_KINDS = {Text: Kind.TEXT, Integer: Kind.WHOLE, Double: Kind.FLOAT, Boolean: Kind.BOOLEAN, LargeBinary: Kind.BYTES}
_ROWS_ARE_DELETED = (
    DECISIONS,
    EVENT_OUTBOX,
    EVENT_STREAMS,
    KNOWN_MODEL_SOURCES,
    KNOWN_MODELS,
    KNOWN_USES,
    PICKERS,
    PROCESSES,
)


class Trouble(enum.Enum):
    """What can be done about a difference."""

    MISSING = enum.auto()
    """A table or column is not there."""
    UNPROTECTED = enum.auto()
    """The triggers that keep a table append-only are not in force."""
    UNNOTED = enum.auto()
    """The trigger that notes entries of the audit trail as events is not in force."""
    FORBIDDEN = enum.auto()
    """The role may not do with the table what the bot does."""
    FOREIGN = enum.auto()
    """What is there is not the bot's."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Something about one table that is not as the code needs it, in words."""

    table: Table
    trouble: Trouble
    words: str
    column: str | None = None


def differences(found: Mapping[str, FoundTable], *, is_postgres: bool) -> list[Difference]:
    """Return everything that keeps this code from working on these tables."""
    return [one for table in METADATA.sorted_tables for one in _of_table(table, found.get(table.name), is_postgres)]


def in_words(these: Iterable[Difference]) -> str:
    """Return differences in one line."""
    return "; ".join(one.words for one in these)


def _of_table(table: Table, found: FoundTable | None, is_postgres: bool) -> Iterator[Difference]:  # noqa: FBT001
    if found is None:
        yield Difference(table, Trouble.MISSING, f"the table {table} is missing")
        return
    if not found.is_table:
        yield Difference(table, Trouble.FOREIGN, f"{table} is no table")
        return
    yield from _of_columns(table, found)
    for key in _keys(table) - found.keys:
        if key <= found.columns.keys():
            words = f"{table} has no key on {', '.join(sorted(key))}"
            yield Difference(table, Trouble.FOREIGN, words)
    if table in APPEND_ONLY and not triggers_of(table.name, is_postgres=is_postgres) <= found.triggers:
        yield Difference(table, Trouble.UNPROTECTED, f"{table} has lost the triggers that keep it append-only")
    if table is AUDIT and EVENT_TRIGGER not in found.triggers:
        yield Difference(table, Trouble.UNNOTED, f"{table} has no trigger that notes events")
    if lacking := _needed(table) - found.privileges:
        yield Difference(table, Trouble.FORBIDDEN, f"{', '.join(sorted(lacking))} on {table}")
    if found.hides_rows:
        yield Difference(table, Trouble.FOREIGN, f"row-level security hides rows of {table} from the bot's role")


def _of_columns(table: Table, found: FoundTable) -> Iterator[Difference]:
    for column in table.columns:
        there = found.columns.get(column.name)
        if there is None:
            yield Difference(table, Trouble.MISSING, f"{table} has no column {column.name}", column.name)
        elif wrong := _wrong(column, there):
            yield Difference(table, Trouble.FOREIGN, f"{column} {wrong}")
    for name in sorted(found.columns.keys() - table.columns.keys()):
        there = found.columns[name]
        if not there.is_nullable and not there.has_default:
            yield Difference(table, Trouble.FOREIGN, f"{table}.{name} is not the bot's, and has to be filled")


def _wrong(column: Column[object], there: FoundColumn) -> str | None:
    if there.kind is not _KINDS[type(column.type)]:
        return f"is of the type {there.declared or 'none'}"
    if column.nullable and not there.is_nullable:
        return "may not be empty"
    needs_default = column.server_default is not None or column.autoincrement is True
    if needs_default and not there.is_nullable and not there.has_default:
        return "has lost its default"
    return None


def _keys(table: Table) -> frozenset[frozenset[str]]:
    """Return the keys that ON CONFLICT and the order of two processes rely on."""
    unique = (constraint.columns for constraint in table.constraints if isinstance(constraint, UniqueConstraint))
    return frozenset(frozenset(c.name for c in columns) for columns in (table.primary_key.columns, *unique))


def _needed(table: Table) -> frozenset[str]:
    """Return what the bot does with a table: INSERT also takes the next number of a sequence."""
    needed = {"SELECT", "INSERT", "USAGE"}
    if table not in APPEND_ONLY:
        needed.add("UPDATE")
    if table in _ROWS_ARE_DELETED:
        needed.add("DELETE")
    return frozenset(needed)
