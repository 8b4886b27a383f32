"""Whether another copy of the bot, with another database, gets some of what Slack sends.

Slack gives each payload to any one of the app's connections (https://docs.slack.dev/apis/events-api/using-socket-mode,
"Using multiple connections"), so a click may reach a copy that does not know the request.
"""

from __future__ import annotations

import logging

from bot.errors import DatabaseUnavailable
from bot.plurals import counted
from bot.store.processes import ProcessStore

_log = logging.getLogger(__name__)


class OtherCopies:
    """Compares how many connections Slack counts with how many processes work on this database."""

    def __init__(self, processes: ProcessStore) -> None:
        self._processes = processes
        self._told = 0

    async def compare(self, connections: int, *, own: int) -> None:
        """Log once per change whether Slack counts more connections than there should be, of which `own` are ours.

        Nothing is said while the database is away.
        """
        try:
            live = await self._processes.count_live()
        except DatabaseUnavailable:
            return
        surplus = surplus_connections(connections, live=max(live, 1), own=own)
        if surplus and surplus != self._told:
            _log.warning("%s", surplus_line(connections, surplus))
        elif self._told and not surplus:
            _log.info("Slack counts no more connections of this app than there should be")
        self._told = surplus


def surplus_connections(connections: int, *, live: int, own: int) -> int:
    """Return how many `connections` are too many where one of `live` processes has `own` ones, the others one each."""
    return max(0, connections - (live - 1 + own))


def surplus_line(connections: int, surplus: int) -> str:
    """Return what that means for people, and what to do."""
    return (
        f"Slack counts {counted(connections, 'connection')} of this app, {surplus} more than the processes on this "
        "database have. Slack gives each click to any one of them. Either another copy of the bot runs with another "
        "database, which answers clicks on cards that it does not know with a refusal: stop it, or give it a Slack app "
        "of its own. Or connections broke, and Slack counts them for some hours more"
    )
