"""One person's many commands, and everybody else."""

from __future__ import annotations

import asyncio
import functools

from bot.replicate.rate_limit import AcquireQueue, Urgency
from tests.sandbox.replicate.faults import Hanging, throttled
from tests.scenarios.stage import ANA, BEN, DAN, OPS, Stage


async def test_who_gives_up_costs_nobody_a_turn() -> None:
    """Those who give up while they wait are passed over."""
    queue = AcquireQueue()
    first, second = queue.join(Urgency.INTERACTIVE), queue.join(Urgency.BULK)
    first.cancel()
    assert queue.grant()
    assert second.done()
    assert not queue.grant()
    assert not queue.drop_cancelled()


async def test_turns_alternate_between_people_and_deletions() -> None:
    """With both waiting, turns alternate, beginning with a person's; those left over follow in order."""
    queue = AcquireQueue()
    served: list[str] = []

    def note(name: str, _: asyncio.Future[None]) -> None:
        served.append(name)

    for urgency, count in ((Urgency.BULK, 3), (Urgency.INTERACTIVE, 5)):
        for n in range(count):
            queue.join(urgency).add_done_callback(functools.partial(note, f"{urgency.name[0]}{n}"))
    for _ in range(8):
        assert queue.grant()
        await asyncio.sleep(0)
    assert served == ["I0", "B0", "I1", "B1", "I2", "B2", "I3", "I4"]


async def test_fourth_command_of_one_person_is_refused_at_once(stage: Stage) -> None:
    """A fourth command while three are being answered is told so at once, and Replicate is not asked; others go on."""
    stage.replicate.add_model("acme/empty")
    hanging = Hanging()
    async with stage.bot():
        stage.replicate.fail(hanging, path="/models/acme/slow*", times=None)
        for n in range(3):
            await stage.slack.type_command(ANA, OPS, "/delete-model", f"acme/slow{n}")
        await asyncio.wait_for(hanging.arrived.wait(), 10)
        asked = stage.replicate.count(path="/models/*")
        told = await stage.ask("acme/slow3", command="/delete-model")
        other = await stage.ask("acme/empty", command="/delete-model", user=DAN)
        assert stage.replicate.count(path="/models/acme/slow3*") == 0
        stage.replicate.heal()
        hanging.released.set()
        await stage.slack.until(lambda: len(stage.private(ANA)) == 4)
        again = await stage.ask("acme/empty", command="/delete-model")
    assert "3 commands of yours are still being answered" in told.text
    assert "Request approval" in other.buttons
    assert "Request approval" in again.buttons
    assert asked


async def test_stop_during_a_hold_ends_the_request_at_once(stage: Stage) -> None:
    """A Stop during the re-check ends the request at once, however long Replicate asks everybody to wait."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        planned = stage.replicate.fail(throttled("Slow down.", retry_after="110"), times=None)
        await stage.slack.click(BEN, card, "Approve")
        async with asyncio.timeout(20):
            while not planned.struck:  # noqa: ASYNC110 - a fault tells nobody that it struck
                await asyncio.sleep(0.02)
        await stage.slack.until(lambda: "Stop" in stage.cards()[0].buttons)
        await stage.slack.click(BEN, stage.cards()[0], "Stop")
        await stage.card_says("1 not deleted*", timeout=60)
        await stage.replies()
    assert not stage.deletions()
