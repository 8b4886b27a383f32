"""What becomes of a request while Replicate answers 429."""

from __future__ import annotations

import pytest

from bot.backoff import Backoff
from bot.errors import ReplicateThrottled, ReplicateUnavailable
from bot.replicate.rate_limit import Urgency
from bot.replicate.retries import MAX_HOLD, RetryPolicy, RetryState
from bot.replicate.types import Deletion
from tests.bot.replicate_clients import FLUX, QUICK, OpenPace, client_of
from tests.sandbox.replicate.faults import Hanging, Instead, html_error, throttled
from tests.sandbox.replicate.limit import BURST_OF_ONE, Limiter
from tests.sandbox.replicate.stand_in import StandInReplicate

BULK, INTERACTIVE = Urgency.BULK, Urgency.INTERACTIVE
BUSY = "Request was throttled."
LOW_CREDIT = (
    '{"detail": "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute '
    'with a burst of 1 requests while you have less than $5.0 in credit.", "status": 429, "retry_after": 5}'
)
THROTTLED = ReplicateThrottled(BUSY, method="GET", path="/account", status=429)
SILENT = ReplicateUnavailable("Silence.", method="GET", path="/account")


async def sent(retry_state: RetryState, told: float | None = None) -> RetryState:
    """Another attempt of the effort, answered with this many seconds to wait."""
    await retry_state.wait_for(OpenPace().acquire(BULK))
    retry_state.told = told
    return retry_state


# Bulk work


async def test_a_bulk_delete_is_sent_again_after_every_429(stand_in: StandInReplicate) -> None:
    """A deletion in bulk is sent until it is taken, however often Replicate says wait, and each 429 holds everybody."""
    stand_in.add_model("acme/flux")
    stand_in.fail(throttled(BUSY, retry_after="0.002"), times=4 * QUICK.attempts)
    limiter = OpenPace()
    async with client_of(stand_in, limiter=limiter) as client:
        assert await client.at(BULK).delete_model(FLUX) is Deletion.DELETED
    assert stand_in.count("DELETE") == 4 * QUICK.attempts + 1
    assert limiter.holds == [0.002] * 4 * QUICK.attempts


@pytest.mark.parametrize("urgency", [INTERACTIVE, BULK])
async def test_a_429_takes_nothing_from_request_time(urgency: Urgency) -> None:
    """However often Replicate answers 429, only the rate limit is waited for, and silence has its time."""
    retry_state = RetryState(RetryPolicy(), urgency)
    for _ in range(100):
        assert (await sent(retry_state, 60.0)).next_wait(THROTTLED) == 0
    wait = (await sent(retry_state)).next_wait(SILENT)
    assert wait is not None
    assert 0 < wait <= 1


async def test_a_bulk_request_keeps_all_its_attempts_after_429s(stand_in: StandInReplicate) -> None:
    """After many 429s a bulk request still has all its attempts against 5xx, and then fails with that."""
    stand_in.fail(throttled(BUSY, retry_after="0.002"), times=2 * QUICK.attempts)
    async with client_of(stand_in) as client:
        stand_in.fail(html_error(503), times=None)
        with pytest.raises(ReplicateUnavailable):
            await client.at(BULK).account()
    assert len(stand_in.requests) == 3 * QUICK.attempts


async def test_silence_ends_a_bulk_request_even_after_long_throttling(stand_in: StandInReplicate) -> None:
    """The time for silence ends a bulk request as ever, also when it was throttled longer than that before."""
    stand_in.fail(throttled(BUSY, retry_after="0.6"))
    async with client_of(stand_in, retry_policy=RetryPolicy(seconds=0.5, backoff=Backoff(0.001, 10.0))) as client:
        stand_in.fail(Hanging(), times=None)
        with pytest.raises(ReplicateUnavailable, match="No answer came in time"):
            await client.at(BULK).account()
    assert len(stand_in.requests) == 2


async def test_no_wait_holds_everybody_for_more_than_two_minutes(stand_in: StandInReplicate) -> None:
    """A wait of a day is taken for a mistake, and asked about again after two minutes."""
    stand_in.fail(throttled(f"{BUSY} Expected available in 86400 seconds."))
    limiter = OpenPace()
    async with client_of(stand_in, limiter=limiter) as client:
        await client.at(BULK).account()
    assert limiter.holds == [MAX_HOLD]


async def test_a_refusal_names_the_rate_and_when_it_was_sent(stand_in: StandInReplicate) -> None:
    """The limiter learns the rate that a 429 names, and how long its request was on its way."""
    stand_in.fail(Instead(429, LOW_CREDIT, "application/json"))
    stand_in.latency = 0.05
    limiter = OpenPace()
    async with client_of(stand_in, limiter=limiter) as client:
        await client.at(BULK).account()
    [refusal] = limiter.refusals
    assert (refusal.seconds, refusal.per_minute) == (5, 6)
    assert refusal.sent_ago >= 0.05


async def test_an_answer_with_nothing_left_holds_the_next_requests(stand_in: StandInReplicate) -> None:
    """An answer that says that nothing is left until then is taken, and the next requests wait, without any 429."""
    stand_in.limiter = Limiter(3000, 100, windows=BURST_OF_ONE, announces=True)
    limiter = OpenPace()
    async with client_of(stand_in, limiter=limiter) as client:
        await client.account()
    assert limiter.holds == [10]
    assert limiter.refusals == []


# While a person waits


async def test_a_person_waits_like_everybody(stand_in: StandInReplicate) -> None:
    """A request that a person waits for is sent again after every 429, too."""
    stand_in.fail(throttled(BUSY, retry_after="0.002"), times=4 * QUICK.attempts)
    async with client_of(stand_in) as client:
        assert (await client.account()).username == "acme"
    assert len(stand_in.requests) == 4 * QUICK.attempts + 1


async def test_a_person_is_not_kept_waiting_for_ever(stand_in: StandInReplicate) -> None:
    """What a person waits for is given up in the end, and says how often and how long it was tried."""
    stand_in.fail(throttled(BUSY, retry_after="1"), times=None)
    async with client_of(stand_in, retry_policy=RetryPolicy(throttled=0.2)) as client:
        with pytest.raises(ReplicateThrottled) as given_up:
            await client.delete_model(FLUX)
    tries = len(stand_in.requests)
    assert f"{BUSY} Asked {tries} times in " in given_up.value.detail
    assert given_up.value.detail.endswith("Replicate asks to wait 1 second before the next time.")
    assert (given_up.value.method, given_up.value.status) == ("DELETE", 429)


@pytest.mark.parametrize("urgency", [INTERACTIVE, BULK])
async def test_a_wait_asked_for_once_is_waited_out_once(urgency: Urgency) -> None:
    """A wait that a server error asked for is not waited out again after the next attempt."""
    retry_state = await sent(RetryState(RetryPolicy(backoff=Backoff(1.0, 10.0)), urgency), 30.0)
    wait = retry_state.next_wait(SILENT)
    assert wait is not None
    assert wait >= 30.0
    wait = (await sent(retry_state)).next_wait(SILENT)
    assert wait is not None
    assert wait <= 2.0
