"""Errors of PostgreSQL's driver, in a process that may not have loaded it.

psycopg takes 9 MiB and a tenth of a second to load, so only what is used with PostgreSQL imports it.
"""

from __future__ import annotations

import sys

_READ_ONLY = "25006"
"""The SQLSTATE read_only_sql_transaction (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""


def or_postgres_errors(*others: type[Exception]) -> tuple[type[Exception], ...]:
    """Return these classes of errors and psycopg's; without the latter where it is not loaded, as it raises none."""
    psycopg = sys.modules.get("psycopg")
    return others if psycopg is None else (*others, psycopg.Error)


def is_read_only(error: BaseException | None) -> bool:
    """Whether the server is a standby, or takes no writes for another reason."""
    return isinstance(error, or_postgres_errors()) and getattr(error, "sqlstate", None) == _READ_ONLY


def message_primary(error: BaseException) -> str | None:
    """Return what the server says in one sentence; None for an error that is not the server's."""
    message: str | None = getattr(getattr(error, "diag", None), "message_primary", None)
    return message
