"""An approved request that can be undone is claimed at the moment that was told, by the database's clock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, update

from bot.requests.request import Event, Request, State
from bot.requests.stopping import undo
from bot.store.tables import REQUESTS
from tests.bot.stored import ANA, BEN, Stored, approved_in, stored

A_DAY = 86_400.0
TEN_MINUTES = 600.0


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def column(stores: Stored, name: str) -> float:
    async with stores.database.reading() as connection:
        found: float = (await connection.execute(select(REQUESTS.c[name]))).scalar_one()
    return found


async def left(stores: Stored, request: Request) -> float:
    """Return the seconds until deleting begins by the database's clock."""
    assert request.begins_at is not None
    async with stores.database.reading() as connection:
        now: float = (await connection.execute(select(stores.database.now))).scalar_one()
    return request.begins_at - now


@pytest.mark.parametrize("undo_for", [120.0, TEN_MINUTES, A_DAY])
async def test_a_request_is_claimed_at_the_moment_that_was_told(stores: Stored, undo_for: float) -> None:
    """Not sooner, however far ahead that is; the worker waits until then, and the request does not expire before."""
    request = await approved_in(stores, undo_for, ttl=60)
    assert await stores.work.claim() is None
    before, wait, after = await left(stores, request), await stores.work.wait(), await left(stores, request)
    assert wait is not None
    assert before >= wait >= after
    stores.clock.shift += await left(stores, request) - 60.0
    await stores.requests.expire_due()
    assert await stores.work.claim() is None
    stores.clock.shift += 60.0
    claim = await stores.work.claim()
    assert claim is not None
    assert (claim.request_id, claim.objection) == (request.id, "")


async def test_an_attempt_that_is_put_off_does_not_move_the_moment(stores: Stored) -> None:
    """A delay between attempts counts once deleting has begun; the moment that was told stays as it was."""
    request = await approved_in(stores, TEN_MINUTES)
    stores.clock.shift += TEN_MINUTES + 1
    claim = await stores.work.claim()
    assert claim is not None
    await stores.work.give_back(claim, after=60.0)
    assert await stores.work.claim() is None
    assert await column(stores, "begins_at") == request.begins_at
    stores.clock.shift += 61
    assert await stores.work.claim() is not None


async def test_a_clock_that_is_set_back_holds_up_nothing_that_was_begun(stores: Stored) -> None:
    """What was claimed is continued after its process died, also where the clock was set back to before its moment."""
    await approved_in(stores, A_DAY)
    stores.clock.shift += A_DAY + 1
    claim = await stores.work.claim()
    assert claim is not None
    await stores.work.give_back(claim)
    stores.clock.shift -= A_DAY
    again = await stores.work.claim()
    assert again is not None
    assert again.objection == ""


@pytest.mark.parametrize(("undo_for", "held"), [(60.0, 60.0), (TEN_MINUTES, TEN_MINUTES), (A_DAY, TEN_MINUTES)])
async def test_code_that_knows_no_undo_waits_as_long_as_it_believes(
    stores: Stored, undo_for: float, held: float
) -> None:
    """`not_before` has the moment for code without `begins_at`, and never one so far ahead that it is not believed."""
    request = await approved_in(stores, undo_for)
    assert request.decided_at is not None
    believed = await column(stores, "not_before") - request.decided_at
    assert held <= believed <= min(held + 1, TEN_MINUTES)


async def test_an_undone_request_stays_undone_whatever_its_row_says(stores: Stored) -> None:
    """A row that is changed back after an Undo may be claimed, and nothing of it may be sent."""
    request = await approved_in(stores, TEN_MINUTES)
    await stores.requests.apply(request.id, undo("UANA", decides=False), ANA)
    stores.clock.shift += TEN_MINUTES + 1
    assert await stores.work.claim() is None
    await changed(stores, state=State.APPROVED, finished_at=None)
    claim = await stores.work.claim()
    assert claim is not None
    assert "was over before (undone)" in claim.objection


@pytest.mark.parametrize(
    "forged",
    [
        {"begins_at": None, "not_before": None},
        {"begins_at": 1.0, "not_before": None},
        {"state": State.DELETING, "not_before": None},
    ],
)
async def test_a_moment_that_was_changed_by_hand_deletes_nothing(stores: Stored, forged: dict[str, object]) -> None:
    """A request that begins sooner than the trail says that it was told is claimed, and nothing of it may be sent."""
    await approved_in(stores, TEN_MINUTES)
    await changed(stores, **forged)
    claim = await stores.work.claim()
    assert claim is not None
    assert "deleting was not to begin before" in claim.objection


async def changed(stores: Stored, **columns: object) -> None:
    async with stores.database.writing() as connection:
        await connection.execute(update(REQUESTS).values(columns))


async def test_the_trail_tells_the_moment_and_who_undid_it(stores: Stored) -> None:
    """The trail has when deleting was to begin, and who undid it, as entries of their own."""
    request = await approved_in(stores, TEN_MINUTES)
    await stores.requests.apply(request.id, undo("UBEN", decides=True), BEN)
    story = await stores.trail.story(request.id)
    assert story is not None
    waits, undone = story.entries[-2:]
    assert (waits.event, waits.actor) == (Event.WAITS, None)
    assert waits.detail.startswith("deleting begins 20")
    assert (undone.event, undone.actor) == (Event.UNDONE, BEN)
    assert story.request.undone_by == "UBEN"
