"""What somebody does who has the database's password: changes behind the bot's back, past the triggers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import NullPool, create_engine, text

from bot.requests.audit_chain import Link, LinkKind, entry_digest, next_link

TABLES = ("audit", "audit_links", "removed_entries", "removed_requests")


def tamper(url: str, *statements: str, **values: object) -> None:
    """Run statements as if there were no triggers."""
    with _connect(url) as connection:
        _allow(connection)
        for statement in statements:
            connection.execute(text(statement), values)


def insert_bare(url: str, *ids: int, at: float = 1.0, event: str = "approved", request_id: str = "R-BARE1") -> None:
    """Add entries without links, as the release before the chain does; with ids of one's own, or the next one."""
    with _connect(url) as connection:
        columns = {"at": at, "request_id": request_id, "event": event, "detail": "by hand"}
        for number in ids or (None,):
            names = [*columns, *(["id"] if number is not None else [])]
            values = ", ".join(f":{name}" for name in names)
            statement = f"INSERT INTO audit ({', '.join(names)}) VALUES ({values})"  # noqa: S608 - the names above
            connection.execute(text(statement), columns | {"id": number})


def insert_many(url: str, count: int) -> None:
    """Add so many entries without links at once."""
    row = {"at": 1.5, "request_id": "R-MANY1", "event": "target ended", "detail": "acme/flux: deleted"}
    statement = text("INSERT INTO audit (at, request_id, event, detail) VALUES (:at, :request_id, :event, :detail)")
    with _connect(url) as connection:
        connection.execute(statement, [row] * count)


def rewrite(url: str, since: int) -> None:
    """Compute every link from a position on anew, from the entries as they are: a chain that agrees with itself."""
    with _connect(url) as connection:
        _allow(connection)
        links = connection.execute(text("SELECT * FROM audit_links ORDER BY position")).mappings().all()
        newest = _link(links[since - 1])
        for row in links[since:]:
            entry = connection.execute(text("SELECT * FROM audit WHERE id = :id"), {"id": row["entry_id"]}).mappings()
            newest = next_link(
                newest, LinkKind(row["kind"]), row["entry_id"], entry_digest(entry.one()), row["linked_at"]
            )
            connection.execute(
                text("UPDATE audit_links SET entry_digest = :own, digest = :digest WHERE position = :position"),
                {"own": newest.entry_digest, "digest": newest.digest, "position": newest.position},
            )


def _link(row: Mapping[str, Any]) -> Link:
    fields = {**row, "kind": LinkKind(row["kind"])}
    return Link(**fields)


def _connect(url: str) -> Any:  # noqa: ANN401 - a generator-based context manager
    return create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool).begin()


def _allow(connection: Any) -> None:  # noqa: ANN401 - a connection of either database
    for table in TABLES:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
        else:
            for ending in ("no_update", "no_delete", "only_ended"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_{ending}"))
