"""What is tried again, how long, and what is never sent twice."""

from __future__ import annotations

import asyncio

import pytest

from bot.backoff import Backoff
from bot.errors import ReplicateError, ReplicateNotFound, ReplicateUnavailable
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import Urgency
from bot.replicate.retries import RetryPolicy
from bot.replicate.types import Deletion
from tests.bot.replicate_clients import FLUX, QUICK, OpenPace, client_of
from tests.sandbox.replicate.faults import (
    CutOff,
    Dropped,
    Emptied,
    Fault,
    Hanging,
    Instead,
    LostAnswer,
    Truncated,
    html_error,
    throttled,
)
from tests.sandbox.replicate.stand_in import StandInReplicate

BUSY = "Request was throttled."


@pytest.mark.parametrize("fault", [html_error(503), throttled(BUSY), Dropped()], ids=["5xx", "429", "no answer"])
async def test_what_is_read_in_the_background_is_tried_once(
    client: Replicate, stand_in: StandInReplicate, fault: Fault
) -> None:
    """A failed request for which nobody waits is not repeated: it would take from the others' rate."""
    stand_in.fail(fault)
    with pytest.raises(ReplicateError):
        await client.at(Urgency.BACKGROUND).account()
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        html_error(500),
        html_error(502),
        Instead(503, ""),
        Instead(200, "<html>maintenance</html>"),
        throttled(BUSY),
        Emptied(),
        Truncated(),
        CutOff(),
        Dropped(),
        LostAnswer(),
    ],
)
async def test_a_failed_or_unreadable_read_is_tried_again(
    client: Replicate, stand_in: StandInReplicate, fault: Fault
) -> None:
    """A read that failed on the way, or whose body cannot be read, is tried again."""
    stand_in.fail(fault)
    assert (await client.account()).username == "acme"
    assert len(stand_in.requests) == 2


@pytest.mark.parametrize("fault", [html_error(500), Instead(503, ""), throttled(BUSY), Dropped()])
async def test_delete_that_was_not_carried_out_is_sent_again(
    client: Replicate, stand_in: StandInReplicate, fault: Fault
) -> None:
    """A DELETE that was not carried out is sent again."""
    stand_in.add_model("acme/flux")
    stand_in.fail(fault)
    assert await client.delete_model(FLUX) is Deletion.DELETED
    assert stand_in.count("DELETE") == 2


@pytest.mark.parametrize(
    ("fault", "status", "detail"),
    [
        (html_error(502), 502, "It gave no explanation, only an HTML page."),
        (Instead(503, '{"detail": "Down for repairs."}'), 503, "Down for repairs."),
        (Emptied(), 200, "It answered with an empty body, which could not be read."),
        (Truncated(), 200, "It answered with incomplete or unexpected JSON, which could not be read."),
        (Dropped(), None, "The connection was dropped before the whole answer came."),
    ],
)
async def test_the_last_failed_attempt_gives_the_error(
    client: Replicate, stand_in: StandInReplicate, fault: Fault, status: int | None, detail: str
) -> None:
    """After its last attempt a request fails with what was wrong with that one."""
    stand_in.fail(fault, times=None)
    with pytest.raises(ReplicateUnavailable) as unavailable:
        await client.account()
    assert (unavailable.value.status, unavailable.value.detail) == (status, detail)
    assert len(stand_in.requests) == QUICK.attempts


async def test_a_refused_connection_says_that_none_could_be_made(client: Replicate, stand_in: StandInReplicate) -> None:
    """When nothing listens the error says that no connection could be made."""
    await stand_in.stop()
    with pytest.raises(ReplicateUnavailable, match="did not answer GET /account: No connection"):
        await client.account()


async def test_an_unanswered_attempt_is_tried_again_after_the_timeout(stand_in: StandInReplicate) -> None:
    """An attempt that gets no answer is given up after the timeout and tried again."""
    stand_in.fail(Hanging())
    async with client_of(stand_in, timeout=0.05) as client:
        assert (await client.account()).username == "acme"


async def test_a_request_ends_when_its_time_is_used_up(stand_in: StandInReplicate) -> None:
    """When its time is used up a request ends, also in the middle of an attempt."""
    stand_in.fail(Hanging(), times=None)
    async with client_of(stand_in, retry_policy=RetryPolicy(seconds=0.05)) as client:
        with pytest.raises(ReplicateUnavailable, match="No answer came in time"):
            await client.account()
    assert len(stand_in.requests) == 1


