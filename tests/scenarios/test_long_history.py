"""What costs the same however many requests have ended."""

from __future__ import annotations

import asyncio

from tests.bench.history import fill
from tests.scenarios.query_plans import issued, steps
from tests.scenarios.stage import ANA, BEN, Stage
from tests.scenarios.stage import stage as open_stage

_ENDED = 4_000

NEEDED = {"deliveries_due", "requests_by_state", "requests_by_end", "requests_to_review", "targets_to_regard"}


async def _a_day(stage: Stage) -> None:
    """Let the bot rest, and have a deletion asked for, looked at on Home, approved and carried out; reject another."""
    stage.replicate.add_model("acme/model-7", versions=3)
    stage.replicate.add_model("acme/whole")
    async with stage.bot():
        card = await stage.request("acme/whole", command="/delete-model")
        await stage.slack.open_home(BEN)
        await stage.slack.open_home(ANA)
        await stage.reject(BEN, card, "not now")
        newest, older, _ = stage.ids("acme/model-7")
        await stage.request(f"acme/model-7:{newest} {older}")
        await stage.slack.click(BEN, stage.cards()[-1], "Approve")
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()
        for _ in range(4):
            stage.clock.shift += 60
            await asyncio.sleep(0.3)


async def test_nothing_reads_all_of_the_history(any_url: str) -> None:
    """At rest, at a preview, a click, a claim, a deletion and on Home, no statement reads all of what has ended.

    Each index that the tables have for that is used, so that this fails without any of them.
    """
    async with open_stage(any_url) as stage:
        stage.hurries = False  # what it asks for that reads all requests, in the thread of the bot
        fill(any_url, _ENDED, stage.clock.now())
        with issued() as statements:
            await _a_day(stage)
    taken = steps(any_url, statements)
    growing = [step for step in taken if step.grows]
    assert not growing, "\n\n".join(map(str, growing))
    assert {step.index for step in taken} >= NEEDED
