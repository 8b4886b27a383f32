"""How far a request is, and how long the rest takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.messages.progress import progress
from bot.requests.outcomes import Outcome
from bot.requests.request import State, Target, TargetState
from bot.slowdown import Slowdown
from bot.store.rate_limits import Limit, RateLimitStore
from bot.store.slowdowns import REPLICATE_LIMIT
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.bot.stored import FLUX, Stored, stored

TARGETS = tuple(Target(n, FLUX, f"{n:064}", 0.0) for n in range(10))


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


def told(
    counts: dict[TargetState, int],
    *,
    claimed_at: float = NOW,
    answered: int,
    stopping: bool = False,
    per_minute: float | None = None,
) -> str:
    """Return the first line of what is told 10 seconds after NOW, and why it is slow, if it is."""
    request = replace(
        WAITING,
        state=State.DELETING,
        decided_at=NOW - 36_000,
        claimed_at=claimed_at,
        answered=answered,
        stopping=stopping,
        slowdown=None if per_minute is None else Slowdown(per_minute, NOW),
        counts=Counter(counts),
    )
    shown = progress(request, NOW + 10)
    _, *why = shown.picture.splitlines()
    return "\n".join([shown.heading, *why])


def test_the_time_left_goes_by_the_attempt_under_way() -> None:
    """After ten hours without a bot, the time left is told by what was sent since it is back."""
    counts = {TargetState.DELETED: 200, TargetState.PLANNED: 800}
    assert told(counts, answered=100) == "Deleting: 200 of 1,000, about 1 minute 20 seconds left"


def test_skipped_versions_do_not_count_as_fast_deletions() -> None:
    """Versions skipped without a call are not taken for fast deletions."""
    counts = {TargetState.SKIPPED: 900, TargetState.PLANNED: 100}
    assert told(counts, answered=0) == "Deleting: 900 of 1,000"
    counts = {TargetState.SKIPPED: 900, TargetState.DELETED: 10, TargetState.PLANNED: 90}
    assert told(counts, answered=10) == "Deleting: 910 of 1,000, about 1 minute 30 seconds left"


def test_a_stopping_request_shows_no_time_left() -> None:
    """A request that stops tells no time for what it will not delete."""
    counts = {TargetState.DELETED: 100, TargetState.ACCEPTED: 16, TargetState.PLANNED: 4884}
    assert told(counts, answered=116, stopping=True) == "Stopping after the deletions on their way: 100 of 5,000"


def test_no_time_left_once_everything_is_sent() -> None:
    """While versions vanish no time is told, nor for the model that waits for them."""
    assert told({TargetState.ACCEPTED: 100}, answered=100) == "Deleting: 0 of 100"
    assert told({TargetState.ACCEPTED: 100, TargetState.PLANNED: 1}, answered=100) == "Deleting: 0 of 101"


def test_a_lowered_rate_tells_the_time_left_and_why() -> None:
    """While Replicate lets six requests a minute through, the time left goes by that, and the card says what to do."""
    counts = {TargetState.DELETED: 1, TargetState.PLANNED: 960}
    for answered in (0, 1):
        first, why = told(counts, answered=answered, per_minute=6.0).splitlines()
        assert first == "Deleting: 1 of 961, about 2 hours 40 minutes left at Replicate's present limit"
        assert why == (
            "Replicate limits this account to about 6 requests a minute at present, as it does when there is little "
            "credit or no payment method. Add either at https://replicate.com/account/billing, and the bot becomes "
            "faster by itself."
        )


def test_a_lowered_rate_is_told_while_nothing_is_left_to_send() -> None:
    """Also while versions vanish, or the request stops, the card says why that is slow, and no time left."""
    why = "\nReplicate limits this account to about 1 request a minute"
    assert told({TargetState.ACCEPTED: 9}, answered=9, per_minute=1.0).startswith(f"Deleting: 0 of 9{why}")
    stopping = told({TargetState.ACCEPTED: 8, TargetState.PLANNED: 1}, answered=8, per_minute=1.0, stopping=True)
    assert stopping.startswith(f"Stopping after the deletions on their way: 0 of 9{why}")


def test_a_rate_that_is_no_sign_of_little_credit_is_explained_otherwise() -> None:
    """A hundred requests a minute are no sign of little credit, and more than a thousand are no reason to be slow."""
    counts = {TargetState.DELETED: 200, TargetState.PLANNED: 800}
    assert "the bot asks too much, so it sends about 100 requests a minute" in told(
        counts, answered=100, per_minute=100.0
    )
    assert told(counts, answered=100, per_minute=750.0) == "Deleting: 200 of 1,000, about 1 minute 20 seconds left"


async def test_the_rate_is_read_with_a_request_that_is_carried_out(stores: Stored) -> None:
    """A request that is carried out knows the rate that Replicate lets through, and any other one does not."""
    waiting = await stores.asked(trigger="2")
    claim = await stores.claimed(*TARGETS)
    slowdown = Slowdown(5.7, 1.0)
    limits = RateLimitStore(stores.database)
    await limits.refused(Limit(REPLICATE_LIMIT, 1500), 5.0, lambda *_: slowdown)
    assert (await stores.requests.get(claim.request_id)).slowdown == slowdown
    assert (await stores.requests.get(waiting)).slowdown is None


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
