"""What a PostgreSQL server and the bot's role on it have to allow, asked in one query that changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, text

from bot.errors import DatabaseUnusable
from bot.store.schema_check import Difference, Trouble

_ASKED = text("""
SELECT quote_ident(current_user) AS role, quote_ident(current_schema()) AS schema,
  current_setting('search_path') AS search_path, coalesce(has_schema_privilege(current_schema(), 'CREATE'), false)
    AS may_create,
  pg_is_in_recovery() AS is_standby, current_setting('transaction_read_only') = 'on' AS is_read_only,
  current_setting('server_encoding') AS encoding,
  ARRAY(SELECT p FROM unnest(ARRAY['SELECT', 'UPDATE']) p
        WHERE NOT has_table_privilege(to_regclass('alembic_version'), p)) AS lacks_on_revision
""")
"""The functions are at https://www.postgresql.org/docs/current/functions-info.html."""


@dataclass(frozen=True, slots=True)
class ServerSession:
    """What a session with this server and role is like; names are quoted as SQL has them.

    `lacks_on_revision` has the privileges that the role lacks on the table in which the migrations note how far they
    are: nothing where there is no such table.
    """

    role: str
    schema: str | None
    search_path: str
    may_create: bool
    is_standby: bool
    is_read_only: bool
    encoding: str
    lacks_on_revision: list[str]


def read_session(connection: Connection) -> ServerSession:
    """Ask the server about the connection's session. Raises DatabaseUnusable if no tables could make it work."""
    session = ServerSession(*connection.execute(_ASKED).one())
    if reason := _never_usable(session):
        raise DatabaseUnusable(reason)
    return session


def _never_usable(session: ServerSession) -> str | None:
    if session.is_standby:
        return "the server is a standby, which takes no writes; name the primary in DATABASE_URL"
    if session.is_read_only:
        return (
            "it takes no writes, as default_transaction_read_only is on; turn that off for the role "
            f"{session.role}, or name a server that takes writes"
        )
    if session.encoding != "UTF8":
        return (
            f"its encoding is {session.encoding}, and has to be UTF8; "
            "make another with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0"
        )
    if session.schema is None:
        return (
            f"none of the schemas in its search_path ({session.search_path}) is there for the role {session.role}; "
            f"make one, or run as its owner: GRANT USAGE, CREATE ON SCHEMA public TO {session.role};"
        )
    if "SELECT" in session.lacks_on_revision:
        return _lacks(session, "SELECT on alembic_version")
    return None


def require_rights_to_migrate(session: ServerSession, others: Iterable[str]) -> None:
    """Raise DatabaseUnusable if the role may not make tables or note that it did, or does not own these `others`.

    Since PostgreSQL 15 only the owner of the schema public may make tables in it
    (https://www.postgresql.org/docs/release/15.0/, "Remove PUBLIC creation permission").
    """
    if not session.may_create:
        raise DatabaseUnusable(
            f"the role {session.role} may not make tables in the schema {session.schema}; "
            f"run as the schema's owner: GRANT CREATE ON SCHEMA {session.schema} TO {session.role};"
        )
    if session.lacks_on_revision:
        raise DatabaseUnusable(_lacks(session, f"{', '.join(session.lacks_on_revision)} on alembic_version"))
    if others := sorted(others):
        raise DatabaseUnusable(
            f"its tables are to be brought up to date, which only their owner may do, and {', '.join(others)} "
            f"is not owned by the role {session.role}; run as the owner: "
            + " ".join(f"ALTER TABLE {name} OWNER TO {session.role};" for name in others)
        )


def require_rights_to_work(session: ServerSession, found: Iterable[Difference]) -> None:
    """Raise DatabaseUnusable if the role may not do with some table what the bot does."""
    forbidden = [one for one in found if one.trouble is Trouble.FORBIDDEN]
    if not forbidden:
        return
    raise DatabaseUnusable(_lacks(session, ", ".join(one.words for one in forbidden)))


def _lacks(session: ServerSession, privileges: str) -> str:
    grants = f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {session.schema} TO {session.role}; "
    grants += f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {session.schema} TO {session.role};"
    return f"the role {session.role} lacks {privileges}; run as their owner: {grants}"
