"""A request carried out without approvals, in the database: nothing of it begins before the approvers are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import insert, update

from bot.requests.break_glass import break_glass, sign_off
from bot.requests.decisions import Actor, BreakGlass
from bot.requests.deliveries import MESSAGES, DeliveryKind
from bot.requests.request import Event, State
from bot.requests.stopping import stop, undo
from bot.requests.transitions import Changed, Confirmation, Refusal, TransitionResult, Unchanged, approve, confirm
from bot.store.delivery import Delivery, DeliveryLost
from bot.store.outbox import Outbox
from bot.store.tables import AUDIT, REQUESTS
from tests.bot.stored import ANA, BASE, BEN, TERMS, Stored, stored

DAN = Actor("UDAN", "TACME", "COPS")
CHLOE = Actor("UCHLOE", "TACME", "COPS")
WHY = "these weights leak customer data"
ARCHIVED = "<#COPS>: that channel was archived."
TO_UNDO = replace(TERMS, undo_for=600.0)


@pytest.fixture
async def stores(sqlite_url: str) -> AsyncIterator[Stored]:
    async with stored(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def anywhere(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


def outbox(stores: Stored) -> Outbox:
    return Outbox(stores.database, MESSAGES, lease=30.0)


async def broken(stores: Stored, terms: object = TERMS) -> str:
    """Store a request that Dan carried out without approvals, and return its id."""
    request_id = await stores.draft(terms=terms)  # type: ignore[arg-type]  # TERMS or TO_UNDO
    await stores.requests.apply(request_id, confirm("UANA", Confirmation("COPS", 3600, TERMS, may_decide=False)), ANA)
    outcome = await stores.requests.apply(request_id, break_glass("UDAN", WHY, TERMS), DAN)
    assert isinstance(outcome, Changed)
    return request_id


async def next_due(stores: Stored, kind: DeliveryKind) -> Delivery:
    """Claim the next delivery, which is of this kind."""
    stores.clock.shift += 3
    delivery = await outbox(stores).claim()
    assert delivery is not None
    assert delivery.kind is kind
    return delivery


async def notice(stores: Stored) -> Delivery:
    """Have everything posted that comes before the message to the approvers, and claim that."""
    await outbox(stores).shown(await next_due(stores, DeliveryKind.CARD), "COPS", "1.0")
    await outbox(stores).posted(await next_due(stores, DeliveryKind.GLASS_REPLY))
    return await next_due(stores, DeliveryKind.GLASS_NOTICE)


async def entries(stores: Stored, request_id: str) -> list[tuple[str, str]]:
    story = await stores.trail.story(request_id)
    assert story is not None
    return [(entry.event, entry.detail) for entry in story.entries]


async def forge(stores: Stored, **columns: object) -> None:
    """Change every request, as whoever can write to the database could."""
    async with stores.database.writing() as connection:
        await connection.execute(update(REQUESTS).values(**columns))


async def test_it_is_claimed_only_once_the_approvers_are_told(anywhere: Stored) -> None:
    """No worker gets it, nor waits for a moment, before the message is there; then it is claimed, without objection."""
    request_id = await broken(anywhere)
    assert await anywhere.work.claim() is None
    assert await anywhere.work.wait() is None
    delivery = await notice(anywhere)
    assert await anywhere.work.claim() is None
    await outbox(anywhere).told(delivery, "COPS")
    claim = await anywhere.work.claim()
    assert claim is not None
    assert claim.objection == ""
    trail = await entries(anywhere, request_id)
    assert (Event.GLASS_BROKEN, f"missing: 1 approval of {TERMS.base.key}; reason: {WHY}") in trail
    assert (Event.GLASS_TOLD, "in COPS") in trail


async def test_the_thread_comes_before_the_message_to_the_approvers(stores: Stored) -> None:
    """While the reply in the thread is held up, so is the message that lets it begin."""
    await broken(stores)
    await outbox(stores).shown(await next_due(stores, DeliveryKind.CARD), "COPS", "1.0")
    await outbox(stores).put_off(await next_due(stores, DeliveryKind.GLASS_REPLY), 300)
    stores.clock.shift += 3
    assert await outbox(stores).claim() is None


async def test_a_process_that_was_too_slow_lets_nothing_begin(stores: Stored) -> None:
    """Whose lease was over when it wanted to note its message noted nothing; the next process posts it once more."""
    request_id = await broken(stores)
    lost = await notice(stores)
    stores.clock.shift += 31
    again = await next_due(stores, DeliveryKind.GLASS_NOTICE)
    with pytest.raises(DeliveryLost):
        await outbox(stores).told(lost, "COPS")
    assert (await stores.requests.get(request_id)).break_glass == BreakGlass("UDAN", WHY)
    assert await stores.work.claim() is None
    assert Event.GLASS_TOLD not in [event for event, _ in await entries(stores, request_id)]
    await outbox(stores).told(again, "COPS")
    assert await stores.work.claim() is not None


async def test_the_time_to_undo_is_anew_and_in_the_trail(stores: Stored) -> None:
    """Told an hour later, the request is claimed ten minutes after that, and was not to be claimed before."""
    request_id = await broken(stores, TO_UNDO)
    first = (await stores.requests.get(request_id)).begins_at
    delivery = await notice(stores)
    stores.clock.shift += 1200
    await outbox(stores).renew(delivery)
    await outbox(stores).told(delivery, "COPS")
    begins_at = (await stores.requests.get(request_id)).begins_at
    assert first is not None
    assert begins_at is not None
    assert begins_at >= first + 1200
    assert len([event for event, _ in await entries(stores, request_id) if event is Event.WAITS]) == 2
    await forge(stores, begins_at=first)
    claim = await stores.work.claim()
    assert claim is not None
    assert "deleting was not to begin before" in claim.objection


async def test_it_can_be_undone_before_and_after_the_approvers_are_told(stores: Stored) -> None:
    """Undo ends it also while nobody was told, and the message that comes late changes nothing."""
    request_id = await broken(stores, TO_UNDO)
    delivery = await notice(stores)
    outcome = await stores.requests.apply(request_id, undo("UBEN", decides=True), BEN)
    assert isinstance(outcome, Changed)
    await outbox(stores).told(delivery, "COPS")
    request = await stores.requests.get(request_id)
    assert request.state is State.WITHDRAWN
    assert request.break_glass == BreakGlass("UDAN", WHY)


async def test_stop_ends_it_although_nobody_can_be_told(stores: Stored) -> None:
    """A request that is stopping is claimed without the message, only to be ended, and no DELETE may be sent."""
    request_id = await broken(stores)
    await stores.requests.apply(request_id, stop("UANA", decides=False), ANA)
    claim = await stores.work.claim()
    assert claim is not None
    assert (claim.stopping, claim.objection) == (True, "")
    (target,) = await stores.requests.targets(request_id)
    assert (await stores.work.mark_sent(claim, [target]))[0].name == "STOPPING"


@pytest.mark.parametrize("by", ["UDAN", "UBEN"])
async def test_a_forged_row_is_not_carried_out(stores: Stored, by: str) -> None:
    """A row that says so without the audit trail is claimed with an objection, whoever it names."""
    await stores.asked()
    await forge(
        stores,
        state=State.APPROVED,
        decided_at=stores.database.now,
        glass_broken_by=by,
        glass_reason=WHY,
        glass_posted_at=stores.database.now,
    )
    claim = await stores.work.claim()
    assert claim is not None
    assert f"{by} did not carry the request out without approvals" in claim.objection


async def test_another_person_than_in_the_trail_is_not_believed(stores: Stored) -> None:
    """The trail says Dan; a row that says Ben is not carried out."""
    await broken(stores)
    await outbox(stores).told(await notice(stores), "COPS")
    await forge(stores, glass_broken_by="UBEN")
    claim = await stores.work.claim()
    assert claim is not None
    assert "UBEN did not carry the request out" in claim.objection


async def test_a_row_that_says_it_was_told_is_not_believed(stores: Stored) -> None:
    """What was really carried out so, and by the row alone was told, is not carried out."""
    await broken(stores)
    await forge(stores, glass_posted_at=stores.database.now)
    claim = await stores.work.claim()
    assert claim is not None
    assert "the approvers were not told" in claim.objection


async def test_the_entry_of_another_request_does_not_count(stores: Stored) -> None:
    """That Dan carried out one request lets nobody begin another one."""
    await broken(stores)
    await outbox(stores).told(await notice(stores), "COPS")
    assert await stores.work.claim() is not None
    other = await stores.asked(trigger="2")
    glass = {"glass_broken_by": "UDAN", "glass_reason": WHY, "glass_posted_at": stores.database.now}
    async with stores.database.writing() as connection:
        await connection.execute(insert(AUDIT).values(at=0.0, event=Event.GLASS_TOLD, request_id=other, detail=""))
        forged = update(REQUESTS).where(REQUESTS.c.id == other)
        await connection.execute(forged.values(state=State.APPROVED, decided_at=stores.database.now, **glass))
    claim = await stores.work.claim()
    assert claim is not None
    assert "UDAN did not carry the request out" in claim.objection


async def test_why_it_cannot_be_told_is_told_once(stores: Stored) -> None:
    """The first failure for a reason has the two told, once; the problem goes with the message."""
    request_id = await broken(stores)
    await outbox(stores).cannot_tell(await notice(stores), ARCHIVED, 60)
    request = await stores.requests.get(request_id)
    assert request.break_glass is not None
    assert request.break_glass.problem == ARCHIVED
    await outbox(stores).shown(await next_due(stores, DeliveryKind.CARD), "COPS", "1.0")
    await outbox(stores).posted(await next_due(stores, DeliveryKind.GLASS_UNTOLD))
    stores.clock.shift += 60
    again = await next_due(stores, DeliveryKind.GLASS_NOTICE)
    await outbox(stores).cannot_tell(again, ARCHIVED, 60)
    await outbox(stores).shown(await next_due(stores, DeliveryKind.CARD), "COPS", "1.0")
    stores.clock.shift += 60
    await outbox(stores).told(await next_due(stores, DeliveryKind.GLASS_NOTICE), "COPS")
    assert (await stores.requests.get(request_id)).break_glass == BreakGlass("UDAN", WHY, is_posted=True)


async def test_what_was_not_told_in_time_expires(stores: Stored) -> None:
    """After the request's time it ends without deletions, and nobody is told any more."""
    request_id = await broken(stores)
    await outbox(stores).put_off(await notice(stores), 300)
    stores.clock.shift += 3601
    await stores.requests.expire_due()
    assert (await stores.requests.get(request_id)).state is State.EXPIRED
    await outbox(stores).shown(await next_due(stores, DeliveryKind.CARD), "COPS", "1.0")
    await outbox(stores).posted(await next_due(stores, DeliveryKind.RESULT))
    assert await outbox(stores).claim() is None
    assert await stores.work.claim() is None


