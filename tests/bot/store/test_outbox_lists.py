"""Which requests have a list, and what their cards say of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from bot.delivery.outbox_consumer import OutboxConsumer
from bot.messages.card import request_card
from bot.refs import ModelRef
from bot.requests.deliveries import LISTS, MAX_LIST_FAILURES, DeliveryKind
from bot.requests.left_out import LeftOut
from bot.requests.request import State, Target
from bot.requests.transitions import Confirmation, confirm, reject
from bot.slack.client import SlackBusy, SlackRefusal
from bot.store.claims import Claim
from bot.store.delivery import Delivery
from bot.store.draft import Draft
from bot.store.outbox import Outbox
from bot.store.tables import DELIVERIES
from tests.bot.stored import ANA, BEN, FLUX, TERMS, Stored, stored

FOLLOWS = "The full list follows in this thread."
THERE = "The full list is in this thread."
GIVEN_UP = "The full list could not be posted in this thread."


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


def versions(count: int) -> tuple[Target, ...]:
    return tuple(Target(n, FLUX, f"{n:064}", 0.0) for n in range(count))


def left_out(count: int) -> LeftOut:
    return LeftOut("acme/flux", "among the newest", "", tuple((f"{n:064x}", f"note {n}") for n in range(count)))


def lists_of(stores: Stored) -> Outbox:
    return Outbox(stores.database, LISTS, lease=60.0)


def cards_of(stores: Stored) -> Outbox:
    return Outbox(stores.database, [DeliveryKind.CARD], lease=20.0)


async def post_card(stores: Stored) -> None:
    """Post the card that is due."""
    card = await cards_of(stores).claim()
    assert card is not None
    assert card.kind is DeliveryKind.CARD
    await cards_of(stores).shown(card, "COPS", "1.0")


def of_model(name: str, count: int) -> tuple[Target, ...]:
    """Return so many versions of a model of this name."""
    return tuple(replace(target, ref=ModelRef("acme", f"m{name}")) for target in versions(count))


async def waiting(stores: Stored, targets: int, *left: LeftOut, trigger: str = "1") -> str:
    """Store a request that Ana confirmed and whose card is posted, and return its id."""
    draft = Draft(trigger, "UANA", "TACME", "COPS", "acme", TERMS, of_model(trigger, targets), left_out=left)
    request_id = await stores.requests.save_draft(draft)
    assert request_id is not None
    await stores.requests.apply(request_id, confirm("UANA", Confirmation("COPS", 3600, TERMS, may_decide=False)), ANA)
    await post_card(stores)
    return request_id


async def under_way(stores: Stored) -> Claim:
    """Store a request that is carried out and whose card is posted."""
    claim = await stores.claimed(*versions(13))
    await post_card(stores)
    return claim


async def due(stores: Stored) -> Delivery:
    claimed = await lists_of(stores).claim()
    assert claimed is not None
    return claimed


class Refusing:
    """Slack takes nothing for now."""

    async def deliver(self, delivery: Delivery) -> None:
        """Post nothing."""
        del delivery
        raise SlackBusy(0.0)

    async def refused(self, delivery: Delivery, refusal: SlackRefusal) -> bool:
        """Never called: a call that is to be made again is not refused."""
        raise AssertionError(delivery, refusal)


async def refused(stores: Stored, times: int) -> None:
    """Let Slack not take the list that is due, so many times, of which only the last one is real."""
    before = update(DELIVERIES).where(DELIVERIES.c.kind.in_(LISTS), DELIVERIES.c.due_at.is_not(None))
    async with stores.database.writing() as connection:
        await connection.execute(before.values(failures=DELIVERIES.c.failures + times - 1))
    assert await OutboxConsumer(lists_of(stores), Refusing(), stores.clock).deliver_one() == 0.0


async def card_text(stores: Stored, request_id: str) -> str:
    request = await stores.requests.get(request_id)
    return request_card(request, await stores.requests.targets(request_id), now=0.0).text


async def is_to_be_drawn(stores: Stored) -> bool:
    """Whether some card differs from its row."""
    return await cards_of(stores).wait() is not None


@pytest.mark.parametrize(("targets", "left", "listed"), [(12, 0, False), (13, 0, True), (6, 6, False), (1, 12, True)])
async def test_request_too_long_for_its_card_has_a_list(stores: Stored, targets: int, left: int, listed: bool) -> None:  # noqa: FBT001 - expected
    """A request is listed where its targets and what it leaves out are more than a card tells, and the card says so."""
    request_id = await waiting(stores, targets, *([left_out(left)] if left else []))
    assert (await lists_of(stores).claim() is not None) == listed
    assert (FOLLOWS in await card_text(stores, request_id)) == listed


async def test_what_is_left_out_is_stored_whole(stores: Stored) -> None:
    """What a request leaves out comes back as it was, with the whole id and the note of each version."""
    both = (left_out(5000), LeftOut("acme/old", "it is public", "Make it private"))
    request_id = await waiting(stores, 1, *both)
    assert (await stores.requests.get(request_id)).left_out == both
    assert len(await card_text(stores, request_id)) < 2_000


async def test_the_card_mentions_the_list_once_it_is_posted(stores: Stored) -> None:
    """The card is drawn anew once the whole list is posted, and not before says that it is there."""
    request_id = await waiting(stores, 13)
    lists = lists_of(stores)
    await lists.page_posted(await due(stores))
    assert not await is_to_be_drawn(stores)
    assert FOLLOWS in await card_text(stores, request_id)
    await lists.posted(await due(stores))
    assert await is_to_be_drawn(stores)
    assert THERE in await card_text(stores, request_id)


async def test_a_waiting_list_goes_between_pages_of_another(stores: Stored) -> None:
    """A long list between two pages lets a list go first that has waited since then."""
    first, second = await waiting(stores, 13, trigger="1"), await waiting(stores, 13, trigger="2")
    lists = lists_of(stores)
    turns = []
    for _ in range(4):
        stores.clock.shift += 1
        claimed = await due(stores)
        turns.append(claimed.request.id)
        await lists.page_posted(claimed)
    assert turns == [first, second, first, second]


async def test_the_card_says_what_to_do_without_the_list(stores: Stored) -> None:
    """A list that Slack never takes is given up, and the card says what to do instead."""
    request_id = await waiting(stores, 13, left_out(60))
    lists = lists_of(stores)
    await refused(stores, MAX_LIST_FAILURES - 1)
    assert not await is_to_be_drawn(stores)
    await refused(stores, 1)
    assert await is_to_be_drawn(stores)
    assert await lists.wait() is None
    said = await card_text(stores, request_id)
    assert GIVEN_UP in said
    assert f"`python -m bot audit {request_id}`" in said
    assert THERE not in said
    assert FOLLOWS not in said


async def test_the_card_of_a_rejected_request_mentions_no_list(stores: Stored) -> None:
    """A rejected request speaks of no list: what it was about is still there."""
    request_id = await waiting(stores, 13)
    await stores.requests.apply(request_id, reject("UBEN", "TACME", ""), BEN)
    assert "full list" not in await card_text(stores, request_id)


async def test_the_card_says_that_the_result_list_follows(stores: Stored) -> None:
    """Once it is carried out, a card says that the list follows until what became of each target is listed."""
    claim = await under_way(stores)
    lists = lists_of(stores)
    await lists.posted(await due(stores))
    assert THERE in await card_text(stores, claim.request_id)
    await stores.work.finish(claim, State.FINISHED)
    assert FOLLOWS in await card_text(stores, claim.request_id)
    result = await due(stores)
    assert result.kind is DeliveryKind.RESULT_LIST
    await lists.posted(result)
    assert THERE in await card_text(stores, claim.request_id)


async def test_result_list_starts_over_after_a_failed_planned_list(stores: Stored) -> None:
    """Where the planned list was given up, after some of its pages, the result is listed from its first one."""
    claim = await under_way(stores)
    lists = lists_of(stores)
    await lists.page_posted(await due(stores))
    await refused(stores, MAX_LIST_FAILURES)
    assert await lists.wait() is None
    assert GIVEN_UP in await card_text(stores, claim.request_id)
    await stores.work.finish(claim, State.FINISHED)
    assert FOLLOWS in await card_text(stores, claim.request_id)
    result = await due(stores)
    assert (result.kind, result.pages, result.failures) == (DeliveryKind.RESULT_LIST, 0, 0)
    await lists.page_posted(result)
    last = await due(stores)
    assert (last.kind, last.pages) == (DeliveryKind.RESULT_LIST, 1)
    await lists.posted(last)
    assert THERE in await card_text(stores, claim.request_id)
    assert await lists.wait() is None


async def test_each_list_has_its_own_tries(stores: Stored) -> None:
    """The planned list goes on where it was when the request ends; after it the result has all its tries as well."""
    claim = await under_way(stores)
    await refused(stores, MAX_LIST_FAILURES - 1)
    await stores.work.finish(claim, State.FINISHED)
    planned = await due(stores)
    assert (planned.kind, planned.failures) == (DeliveryKind.PLANNED_LIST, MAX_LIST_FAILURES - 1)
    await lists_of(stores).give_up(planned)
    assert FOLLOWS in await card_text(stores, claim.request_id)
    await refused(stores, MAX_LIST_FAILURES - 1)
    result = await due(stores)
    assert (result.kind, result.failures) == (DeliveryKind.RESULT_LIST, MAX_LIST_FAILURES - 1)
    assert FOLLOWS in await card_text(stores, claim.request_id)
    await lists_of(stores).give_up(result)
    assert GIVEN_UP in await card_text(stores, claim.request_id)
    assert await lists_of(stores).wait() is None
