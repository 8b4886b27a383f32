"""A card and its notices are one process's for as long as it is at them."""

from __future__ import annotations

from bot.delivery.cards import CARD_LEASE, REDRAW_AFTER
from bot.requests.transitions import reject
from bot.store import CardStore, Notice
from tests.bot.stored import BEN, stored

ONE_CALL = CARD_LEASE * 0.75


async def test_each_call_to_slack_renews_the_lease(any_url: str) -> None:
    """While one process draws a card and posts its notices, however long together, no other one gets it."""
    async with stored(any_url) as stores:
        here, elsewhere = (CardStore(stores.database, lease=CARD_LEASE, redraw_after=REDRAW_AFTER) for _ in range(2))
        request_id = await stores.asked()
        await stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
        card = await here.claim()
        assert card is not None
        assert card.notices == (Notice.RESULT,)

        stores.clock.shift += ONE_CALL
        await here.drawn(card, "CAPPROVALS", "1.0")
        stores.clock.shift += ONE_CALL
        assert await elsewhere.claim() is None
        await here.renew(card)
        stores.clock.shift += ONE_CALL
        assert await elsewhere.claim() is None
        await here.posted(card, Notice.RESULT_AT_ORIGIN)
        stores.clock.shift += ONE_CALL
        assert await elsewhere.claim() is None


async def test_a_process_that_is_gone(any_url: str) -> None:
    """Once the lease is over another process goes on with what was not posted yet, and with that alone."""
    async with stored(any_url) as stores:
        here, elsewhere = (CardStore(stores.database, lease=CARD_LEASE, redraw_after=REDRAW_AFTER) for _ in range(2))
        request_id = await stores.asked()
        await stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
        card = await here.claim()
        assert card is not None
        await here.drawn(card, "CAPPROVALS", "1.0")
        await here.posted(card, Notice.RESULT_AT_ORIGIN)
        stores.clock.shift += CARD_LEASE + 1
        taken_over = await elsewhere.claim()
    assert taken_over is not None
    assert not taken_over.needs_drawing
    assert taken_over.notices == (Notice.RESULT,)
