"""The statements that a bot really issues, and how the database would carry each out."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from sqlalchemy import Engine, event

GROWING = frozenset({"requests", "targets", "decisions", "audit", "deliveries", "kept_models", "kept_versions"})
"""Tables whose rows stay when a request has ended."""

OPEN = frozenset(
    {"requests_to_review", "deliveries_due", "cleanup_notices_due", "requests_never_asked", "targets_to_confirm"}
)
"""Indexes that have only what is still open, or goes within days, so that reading all of one is no matter."""

PAGED = frozenset({"requests_by_end", "audit_pkey"})
"""Indexes from whose end a few rows are read, where a statement has a limit, or the last where it asks for that."""

_SCANS = ("Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan")
_EXPLAINED = ("SELECT", "UPDATE", "INSERT", "DELETE", "WITH")


@dataclass
class Statements:
    """What was issued, each statement with the parameters of its first time."""

    found: dict[str, Any] = field(default_factory=dict)

    def note(self, *issued: Any) -> None:  # noqa: ANN401 - as SQLAlchemy hands them over
        """Note a statement of a bot; a test's own do not go through an asynchronous engine."""
        connection, _cursor, statement, parameters, _context, has_many = issued
        if connection.dialect.is_async and statement.lstrip().startswith(_EXPLAINED):
            # Several rows of one INSERT come flattened, those of several executions as a list.
            several = has_many and isinstance(parameters, list)
            self.found.setdefault(statement, parameters[0] if several else parameters)


@contextlib.contextmanager
def issued() -> Iterator[Statements]:
    """Note every statement that bots in this process issue within the block."""
    statements = Statements()
    event.listen(Engine, "before_cursor_execute", statements.note)
    try:
        yield statements
    finally:
        event.remove(Engine, "before_cursor_execute", statements.note)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan: it reads `table` by `index`, None for neither, and all of it if it `is_whole`."""

    table: str
    index: str | None
    is_whole: bool
    statement: str

    @property
    def grows(self) -> bool:
        """Whether it takes longer with every request that has ended."""
        is_paged = self.index in PAGED and re.search(r"LIMIT|\bmax\(", self.statement) is not None
        return self.is_whole and self.table in GROWING and self.index not in OPEN and not is_paged


def steps(url: str, statements: Statements) -> list[Step]:
    """Return how the database at this address would carry out each statement."""
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
            return [step for one, values in statements.found.items() for step in _of_sqlite(file, one, values)]
    with psycopg.connect(url) as server:
        return [step for one, values in statements.found.items() for step in _of_postgres(server, one, values)]


def _of_sqlite(connection: sqlite3.Connection, statement: str, values: Sequence[Any]) -> Iterator[Step]:
    """Read "SCAN requests" and "SEARCH requests USING INDEX ..." (https://www.sqlite.org/eqp.html)."""
    names = {alias: table for table, alias in re.findall(r"(\w+) AS (\w+)", statement)}
    for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values):
        if found := re.match(r"(SCAN|SEARCH) (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", detail):
            table: str = found[2]
            yield Step(names.get(table, table), found[3], found[1] == "SCAN", statement)


def _of_postgres(connection: psycopg.Connection, statement: str, values: Mapping[str, Any]) -> Iterator[Step]:
    """Read scans with or without an index condition (https://www.postgresql.org/docs/current/using-explain.html)."""
    explained = connection.execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), values).fetchone()
    assert explained
    for node, above in _nodes(explained[0][0]["Plan"], {}):
        if node["Node Type"] in _SCANS:
            table = node.get("Relation Name") or above.get("Relation Name") or ""
            yield Step(table, node.get("Index Name"), "Index Cond" not in node, statement)


def _nodes(plan: dict[str, Any], above: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield each node of a plan with the one above it that reads a table: an index scan for a bitmap names none."""
    yield plan, above
    for inner in plan.get("Plans", ()):
        yield from _nodes(inner, plan if "Relation Name" in plan else above)
