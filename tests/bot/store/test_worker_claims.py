"""Claims: how attempts are counted, and what is given back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.deletion.outcome_writer import OutcomeWriter
from bot.requests.outcomes import Outcome
from bot.requests.request import Event, Target, TargetState
from tests.bot.stored import FLUX, Stored, stored

V1, V2 = Target(0, FLUX, "v1", 1.0), Target(1, FLUX, "v2", 2.0)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


async def test_attempts_are_counted_until_there_is_progress(stores: Stored) -> None:
    """Attempts count up while nothing is achieved, and begin anew once something is."""
    claim = await stores.claimed(V1, V2)
    assert await stores.work.attempts(claim) == 1
    await stores.work.give_back(claim)
    again = await stores.work.claim()
    assert again is not None
    assert again.attempt == await stores.work.attempts(again) == 2
    await stores.work.record(again, [Outcome(V1, TargetState.DELETED)])
    assert await stores.work.attempts(again) == 0


async def test_an_attempt_ended_from_outside_does_not_count(stores: Stored) -> None:
    """An attempt ended from outside does not count, and one that had made progress leaves nothing to take off."""
    claim = await stores.claimed(V1, V2)
    await stores.work.give_back(claim, count_attempt=False)
    second = await stores.work.claim()
    assert second is not None
    assert second.attempt == 1
    await stores.work.record(second, [Outcome(V1, TargetState.DELETED)])
    await stores.work.give_back(second, count_attempt=False)
    third = await stores.work.claim()
    assert third is not None
    assert third.attempt == 1


async def test_wait_for_work_ends_with_the_lease_or_delay(stores: Stored) -> None:
    """The wait is until the lease or the delay is over, and there is none where nothing is to be done."""
    assert await stores.work.wait() is None
    claim = await stores.claimed(V1)
    leased = await stores.work.wait()
    assert leased is not None
    assert 0 < leased <= stores.work.lease
    await stores.work.give_back(claim, after=300.0)
    delayed = await stores.work.wait()
    assert delayed is not None
    assert stores.work.lease < delayed <= 300
    stores.clock.shift += 301
    assert await stores.work.claim() is not None


async def test_a_target_that_has_ended_has_one_entry(stores: Stored) -> None:
    """An end that is recorded again, in a batch with a new one, is in the audit trail once, as it was first."""
    claim = await stores.claimed(V1, V2)
    outcomes = OutcomeWriter(stores.work, claim)
    await outcomes.record(Outcome(V1, TargetState.DELETED))
    again, other = Outcome(V1, TargetState.FAILED, "no answer"), Outcome(V2, TargetState.FAILED, "no answer")
    first = Outcome(V2, TargetState.DELETED)
    await asyncio.gather(*(outcomes.record(outcome) for outcome in (again, first, again, other, first)))
    story = await stores.trail.story(claim.request_id)
    assert story is not None
    ends = [entry.detail for entry in story.entries if entry.event is Event.TARGET_ENDED]
    assert ends == [f"{V1}: deleted", f"{V2}: deleted"]
    assert {target.state for target in story.targets} == {TargetState.DELETED}
