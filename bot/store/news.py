"""What is new in a proposal, by the targets of the same rule's proposal before it."""

from __future__ import annotations

from sqlalchemy import select

from bot.requests.news import NO_NEWS, News
from bot.store.async_core import AsyncConnection
from bot.store.proposal_tables import PROPOSALS
from bot.store.rows import read_targets
from bot.store.tables import REQUESTS


async def read_news(connection: AsyncConnection, request_id: str) -> News:
    """Return which targets of a request its rule's last proposal did not have; no news where no rule proposed it."""
    own = select(PROPOSALS.c.rule, REQUESTS.c.created_at).join(REQUESTS).where(PROPOSALS.c.request_id == request_id)
    mine = (await connection.execute(own)).one_or_none()
    if mine is None:
        return NO_NEWS
    before = (
        select(PROPOSALS.c.request_id)
        .join(REQUESTS)
        .where(PROPOSALS.c.rule == mine.rule, REQUESTS.c.created_at < mine.created_at)
        .order_by(REQUESTS.c.created_at.desc(), REQUESTS.c.id)
        .limit(1)
    )
    previous: str | None = (await connection.execute(before)).scalar()
    if previous is None:
        return NO_NEWS
    return News.since(previous, await read_targets(connection, previous), await read_targets(connection, request_id))
