"""What drivers say while a database is opened, in one sentence and without a secret."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from bot.database_url import SqliteFile, parse_database_url
from bot.errors import DatabaseUnusable
from bot.store.connection_problems import in_one_sentence

SERVER = parse_database_url("postgresql://bot:made%40up@db.example.com:5433/name")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """A SQLite file with one table in it."""
    opened = sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None, timeout=0)
    opened.execute("CREATE TABLE one (line TEXT)")
    yield opened
    opened.close()


def reason(connection: sqlite3.Connection, *statements: str) -> str:
    """Return what is told of the error in which these statements end."""
    *before, last = statements
    for statement in before:
        connection.execute(statement)
    with pytest.raises(DatabaseUnusable) as told, in_one_sentence(SqliteFile("bot.sqlite3")):
        connection.execute(last)
    return told.value.reason


FILL = "INSERT INTO one VALUES (zeroblob(100000))"


def test_errors_of_sqlite_are_told_by_their_codes(connection: sqlite3.Connection, tmp_path: Path) -> None:
    """A full, locked or unwritable file is told as such, by SQLite's own code; any other error in its words."""
    with sqlite3.connect(tmp_path / "bot.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert reason(connection, FILL) == "another program has it locked; end that first"
    other.close()
    assert "cannot be written" in reason(connection, "PRAGMA query_only = ON", FILL)
    assert reason(connection, "PRAGMA query_only = OFF", "PRAGMA max_page_count = 3", FILL) == "the disk is full"
    assert reason(connection, "SELECT word FROM one") == "no such column: word"


def words_of_libpq(said: str) -> str:
    with pytest.raises(DatabaseUnusable) as told, in_one_sentence(SERVER):
        raise psycopg.OperationalError(said)
    return told.value.reason


# As libpq 18 and PgBouncer say it.
SAID = {
    'connection failed: FATAL:  password authentication failed for user "bot"': "does not take its user or password",
    "connection failed: fe_sendauth: no password supplied": "does not take its user or password",
    'could not translate host name "db.example.com" to address: nodename nor servname': "no host has the name in it",
    "connection failed: connection to server failed: session is read-only": "that answer takes writes",
    "deadlock detected\nDETAIL:  Process 7 waits": "another session kept a table locked",
    "connection failed: FATAL:  unsupported startup parameter: options": "ALTER ROLE bot SET search_path",
    "connection failed: server does not support SSL, but SSL was required": "write sslmode=disable",
    "connection failed: SSL error: certificate verify failed": "is not one that sslrootcert trusts",
    'FATAL:  no pg_hba.conf entry for host "10.0.0.1", user "bot", no encryption': "or only with TLS (sslmode=require)",
    "FATAL:  sorry, too many clients already\nMultiple attempts failed": "sorry, too many clients already (db",
}


@pytest.mark.parametrize("said", SAID)
def test_what_a_server_says_is_told_with_what_to_do(said: str) -> None:
    """The usual refusals of a connection are told with what to do and which server it was, any other in its words."""
    told = words_of_libpq(said)
    assert SAID[said] in told
    assert told.endswith("(db.example.com port 5433)")
    assert "\n" not in told


def test_a_secret_that_a_driver_says_is_not_told() -> None:
    """Should a driver ever quote the password, it is left out."""
    assert words_of_libpq("could not read 'made@up'") == "could not read '[secret]' (db.example.com port 5433)"


def test_a_very_short_password_is_not_told_by_what_is_left_out() -> None:
    """A password of a letter or two is in many words of any message, in which a gap would tell it."""
    server = parse_database_url("postgresql://bot:x@db.example.com/name")
    with pytest.raises(DatabaseUnusable) as told, in_one_sentence(server):
        raise psycopg.OperationalError("connection timeout expired")
    assert told.value.reason == "connection timeout expired (db.example.com)"
