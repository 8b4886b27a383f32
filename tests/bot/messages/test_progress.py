"""How far a request is, and how long the rest takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from bot.messages.progress import progress
from bot.requests.policy import Approvers, Terms
from bot.requests.request import Outcome, Request, State, Target, TargetState
from tests.bot.stored import FLUX, Stored, stored

NOW = 1_767_225_600.0
TARGETS = tuple(Target(n, FLUX, f"{n:064}", 0.0) for n in range(10))


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


def told(counts: dict[TargetState, int], *, claimed_at: float = NOW, answered: int, stopping: bool = False) -> str:
    """Return the first line of what is told 10 seconds after NOW."""
    request = Request(
        id="R-7KQ2M",
        state=State.DELETING,
        requester="UANA",
        team_id="T1",
        origin_channel="COPS",
        account="acme",
        terms=Terms(1, Approvers.parse("SLEADS")),
        digest="",
        created_at=NOW,
        expires_at=NOW + 86_400,
        decided_at=NOW - 36_000,
        claimed_at=claimed_at,
        answered=answered,
        stopping=stopping,
        counts=Counter(counts),
    )
    return progress(request, NOW + 10).splitlines()[0]


def test_the_time_left_goes_by_the_attempt_under_way() -> None:
    """After ten hours without a bot, the time left is told by what was sent since it is back."""
    counts = {TargetState.DELETED: 200, TargetState.PLANNED: 800}
    assert told(counts, answered=100) == "Deleting: 200 of 1,000, about 1 min 20 s left."


def test_skipped_versions_do_not_count_as_fast_deletions() -> None:
    """Versions skipped without a call are not taken for fast deletions."""
    counts = {TargetState.SKIPPED: 900, TargetState.PLANNED: 100}
    assert told(counts, answered=0) == "Deleting: 900 of 1,000."
    counts = {TargetState.SKIPPED: 900, TargetState.DELETED: 10, TargetState.PLANNED: 90}
    assert told(counts, answered=10) == "Deleting: 910 of 1,000, about 1 min 30 s left."


def test_a_stopping_request_shows_no_time_left() -> None:
    """A request that stops tells no time for what it will not delete."""
    counts = {TargetState.DELETED: 100, TargetState.ACCEPTED: 16, TargetState.PLANNED: 4884}
    assert told(counts, answered=116, stopping=True) == "Stopping after the deletions on their way: 100 of 5,000."


def test_no_time_left_once_everything_is_sent() -> None:
    """While versions vanish no time is told, nor for the model that waits for them."""
    assert told({TargetState.ACCEPTED: 100}, answered=100) == "Deleting: 0 of 100."
    assert told({TargetState.ACCEPTED: 100, TargetState.PLANNED: 1}, answered=100) == "Deleting: 0 of 101."


async def test_only_deletes_answered_since_the_resumption_count(stores: Stored) -> None:
    """Only DELETEs that were sent and answered since the worker last took a request up are counted."""
    claim = await stores.claimed(*TARGETS)
    first = await stores.requests.get(claim.request_id)
    await stores.work.mark_sent(claim, TARGETS[:4])
    skipped = [Outcome(target, TargetState.SKIPPED, "deployed since") for target in TARGETS[8:]]
    await stores.work.record(claim, [Outcome(t, TargetState.ACCEPTED) for t in TARGETS[:3]] + skipped)
    assert (await stores.requests.get(claim.request_id)).answered == 3
    await stores.work.give_back(claim)
    stores.clock.shift += 36_000
    again = await stores.work.claim()
    assert again is not None
    resumed = await stores.requests.get(claim.request_id)
    assert first.claimed_at is not None
    assert resumed.claimed_at is not None
    assert resumed.claimed_at - first.claimed_at >= 36_000
    assert resumed.answered == 0
    await stores.work.mark_sent(again, TARGETS[3:5])
    await stores.work.record(again, [Outcome(t, TargetState.DELETED) for t in TARGETS[3:5]])
    assert (await stores.requests.get(claim.request_id)).answered == 2
