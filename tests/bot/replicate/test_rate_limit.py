"""Requests keep to a pace."""

from __future__ import annotations

import asyncio

import pytest

from bot.errors import DatabaseUnavailable, ReplicateThrottled, ReplicateUnavailable
from bot.replicate.rate_limit import LocalRateLimiter, Urgency
from bot.replicate.types import Deletion
from tests.bot.replicate_clients import FLUX, OpenPace, client_of
from tests.sandbox.replicate.faults import Fault, html_error, throttled
from tests.sandbox.replicate.limit import Naming
from tests.sandbox.replicate.stand_in import StandInReplicate

BULK, INTERACTIVE = Urgency.BULK, Urgency.INTERACTIVE


class Watching(OpenPace):
    """A pace that remembers how many requests had arrived at each turn."""

    def __init__(self) -> None:
        super().__init__()
        self.watched: StandInReplicate | None = None
        self.sent_before: list[int] = []

    async def acquire(self, urgency: Urgency) -> None:
        """At once."""
        await super().acquire(urgency)
        assert self.watched
        self.sent_before.append(len(self.watched.requests))


class Refusing(OpenPace):
    """A pace that lets so many go and refuses whoever comes then."""

    def __init__(self, refusal: Exception, *, after: int) -> None:
        super().__init__()
        self._refusal = refusal
        self._after = after

    async def acquire(self, urgency: Urgency) -> None:
        """At once."""
        await super().acquire(urgency)
        if len(self.turns) > self._after:
            raise self._refusal


async def test_a_client_at_the_account_pace_is_never_throttled() -> None:
    """However many requests are made at once, a client at the account's pace is never throttled."""
    async with StandInReplicate(per_minute=6000, burst=40) as stand_in:
        async with client_of(stand_in, limiter=LocalRateLimiter(6000)) as client:
            await asyncio.gather(*(client.account() for _ in range(80)))
        assert stand_in.limiter.throttled == 0


async def test_a_throttled_client_slows_down_and_finishes() -> None:
    """A client that was faster than allowed slows down when told and finishes its work."""
    async with StandInReplicate(per_minute=1200, burst=3) as stand_in:
        stand_in.limiter.naming = Naming.WORDS
        ids = stand_in.add_model("acme/flux", versions=6)
        async with client_of(stand_in, limiter=LocalRateLimiter(1200)) as client:
            await asyncio.gather(*(client.delete_version(FLUX, version_id) for version_id in ids))
        assert stand_in.limiter.throttled > 0
        assert [v.delete_requests for v in stand_in.models["acme/flux"].versions] == [1] * 6


async def test_interactive_requests_go_before_bulk_requests() -> None:
    """Whoever a person waits for goes before bulk that came earlier; equals go in their order."""
    limiter = LocalRateLimiter(6000, burst=1)
    await limiter.hold(0.2)
    order: list[str] = []

    async def request(name: str, urgency: Urgency) -> None:
        await limiter.acquire(urgency)
        order.append(name)

    wanted = [("b1", BULK), ("b2", BULK), ("i1", INTERACTIVE), ("b3", BULK), ("i2", INTERACTIVE)]
    await asyncio.gather(*(request(name, urgency) for name, urgency in wanted))
    assert order == ["i1", "b1", "i2", "b2", "b3"]


async def test_background_requests_go_last() -> None:
    """What nobody waits for goes only when no other request waits, however long it has waited itself."""
    limiter = LocalRateLimiter(6000, burst=1)
    await limiter.hold(0.2)
    order: list[Urgency] = []

    async def request(urgency: Urgency) -> None:
        await limiter.acquire(urgency)
        order.append(urgency)

    background = Urgency.BACKGROUND
    await asyncio.gather(*map(request, [background, background, BULK, INTERACTIVE, BULK, INTERACTIVE]))
    assert order == [INTERACTIVE, BULK, INTERACTIVE, BULK, background, background]


async def test_burst_goes_at_once_and_the_next_request_waits() -> None:
    """As many as the burst may go at once, the next one has to wait."""
    limiter = LocalRateLimiter(1, burst=3)
    for _ in range(3):
        await limiter.acquire(BULK)
    waiting = asyncio.create_task(limiter.acquire(BULK))
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()


