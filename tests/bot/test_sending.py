"""Sending DELETEs: what Stop means for those that wait."""

from __future__ import annotations

import asyncio

from bot.pace import SteadyPace, Urgency
from bot.replicate import Replicate
from bot.requests import Target, TargetState
from bot.sending import Sender
from bot.steps import stop
from tests.bot.stored import ANA, FLUX, stored
from tests.sandbox.replicate import StandInReplicate


async def nothing() -> None:
    """What has to be done before the first DELETE."""


async def test_stopped_before_it_began(any_url: str, client: Replicate, stand_in: StandInReplicate) -> None:
    """A Stop that was said before the sending began ends it at once, also while Replicate asks everybody to wait."""
    pace = SteadyPace(3000)
    await pace.hold(3600)
    async with stored(any_url) as stores:
        targets = [Target(n, FLUX, f"v{n}", 1.0) for n in range(3)]
        claim = await stores.claimed(*targets)
        await stores.requests.apply(claim.request_id, stop("UANA", decides=False), ANA)
        sender = Sender(client.at(Urgency.BULK), pace, stores.work, stores.database.word, concurrency=2)
        await asyncio.wait_for(sender.send_all(claim, targets, once=nothing(), verify=nothing), 30)
        assert len(await stores.work.targets(claim, TargetState.PLANNED)) == 3
    assert stand_in.requests == []