@pytest.mark.parametrize(
    ("detail", "retry_after", "held"),
    [
        (BUSY, "0.02", 0.02),
        (f"{BUSY} Expected available in 0.01 seconds.", None, 0.01),
        (f"{BUSY} Your rate limit resets in ~0.01s.", None, 0.01),
        (f"{BUSY} Expected available in 0.03 second.", "0.01", 0.03),
        (BUSY, None, QUICK.backoff.first),
        (BUSY, "soon", QUICK.backoff.first),
        (BUSY, "Wed, 01 Apr 2026 12:00:00 -0000", QUICK.backoff.first),
        (BUSY, "Wed, 01 Apr 2026 12:00:00 GMT", QUICK.backoff.first),
    ],
)
async def test_a_429_holds_the_pace_for_every_request(
    stand_in: StandInReplicate, detail: str, retry_after: str | None, held: float
) -> None:
    """A 429 holds the pace for as long as Replicate asks in either place, or a moment, and is tried again."""
    stand_in.fail(throttled(detail, retry_after=retry_after))
    limiter = OpenPace()
    async with client_of(stand_in, limiter=limiter) as client:
        await client.account()
    assert limiter.holds == [held]
    assert len(limiter.turns) == 2


async def test_a_retry_after_date_counts_from_the_answers_date(stand_in: StandInReplicate) -> None:
    """A date in Retry-After counts from the answer's own date."""
    dates = (("Date", "Wed, 01 Apr 2026 12:00:00 GMT"), ("Retry-After", "Wed, 01 Apr 2026 12:00:40 GMT"))
    stand_in.fail(Instead(429, "", headers=dates))
    limiter = OpenPace()
    async with client_of(stand_in, limiter=limiter) as client:
        await client.account()
    assert limiter.holds == [40.0]


async def test_deleted_model_with_a_lost_answer_is_already_gone(client: Replicate, stand_in: StandInReplicate) -> None:
    """A model whose deletion was carried out and the answer lost is already gone."""
    stand_in.add_model("acme/flux")
    stand_in.fail(LostAnswer(), method="DELETE")
    assert await client.delete_model(FLUX) is Deletion.ALREADY_GONE
    assert "acme/flux" not in stand_in.models


async def test_a_lost_version_answer_is_accepted_or_already_gone(client: Replicate, stand_in: StandInReplicate) -> None:
    """A version whose answer was lost is accepted again while listed, and already gone when it is not."""
    first, second = stand_in.add_model("acme/flux", versions=2)
    stand_in.fail(LostAnswer(), method="DELETE", times=2)
    assert await client.delete_version(FLUX, first) is Deletion.ACCEPTED
    stand_in.vanish_after = 0
    stand_in.heal()
    stand_in.fail(LostAnswer(), method="DELETE")
    assert await client.delete_version(FLUX, second) is Deletion.ALREADY_GONE


async def test_lost_answer_about_an_absent_model_is_not_gone(client: Replicate, stand_in: StandInReplicate) -> None:
    """A version whose answer was lost is not called gone when its model then looks absent."""
    (version,) = stand_in.add_model("acme/flux", versions=1)

    async def change_hands(_: object) -> None:
        stand_in.change_account(stand_in.token, "globex")

    stand_in.fail(LostAnswer(), method="DELETE")
    stand_in.after = change_hands
    with pytest.raises(ReplicateNotFound, match="belongs to globex"):
        await client.delete_version(FLUX, version)


async def test_a_cancelled_request_is_not_tried_again(client: Replicate, stand_in: StandInReplicate) -> None:
    """A cancelled request ends as cancelled and is not tried again."""
    hanging = Hanging()
    stand_in.fail(hanging)
    asking = asyncio.create_task(client.account())
    await hanging.arrived.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert (await client.account()).username == "acme"
    assert len(stand_in.requests) == 2


async def test_waiting_for_a_turn_takes_no_request_time(stand_in: StandInReplicate) -> None:
    """The time spent waiting for a turn is not taken from the time a request has."""
    retry_policy = RetryPolicy(attempts=1, seconds=1.0)

    class SlowPace(OpenPace):
        async def acquire(self, urgency: Urgency) -> None:
            await super().acquire(urgency)
            await asyncio.sleep(1.1)

    async with client_of(stand_in, retry_policy=retry_policy, limiter=SlowPace()) as client:
        assert (await client.account()).username == "acme"


def test_waits_double_with_jitter_beyond_the_requested_wait() -> None:
    """Waits double up to the longest, vary so that clients part, and come on top of what was asked."""
    retry_policy = RetryPolicy(backoff=Backoff(1.0, 5.0))
    for failures, longest in ((1, 1.0), (2, 2.0), (3, 4.0), (4, 5.0), (9, 5.0)):
        waits = {retry_policy.wait(failures, None) for _ in range(20)}
        assert all(longest / 2 <= wait <= longest for wait in waits)
        assert len(waits) > 1
    assert 30.5 <= retry_policy.wait(1, 30.0) <= 31.0
