"""Checks Socket Mode: whether Slack opens a connection, and whether other copies of the bot have some."""

from __future__ import annotations

from bot.clock import Clock
from bot.console.finding import Finding, NeedsAttention, finding
from bot.plurals import counted
from bot.server.other_copies import surplus_connections, surplus_line
from bot.server.socket_connection import NotConnected, open_connection
from bot.settings import Settings
from bot.slack.client import SlackRefusal, posting_client
from bot.store.database import Database
from bot.store.processes import ProcessStore


async def check_socket_mode(settings: Settings) -> tuple[Finding, int]:
    """Open a connection and close it; return how that went, and how many connections Slack counts besides it.

    What Slack gives to this connection while it is open is not acknowledged: Slack tells that person that it failed,
    and they click again.
    """
    if settings.slack_app_token is None:
        return Finding(is_well=True, line="transport: HTTP with signed requests"), 0
    client = posting_client(settings.slack_app_token.get_secret_value(), settings.slack_api_url, settings.network)
    try:
        async with client.websocket_session() as session:
            connection = await open_connection(client, session)
            await connection.close()
    except (NotConnected, SlackRefusal) as exc:
        return Finding(is_well=False, line=f"SLACK_APP_TOKEN: {exc}"), 0
    return Finding(is_well=True, line="SLACK_APP_TOKEN: Socket Mode can connect"), max(0, connection.counted - 1)


async def check_other_copies(settings: Settings, connections: int, *, is_made: bool) -> Finding:
    """Return whether the live processes on this database have all of these connections; `is_made`: there is one.

    A surplus is no failure: Slack goes on counting connections that broke.
    """
    return await finding("connections", _connections_line(settings, connections, is_made=is_made))


async def _connections_line(settings: Settings, connections: int, *, is_made: bool) -> str:
    """Return how many connections there are. Raises NeedsAttention if some are not of processes on this database."""
    live = await _live(settings) if is_made else 0
    if surplus := surplus_connections(connections, live=live, own=1):
        raise NeedsAttention(surplus_line(connections, surplus))
    return f"{counted(connections, 'connection')} besides this check's, none of another copy of the bot"


async def _live(settings: Settings) -> int:
    async with Database(settings.database_url, Clock()) as database:
        return await ProcessStore(database).count_live_if_made()
