"""What becomes of a request while Replicate answers 429."""

from __future__ import annotations

import pytest

from bot.backoff import Backoff
from bot.errors import ReplicateThrottled, ReplicateUnavailable
from bot.replicate.rate_limit import Urgency
from bot.replicate.retries import MAX_HOLD, RetryPolicy, RetryState
from bot.replicate.types import Deletion
from tests.bot.replicate_clients import FLUX, QUICK, OpenPace, client_of
from tests.sandbox.replicate.faults import Hanging, html_error, throttled
from tests.sandbox.replicate.stand_in import StandInReplicate

BULK, INTERACTIVE = Urgency.BULK, Urgency.INTERACTIVE
BUSY = "Request was throttled."
THROTTLED = ReplicateThrottled(BUSY, method="GET", path="/account", status=429)
SILENT = ReplicateUnavailable("Silence.", method="GET", path="/account")


async def sent(retry_state: RetryState, told: float | None = None) -> RetryState:
    """Another attempt of the effort, answered with this many seconds to wait."""
    await retry_state.wait_for(OpenPace().acquire(BULK))
    retry_state.told = told
    return retry_state


def wait_before(retry_state: RetryState, error: ReplicateThrottled | ReplicateUnavailable) -> float:
    """Return the seconds before the next attempt, of which there is one."""
    wait = retry_state.next_wait(error)
    assert wait is not None
    return wait


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


@pytest.mark.parametrize("told", [60.0, 119.0])
async def test_a_long_throttle_wait_takes_nothing_from_request_time(told: float) -> None:
    """A wait beyond the time for silence is waited out in bulk, and takes nothing from that time."""
    retry_state = await sent(RetryState(RetryPolicy(), BULK), told)
    assert told < wait_before(retry_state, THROTTLED) <= told + 1
    await sent(retry_state)
    assert 0 < wait_before(retry_state, SILENT) <= 1


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


async def test_a_bulk_request_throttled_without_end_is_given_up(stand_in: StandInReplicate) -> None:
    """A bulk request that is throttled for ever ends, and says how often and how long it was tried."""
    stand_in.fail(throttled(BUSY, retry_after="0.05"), times=None)
    retry_policy = RetryPolicy(throttled=1.0, backoff=Backoff(0.001, 0.001))
    async with client_of(stand_in, retry_policy=retry_policy) as client:
        with pytest.raises(ReplicateThrottled) as given_up:
            await client.at(BULK).delete_model(FLUX)
    tries = len(stand_in.requests)
    assert 2 <= tries <= 20
    assert f"{BUSY} Asked {tries} times in " in given_up.value.detail
    assert given_up.value.detail.endswith("Replicate asks to wait 1 s before the next time.")
    assert (given_up.value.method, given_up.value.status) == ("DELETE", 429)


@pytest.mark.parametrize("told", [None, 1.0, 60.0, 86_400.0])
async def test_waits_in_bulk_are_bounded(told: float | None) -> None:
    """All waits for 429s together stay within their bound, and none is absurd, whatever Replicate says."""
    retry_state, waits = RetryState(RetryPolicy(), BULK), []
    while wait := (await sent(retry_state, told)).next_wait(THROTTLED):
        waits.append(wait)
    assert max(waits) <= MAX_HOLD + RetryPolicy().backoff.longest
    assert RetryPolicy().throttled - 2 * max(waits) < sum(waits) <= RetryPolicy().throttled


# While a person waits


@pytest.mark.parametrize(
    ("detail", "retry_after", "said", "held"),
    [
        (BUSY, "90", "Replicate asks to wait 1 min 30 s before the next time", 90.0),
        (f"{BUSY} Your rate limit resets in ~60s.", None, "in ~60s. Asked once. Replicate asks to wait 1 min", 60.0),
        (f"{BUSY} Expected available in 86400 seconds.", None, "Replicate asks to wait 1 d", MAX_HOLD),
    ],
)
async def test_people_are_told_at_once_how_long_to_wait(
    stand_in: StandInReplicate, detail: str, retry_after: str | None, said: str, held: float
) -> None:
    """Who would have to wait too long is told at once how long; an absurd wait does not stop everybody for it."""
    stand_in.fail(throttled(detail, retry_after=retry_after))
    limiter = OpenPace()
    async with client_of(stand_in, limiter=limiter) as client:
        with pytest.raises(ReplicateThrottled) as given_up:
            await client.account()
    assert said in str(given_up.value)
    assert given_up.value.status == 429
    assert limiter.holds == [held]
    assert len(stand_in.requests) == 1


async def test_an_interactive_429_counts_as_a_failed_attempt(stand_in: StandInReplicate) -> None:
    """While a person waits a 429 is a failed attempt, and after the last one the error says how many there were."""
    stand_in.fail(throttled(BUSY), times=None)
    async with client_of(stand_in) as client:
        with pytest.raises(ReplicateThrottled, match=rf"{BUSY} Asked {QUICK.attempts} times in \d+ s\.$"):
            await client.account()
    assert len(stand_in.requests) == QUICK.attempts


@pytest.mark.parametrize("urgency", Urgency)
async def test_a_wait_asked_for_once_is_waited_out_once(urgency: Urgency) -> None:
    """A wait that Replicate asked for after one attempt is not waited out again after the next."""
    retry_state = await sent(RetryState(RetryPolicy(backoff=Backoff(1.0, 10.0)), urgency), 30.0)
    assert wait_before(retry_state, THROTTLED) >= 30.0
    await sent(retry_state)
    assert wait_before(retry_state, SILENT) <= 2.0
