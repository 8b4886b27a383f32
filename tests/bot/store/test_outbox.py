"""What is to be posted is one process's for as long as it is at it, and is posted in its order."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.requests.deliveries import CARD_CHECK_EVERY, LISTS, MESSAGES, DeliveryKind
from bot.requests.request import State
from bot.requests.transitions import reject, withdraw
from bot.store.delivery import CardPlace, Delivery, DeliveryLost
from bot.store.due_deliveries import REDRAW_AFTER
from bot.store.outbox import Outbox
from bot.store.schedule import redraw
from bot.store.tables import DELIVERIES, REQUESTS
from tests.bot.stored import ANA, BEN, Stored, stored

LEASE = 30.0
ONE_CALL = LEASE * 0.75


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


def outbox(stores: Stored) -> Outbox:
    return Outbox(stores.database, MESSAGES, lease=LEASE)


async def claimed(stores: Stored, kind: DeliveryKind = DeliveryKind.CARD) -> Delivery:
    delivery = await outbox(stores).claim()
    assert delivery is not None
    assert delivery.kind is kind
    return delivery


async def rejected(stores: Stored) -> str:
    """Store a request that Ben has rejected before its card was posted, and return its id."""
    request_id = await stores.asked()
    await stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
    return request_id


async def test_each_call_to_slack_renews_the_lease(stores: Stored) -> None:
    """While one process posts something, however long, no other one gets it."""
    await rejected(stores)
    card = await claimed(stores)
    for _ in range(3):
        stores.clock.shift += ONE_CALL
        assert await outbox(stores).claim() is None
        await outbox(stores).renew(card)


async def test_another_process_goes_on_once_the_lease_is_over(stores: Stored) -> None:
    """Once the lease is over another process goes on, and nothing that the first one writes counts any more."""
    await rejected(stores)
    lost = await claimed(stores)
    stores.clock.shift += LEASE + 1
    taken_over = await claimed(stores)
    for write in (outbox(stores).renew(lost), outbox(stores).shown(lost, "COPS", "9.0"), outbox(stores).posted(lost)):
        with pytest.raises(DeliveryLost):
            await write
    await outbox(stores).shown(taken_over, "COPS", "1.0")
    assert await stores.requests.card_of(lost.request.id) == ("COPS", "1.0")


async def test_result_is_told_once_after_the_card_shows_it(stores: Stored) -> None:
    """How a request ended is told once its card shows it, once, and not again."""
    await rejected(stores)
    await outbox(stores).shown(await claimed(stores), "COPS", "1.0")
    await outbox(stores).posted(await claimed(stores, DeliveryKind.RESULT))
    assert await outbox(stores).claim() is None
    assert await outbox(stores).wait() is None


async def test_a_change_during_the_post_draws_the_card_again(stores: Stored) -> None:
    """A request that changes while its card is posted has it drawn again, a little later."""
    request_id = await stores.asked()
    card = await claimed(stores)
    await stores.requests.apply(request_id, withdraw("UANA"), ANA)
    await outbox(stores).shown(card, "COPS", "1.0")
    assert await outbox(stores).claim() is None
    stores.clock.shift += REDRAW_AFTER
    again = await claimed(stores)
    assert again.request.revision > card.request.revision


async def test_pointer_and_reminder_are_not_posted_after_the_decision(stores: Stored) -> None:
    """A pointer and a reminder that were not posted before the decision are not posted after it."""
    request_id = await rejected(stores)
    statement = "SELECT kind FROM deliveries WHERE due_at IS NOT NULL ORDER BY id"
    async with stores.database.reading() as connection:
        due = list((await connection.exec_driver_sql(statement)).scalars())
    assert due == [DeliveryKind.CARD, DeliveryKind.RESULT]
    assert (await stores.requests.get(request_id)).remind_at is None


async def test_a_moved_card_is_posted_elsewhere_with_its_lists(stores: Stored) -> None:
    """A card that cannot stay is posted anew elsewhere, with its lists, and whoever held one of them has lost it."""
    await stores.claimed(*stores.versions(13))
    lists = Outbox(stores.database, LISTS, lease=LEASE)
    await outbox(stores).shown(await claimed(stores), "COPS", "1.0")
    planned = await lists.claim()
    assert planned is not None
    stores.clock.shift += REDRAW_AFTER
    await lists.page_posted(planned)
    planned = await lists.claim()
    assert planned is not None
    await lists.after_card(planned, 60.0)
    held = await claimed(stores)
    await outbox(stores).post_anew(held, "UANA", "it was archived")
    anew = await claimed(stores)
    assert (anew.channel, anew.ts, anew.problem) == ("UANA", None, "it was archived")
    await outbox(stores).shown(anew, "DANA", "2.0")
    first_page = await lists.claim()
    assert first_page is not None
    assert (first_page.channel, first_page.pages) == ("DANA", 0)
    with pytest.raises(DeliveryLost):
        await lists.posted(planned)


async def test_a_card_is_in_one_place_after_the_other(stores: Stored) -> None:
    """A card is first where it was meant to be, then there anew, then with its requester, and never further."""
    await stores.asked()
    places = []
    for channel, note in (("COPS", "it was deleted"), ("UANA", "it was deleted again"), ("", "")):
        card = await claimed(stores)
        places.append(card.place)
        if note:
            await outbox(stores).post_anew(card, channel, note)
    assert places == [CardPlace.FIRST, CardPlace.AGAIN, CardPlace.REQUESTER]


async def test_open_requests_have_their_cards_checked(stores: Stored) -> None:
    """The card of an open request is drawn from time to time, and no longer once the request has ended."""
    request_id = await stores.asked()
    async with stores.database.writing() as connection:
        await connection.execute(update(REQUESTS).values(expires_at=REQUESTS.c.expires_at + 4 * CARD_CHECK_EVERY))
    await outbox(stores).shown(await claimed(stores), "COPS", "1.0")
    for _ in range(2):
        assert await outbox(stores).claim() is None
        stores.clock.shift += CARD_CHECK_EVERY + 1
        await outbox(stores).check_card(await claimed(stores, DeliveryKind.CARD_CHECK))
        await outbox(stores).shown(await claimed(stores), "COPS", "1.0")
    await stores.requests.apply(request_id, withdraw("UANA"), ANA)
    stores.clock.shift += REDRAW_AFTER
    await outbox(stores).shown(await claimed(stores), "COPS", "1.0")
    stores.clock.shift += CARD_CHECK_EVERY + 1
    assert await outbox(stores).claim() is None
    assert await outbox(stores).wait() is None


async def test_a_change_does_not_wait_for_overdue_checks(stores: Stored) -> None:
    """After an outage, a card whose request has changed twice is drawn before all cards that are only checked."""
    changed, *_ = [await stores.asked(trigger=str(n)) for n in range(3)]
    while card := await outbox(stores).claim():
        await outbox(stores).shown(card, "COPS", "1.0")
    stores.clock.shift += 3 * CARD_CHECK_EVERY
    async with stores.database.writing() as connection:
        await connection.execute(update(DELIVERIES).values(posted_at=stores.database.now - REDRAW_AFTER))
        await redraw(connection, stores.database, changed, 9)
    first = await claimed(stores)
    assert first.request.id == changed
    await outbox(stores).check_card(await claimed(stores, DeliveryKind.CARD_CHECK))
    assert (await claimed(stores)).kind is DeliveryKind.CARD


async def test_a_check_ends_with_a_request_that_older_code_ended(stores: Stored) -> None:
    """A check that outlives its request, as older code that knows no checks has ended it, is the last one."""
    request_id = await stores.asked()
    await outbox(stores).shown(await claimed(stores), "COPS", "1.0")
    ended = update(REQUESTS).where(REQUESTS.c.id == request_id).values(state=State.WITHDRAWN)
    async with stores.database.writing() as connection:
        await connection.execute(ended)
    stores.clock.shift += CARD_CHECK_EVERY + 1
    await outbox(stores).check_card(await claimed(stores, DeliveryKind.CARD_CHECK))
    await outbox(stores).shown(await claimed(stores), "COPS", "1.0")
    assert await outbox(stores).wait() is None


async def test_a_card_that_is_gone_is_told_when_nothing_is_left_to_say(stores: Stored) -> None:
    """An ended request is told once its result is posted; a card dropped then is drawn when the request changes."""
    await rejected(stores)
    card = await claimed(stores)
    assert not card.is_told
    await outbox(stores).shown(card, "COPS", "1.0")
    await outbox(stores).posted(await claimed(stores, DeliveryKind.RESULT))
    async with stores.database.writing() as connection:
        await redraw(connection, stores.database, card.request.id, card.request.revision)
    stores.clock.shift += REDRAW_AFTER
    again = await claimed(stores)
    assert again.is_told
    async with stores.database.writing() as connection:
        await connection.execute(update(REQUESTS).values(revision=REQUESTS.c.revision + 1))
        await redraw(connection, stores.database, card.request.id, card.request.revision + 1)
    await outbox(stores).drop(again)
    await outbox(stores).drop(await claimed(stores))
    assert await outbox(stores).wait() is None


async def test_whoever_lost_the_lease_posts_no_card_anew(stores: Stored) -> None:
    """Of two processes that find the card gone, only the holder of the lease has it posted anew."""
    await stores.asked()
    lost = await claimed(stores)
    stores.clock.shift += LEASE + 1
    holder = await claimed(stores)
    await outbox(stores).post_anew(holder, "COPS", "it was deleted")
    for write in (outbox(stores).post_anew(lost, "UANA", "it was deleted"), outbox(stores).drop(lost)):
        with pytest.raises(DeliveryLost):
            await write
    anew = await claimed(stores)
    assert (anew.channel, anew.problem, anew.place) == ("COPS", "it was deleted", CardPlace.AGAIN)


async def test_a_clock_that_is_set_back_delays_nothing_that_was_due(stores: Stored) -> None:
    """What was due at once is claimed at once, also if the clock was an hour ahead when it was written."""
    stores.clock.shift = 3600.0
    request_id = await stores.asked()
    stores.clock.shift = 0.0
    card = await claimed(stores)
    assert card.request.id == request_id
    await outbox(stores).shown(card, "COPS", "1.0")
    stores.clock.shift = 7200.0
    await stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
    stores.clock.shift = REDRAW_AFTER
    await claimed(stores)
