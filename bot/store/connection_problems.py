"""Errors of the drivers while the database is opened -> one sentence that says what to mend."""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Iterator

from sqlalchemy.exc import SQLAlchemyError

from bot.database_url import DatabaseUrl, PostgresServer
from bot.errors import DatabaseUnusable
from bot.postgres_parameters import PERCENT_ENCODED
from bot.store.driver_errors import or_postgres_errors

_POSTGRES = (
    (
        r"password authentication failed|no password supplied|role \"[^\"]*\" does not exist|no such user",
        f"the server does not take its user or password; {PERCENT_ENCODED}",
    ),
    (r"database \"[^\"]*\" does not exist", "the server has no database of this name; make it, or name another"),
    (
        r"failed to resolve host|could not translate host name|Name or service not known",
        f"no host has the name in it; {PERCENT_ENCODED}",
    ),
    (
        r"session is read-only|server is in hot standby mode|server is not in hot standby",
        "none of the servers named in it that answer takes writes; name the primary, or start it",
    ),
    (
        r"unsupported startup parameter",
        "PgBouncer takes no schema or search_path there; set it on the role: ALTER ROLE bot SET search_path = bots",
    ),
    (
        r"not allowed in statement pooling mode",
        "PgBouncer gives no transactions there; set its pool_mode to transaction or session, or name the server itself",
    ),
    (
        r"canceling statement due to lock timeout|deadlock detected",
        (
            "another session kept a table locked that is to be brought up to date, so none was changed; "
            "end that session if it is idle (pg_stat_activity has it), and start again"
        ),
    ),
    (r"does not support SSL", "the server does not speak TLS; write sslmode=disable if its network is private"),
    (r"certificate verify failed", "the server's certificate is not one that sslrootcert trusts"),
    (r"no pg_hba.conf entry", "the server does not let this user in from here, or only with TLS (sslmode=require)"),
)
"""Messages of servers while the database is opened, mostly without a code; others are quoted."""

_SQLITE = {
    "SQLITE_NOTADB": "the file is no SQLite database",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a copy",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "the file, or one of those that SQLite keeps beside it, cannot be written",
    "SQLITE_PERM": "the file, or one of those that SQLite keeps beside it, cannot be written",
    "SQLITE_CANTOPEN": "the file, or one of those that SQLite keeps beside it (-wal, -shm), cannot be opened or made",
    "SQLITE_BUSY": "another program has it locked; end that first",
    "SQLITE_PROTOCOL": "its file system cannot lock as SQLite has to; put the file on a disk of this machine",
    "SQLITE_IOERR": (
        "its disk refuses what SQLite has to do, as full disks and network shares do; "
        "put the file on a disk of this machine that has room"
    ),
}
"""By the first words of SQLite's result codes (https://www.sqlite.org/rescode.html)."""


@contextlib.contextmanager
def in_one_sentence(url: DatabaseUrl) -> Iterator[None]:
    """Raise DatabaseUnusable, with no part of a password, for whatever keeps the database from being opened."""
    try:
        yield
    except or_postgres_errors(SQLAlchemyError, sqlite3.Error, OSError) as exc:
        raise DatabaseUnusable(_without_secrets(_reason(url, exc), url)) from exc


def _reason(url: DatabaseUrl, exc: Exception) -> str:
    cause = getattr(exc, "orig", None) or exc
    if isinstance(cause, sqlite3.Error):
        name = getattr(cause, "sqlite_errorname", "")
        return next((words for code, words in _SQLITE.items() if name.startswith(code)), _first_line(cause))
    said = str(cause)
    words = next((words for pattern, words in _POSTGRES if re.search(pattern, said)), _first_line(cause))
    return f"{words} ({url.place})" if isinstance(url, PostgresServer) else words


def _first_line(cause: Exception) -> str:
    """Return what a driver says, without its hints and the list of further attempts, which repeats it."""
    return str(cause).partition("\n")[0].strip() or type(cause).__name__


def _without_secrets(words: str, url: DatabaseUrl) -> str:
    for secret in url.secrets:
        words = words.replace(secret, "[secret]") if secret in words else words
    return words
