"""Records where a new card is, so that the row and Slack agree on which message the card is."""

from __future__ import annotations

import asyncio
import contextlib

from bot.backoff import Backoff
from bot.delivery.posting import PostedAt, Poster
from bot.errors import DatabaseUnavailable
from bot.store.delivery import Delivery, DeliveryLost
from bot.store.outbox import Outbox

_ASK_AGAIN = Backoff(first=0.5, longest=5.0, spread=False)
_ASK_FOR = 30.0
"""Seconds for which the database is asked whether it has a card. Nothing else can be posted while it is away."""


async def record_card(outbox: Outbox, poster: Poster, delivery: Delivery, at: PostedAt) -> None:
    """Record that a card was posted here; take it back where that was not stored, as another one will be posted.

    Raises DeliveryLost and DatabaseUnavailable.
    """
    try:
        await outbox.shown(delivery, at.channel, at.ts)
    except DeliveryLost:
        await poster.take_back(at)
        raise
    except DatabaseUnavailable:
        # It may be stored all the same: the answer to a COMMIT can be lost.
        if await _is_stored(outbox, delivery, at) is False:
            await poster.take_back(at)
        raise


async def _is_stored(outbox: Outbox, delivery: Delivery, at: PostedAt) -> bool | None:
    """Return whether the row has this card; None while the database does not answer. A copy is better than no card."""
    failures = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_ASK_FOR):
            while True:
                try:
                    return await outbox.is_card(delivery, at.channel, at.ts)
                except DatabaseUnavailable:
                    failures += 1
                    await asyncio.sleep(_ASK_AGAIN.wait(failures))
    return None
