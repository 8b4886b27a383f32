"""Sending DELETEs: what Stop means for those that wait."""

from __future__ import annotations

import asyncio

import pytest

from bot.deletion.sender import Sender
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import LocalRateLimiter, Urgency
from bot.requests.request import Target, TargetState
from bot.requests.stopping import stop
from bot.store.notify import Topic
from tests.bot.stored import ANA, FLUX, stored
from tests.sandbox.replicate.stand_in import StandInReplicate


async def nothing() -> None:
    """What has to be done before the first DELETE."""


async def test_a_stop_before_sending_ends_it_at_once(
    any_url: str, client: Replicate, stand_in: StandInReplicate
) -> None:
    """A Stop that was said before the sending began ends it at once, also while Replicate asks everybody to wait."""
    limiter = LocalRateLimiter(3000)
    await limiter.hold(3600)
    async with stored(any_url) as stores:
        targets = [Target(n, FLUX, f"v{n}", 1.0) for n in range(3)]
        claim = await stores.claimed(*targets)
        await stores.requests.apply(claim.request_id, stop("UANA", decides=False), ANA)
        sender = Sender(client.at(Urgency.BULK), limiter, stores.work, stores.database.changes, concurrency=2)
        await asyncio.wait_for(sender.send_all(claim, targets, once=nothing(), verify=nothing), 30)
        assert len(await stores.work.targets(claim, TargetState.PLANNED)) == 3
    assert stand_in.requests == []


async def test_watching_for_a_stop_ends_when_cancelled_at_a_notification(
    any_url: str, client: Replicate, stand_in: StandInReplicate
) -> None:
    """Whoever waits for a Stop can be cancelled at the very moment a notification arrives."""
    [version] = stand_in.add_model("acme/flux", versions=1)
    async with stored(any_url) as stores:
        claim = await stores.claimed(Target(0, FLUX, version, 1.0))
        changes = stores.database.changes
        sender = Sender(client.at(Urgency.BULK), LocalRateLimiter(3000), stores.work, changes, concurrency=1)
        watching = asyncio.create_task(sender.until_stopped(claim))
        await asyncio.wait({watching}, timeout=0.2)
        changes.publish(Topic.WORK)
        watching.cancel()
        done, _ = await asyncio.wait({watching}, timeout=5)
        assert done == {watching}
        assert watching.cancelled()


async def test_a_prohibition_is_raised_after_sent_deletes_are_recorded(
    any_url: str, client: Replicate, stand_in: StandInReplicate
) -> None:
    """What forbids to go on is raised once a DELETE on its way is answered and recorded, and nothing more is sent."""
    [one], [other] = stand_in.add_model("acme/flux", versions=1), stand_in.add_model("acme/other", versions=1)
    on_its_way, forbidden, asked = asyncio.Event(), asyncio.Event(), iter(range(2))

    async def before(_: object) -> None:
        on_its_way.set()
        await forbidden.wait()

    async def verify() -> Exception | None:
        if next(asked) == 0:
            return None
        await on_its_way.wait()
        forbidden.set()
        return LookupError("changed meanwhile")

    stand_in.before = before
    async with stored(any_url) as stores:
        targets = [Target(0, FLUX, one, 1.0), Target(1, ModelRef("acme", "other"), other, 1.0)]
        claim = await stores.claimed(*targets)
        sender = Sender(
            client.at(Urgency.BULK), LocalRateLimiter(3000), stores.work, stores.database.changes, concurrency=2
        )
        with pytest.raises(LookupError, match="changed meanwhile"):
            await asyncio.wait_for(sender.send_all(claim, targets, once=nothing(), verify=verify), 30)
        assert [t.position for t in await stores.work.targets(claim, TargetState.ACCEPTED)] == [0]
        assert [t.position for t in await stores.work.targets(claim, TargetState.PLANNED)] == [1]
    assert len(stand_in.requests) == 1


async def test_an_outdated_check_ends_the_sending(any_url: str, client: Replicate, stand_in: StandInReplicate) -> None:
    """Once the check of what may be deleted is too old nothing more is sent, and the rest stays planned."""
    ids = stand_in.add_model("acme/flux", versions=3)
    checks = iter([None, LookupError("too old")])
    async with stored(any_url) as stores:
        targets = [Target(n, FLUX, version, 1.0) for n, version in enumerate(ids)]
        claim = await stores.claimed(*targets)
        sender = Sender(
            client.at(Urgency.BULK), LocalRateLimiter(3000), stores.work, stores.database.changes, concurrency=1
        )
        with pytest.raises(LookupError, match="too old"):
            await asyncio.wait_for(
                sender.send_all(claim, targets, once=nothing(), verify=nothing, outdated=lambda: next(checks)), 30
            )
        assert len(await stores.work.targets(claim, TargetState.PLANNED)) == 2
    assert len(stand_in.requests) == 1
