"""Errors of a database that is away -> DatabaseUnavailable, whose text says whether anything was changed."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.errors import DatabaseUnavailable
from bot.store.driver_errors import is_read_only, message_primary, or_postgres_errors

_log = logging.getLogger(__name__)


@dataclass
class Attempt:
    """How far a transaction got. If the connection breaks while it `is_committing`, it may have been stored or not."""

    is_committing: bool = False

    def explain(self, exc: BaseException) -> str:
        """Return what to tell the person whose change failed with this error."""
        if self.is_committing and getattr(exc, "connection_invalidated", False):
            return (
                "The bot's database was lost while it stored this, so it is not known whether it did. "
                "Please look in a minute whether it shows, and try again if not."
            )
        is_standby = is_read_only(getattr(exc, "orig", None))
        problem = "takes no changes at the moment" if is_standby else "did not answer"
        return f"The bot's database {problem}, so nothing was changed. Please try again in a minute."


@contextlib.contextmanager
def outages_translated() -> Iterator[Attempt]:
    """Turn every error of a database that is away into DatabaseUnavailable, with a text for people."""
    attempt = Attempt()
    try:
        yield attempt
    except or_postgres_errors(DBAPIError, PoolTimeoutError, OSError) as exc:
        if isinstance(exc, DBAPIError) and not _is_outage(exc):
            raise
        cause = _cause(exc)
        _log.warning("the database did not answer: %s", cause)
        raise DatabaseUnavailable(attempt.explain(exc), cause) from exc


def _cause(exc: BaseException) -> str:
    """Return the message of the server or the driver, without the statement."""
    cause = getattr(exc, "orig", None) or exc
    return message_primary(cause) or str(cause)


def _is_outage(exc: DBAPIError) -> bool:
    """Whether the database is away, busy or read-only; False if the statement itself is wrong."""
    return (
        is_read_only(exc.orig)
        or exc.connection_invalidated
        or type(exc).__name__ in ("OperationalError", "InterfaceError")
    )