async def test_a_shorter_hold_does_not_end_a_longer_one() -> None:
    """While a hold lasts nobody goes, and a shorter hold does not end it."""
    limiter = LocalRateLimiter(6000)
    await limiter.hold(3600)
    await limiter.hold(0)
    waiting = [asyncio.create_task(limiter.acquire(urgency)) for urgency in (BULK, INTERACTIVE)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    for task in waiting:
        task.cancel()


async def test_no_burst_after_a_hold() -> None:
    """Those held back leave one by one when the hold ends, not as one burst."""
    limiter = LocalRateLimiter(1, burst=10)
    await limiter.hold(0.05)
    first, second = (asyncio.create_task(limiter.acquire(BULK)) for _ in range(2))
    await asyncio.sleep(0)
    assert not first.done()
    await asyncio.wait_for(first, 10)
    assert not second.done()
    second.cancel()


async def test_a_waiter_that_gives_up_takes_no_turn() -> None:
    """Somebody who stops waiting does not keep the next one from going."""
    limiter = LocalRateLimiter(6000, burst=1)
    await limiter.hold(0.2)
    first, second = (asyncio.create_task(limiter.acquire(BULK)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait_for(second, 10)
    assert first.cancelled()


async def test_each_client_view_waits_with_its_own_urgency() -> None:
    """Each view of a client asks for its turns with its own urgency, over the same connections."""
    limiter = OpenPace()
    async with StandInReplicate() as stand_in, client_of(stand_in, limiter=limiter) as client:
        await client.account()
        await client.at(BULK).account()
        await client.account()
        assert repr(client.at(BULK)).endswith("bulk>")
    assert limiter.turns == [INTERACTIVE, BULK, INTERACTIVE]


async def test_view_with_another_pace_uses_it_for_deletes_only() -> None:
    """A view with another pace asks that one directly before each attempt of a DELETE, and its own before reads."""
    own, other = OpenPace(), Watching()
    async with StandInReplicate() as stand_in, client_of(stand_in, limiter=own) as client:
        other.watched = stand_in
        stand_in.add_model("acme/flux")
        stand_in.fail(html_error(503), method="DELETE")
        stand_in.fail(throttled("Slow down.", retry_after="0.01"), path="/account")
        assert await client.at(BULK).limited_by(other).delete_version(FLUX, "v1") is Deletion.ALREADY_GONE
        sent = [(asked.method, asked.path) for asked in stand_in.requests]
    version, model = "/models/acme/flux/versions/v1", "/models/acme/flux"
    assert sent == [*[("DELETE", version)] * 2, *[("GET", "/account")] * 2, ("GET", version), ("GET", model)]
    assert other.sent_before == [0, 1]
    assert (other.turns, other.holds) == ([BULK] * 2, [])
    assert (own.turns, own.holds) == ([BULK] * 4, [0.01])


@pytest.mark.parametrize(
    "refusal",
    [
        RuntimeError("Stopped."),
        TimeoutError("Too late."),
        DatabaseUnavailable("Nothing was sent."),
        ReplicateUnavailable("Closed.", method="DELETE", path="/"),
        ReplicateThrottled("Closed.", method="DELETE", path="/"),
    ],
    ids=lambda refusal: type(refusal).__name__,
)
@pytest.mark.parametrize("urgency", [INTERACTIVE, BULK])
@pytest.mark.parametrize("fault", [None, html_error(503), throttled("Slow down.")], ids=["first", "5xx", "429"])
async def test_error_raised_by_a_turn_ends_the_call_unchanged(
    refusal: Exception, urgency: Urgency, fault: Fault | None
) -> None:
    """Whatever a turn raises, before the first attempt or a later one, ends the call at once and comes as it is."""
    earlier = 0 if fault is None else 1
    limiter = Refusing(refusal, after=earlier)
    async with StandInReplicate() as stand_in, client_of(stand_in) as client:
        if fault is not None:
            stand_in.fail(fault)
        with pytest.raises(type(refusal)) as raised:
            await client.at(urgency).limited_by(limiter).delete_model(FLUX)
        assert stand_in.count("DELETE") == len(stand_in.requests) == earlier
    assert raised.value is refusal
    assert len(limiter.turns) == earlier + 1


@pytest.mark.parametrize(("per_minute", "burst"), [(0, 1), (-1, 1), (60, 0)])
def test_a_pace_that_lets_nothing_through_is_refused(per_minute: float, burst: int) -> None:
    """A pace that would let nothing through is refused."""
    with pytest.raises(ValueError, match="would never send anything"):
        LocalRateLimiter(per_minute, burst=burst)
