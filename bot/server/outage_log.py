"""Log lines about the connection to Slack: one for each change, however long an outage lasts."""

from __future__ import annotations

import logging

_log = logging.getLogger(__name__)


class OutageLog:
    """Logs each reason of an outage once, and that it is over once a connection has lasted.

    Connections that come and go in between count as the same outage.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()

    def down(self, why: str, unexpected: Exception | None = None) -> None:
        """Log why there is no connection, with the traceback of an `unexpected` error."""
        if why not in self._told:
            self._told.add(why)
            said = why.removesuffix(".")
            _log.warning("no connection to Slack: %s; trying again until there is one", said, exc_info=unexpected)

    def lasted(self) -> None:
        """Log that a connection has lasted, if there was an outage before it."""
        if self._told:
            self._told.clear()
            _log.info("connected to Slack again")
