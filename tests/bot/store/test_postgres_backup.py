"""The line that backs a PostgreSQL database up."""

from __future__ import annotations

import shlex
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from bot.database_url import PostgresServer, parse_database_url
from bot.store.postgres_backup import dump_line


def test_the_line_of_pg_dump_has_no_secret_and_is_safe_for_a_shell() -> None:
    """The printed line has the host, the user and what else libpq needs, quoted for a shell, and not the password."""
    server = parse_database_url("postgresql://bot:s3cr%40t@db.example.com:6432/a%20b?sslmode=require")
    assert isinstance(server, PostgresServer)
    line = dump_line(server, Path("/backups/it's here.dump"))
    assert "s3cr" not in line
    program, *options = shlex.split(line)
    assert program == "pg_dump"
    assert "--file=/backups/it's here.dump" in options
    [database] = [option for option in options if option.startswith("--dbname=")]
    assert conninfo_to_dict(database.removeprefix("--dbname=")) == {
        "user": "bot",
        "dbname": "a b",
        "host": "db.example.com",
        "port": "6432",
        "sslmode": "require",
    }
