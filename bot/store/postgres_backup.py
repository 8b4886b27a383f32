"""The line of `pg_dump` that backs a PostgreSQL database up, without its password."""

from __future__ import annotations

import shlex
from pathlib import Path

from psycopg.conninfo import make_conninfo

from bot.database_url import PostgresServer


def dump_line(server: PostgresServer, to: Path) -> str:
    """Return the line, for a shell; see https://www.postgresql.org/docs/current/app-pgdump.html."""
    # What is written for clients that write is none of a dump's business: a standby does for it.
    wanted = {name: value for name, value in server.public_parameters().items() if name != "target_session_attrs"}
    database = make_conninfo("", **wanted)
    return shlex.join(["pg_dump", "--format=custom", f"--file={to}", f"--dbname={database}"])
