"""The rows of the limits of requests to Replicate, and how far each account's requests are slowed down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from bot.slowdown import Slowdown
from bot.store.async_core import AsyncConnection
from bot.store.process_tables import RATE_LIMITS

REPLICATE_LIMIT = "replicate"
"""The name of the limit of requests to Replicate of a process with one token."""


def limit_name(limit: str, account: str | None) -> str:
    """Return the name of the row of a limit: one for each account, or for None that of an only account."""
    return limit if account is None else f"{limit} {account.lower()}"


async def read_slowdowns(connection: AsyncConnection, accounts: Iterable[str]) -> dict[str, Slowdown | None]:
    """Return how far the requests to Replicate about each of these accounts are slowed down, with one query.

    A process with one token counts in a row without an account's name, one with several in a row for each. Where both
    are there, the one that was used last counts.
    """
    names = {account: (REPLICATE_LIMIT, limit_name(REPLICATE_LIMIT, account)) for account in accounts}
    if not names:
        return {}
    wanted = {name for both in names.values() for name in both}
    limits = select(RATE_LIMITS).where(RATE_LIMITS.c.name.in_(wanted))
    rows = {row.name: row for row in await connection.execute(limits)}
    found = {account: [rows[name] for name in both if name in rows] for account, both in names.items()}
    return {
        account: slowdown_of(max(some, key=lambda row: row.next_free)) if some else None
        for account, some in found.items()
    }


def slowdown_of(row: Row[Any]) -> Slowdown | None:
    """Return the slowdown of a limit's row."""
    if row.per_minute is None or row.slowed_at is None:
        return None
    return Slowdown(row.per_minute, row.slowed_at)