def refusals(outcomes: list[TransitionResult]) -> list[Refusal]:
    return [outcome.refusal for outcome in outcomes if isinstance(outcome, Unchanged)]


async def test_of_a_last_approval_and_a_break_glass_at_once_one_counts(anywhere: Stored) -> None:
    """Whichever comes first decides, and the other is told that it is decided."""
    request_id = await anywhere.asked()
    steps = ((break_glass("UDAN", WHY, TERMS), DAN), (approve("UBEN", "TACME", {}, TERMS, counts_for=BASE), BEN))
    outcomes = await asyncio.gather(*(anywhere.requests.apply(request_id, step, actor) for step, actor in steps))
    assert refusals(outcomes) == [Refusal.NO_LONGER_OPEN]
    request = await anywhere.requests.get(request_id)
    assert (request.break_glass is None) == bool(request.approvals)


async def test_of_two_sign_offs_at_once_one_counts(anywhere: Stored) -> None:
    """One signs it off, the other is told so, and the trail has one review."""
    request_id = await broken(anywhere)
    anywhere.clock.shift += 3601
    await anywhere.requests.expire_due()
    outcomes = await asyncio.gather(
        *(anywhere.requests.apply(request_id, sign_off(who.user_id), who) for who in (BEN, CHLOE))
    )
    assert refusals(outcomes) == [Refusal.ALREADY_REVIEWED]
    assert [event for event, _ in await entries(anywhere, request_id)].count(Event.GLASS_REVIEWED) == 1
