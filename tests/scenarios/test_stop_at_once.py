"""Stop takes effect at once, whatever the deletions that are left are waiting for."""

from __future__ import annotations

from tests.sandbox.replicate.faults import throttled
from tests.scenarios.stage import BEN, CHLOE, OPS, Stage


async def requested(stage: Stage, versions: int) -> list[str]:
    """Ask for the deletion of so many versions, and return their ids."""
    ids = stage.replicate.add_model("acme/flux", versions=versions)
    async with stage.bot():
        await stage.request("acme/flux --all")
    return ids


async def stopped(stage: Stage) -> None:
    """Press Stop once the card has it, and wait until the result is told."""
    await stage.slack.until(lambda: "Stop" in stage.cards()[0].buttons)
    await stage.slack.click(CHLOE, stage.cards()[0], "Stop")
    await stage.recorded("SELECT id FROM requests WHERE state = 'stopped'")
    await stage.card_says(" not deleted*")
    await stage.replies()


async def test_after_stop_nobody_waits_for_the_remaining_turns(anywhere: Stage) -> None:
    """After Stop nobody waits for the turns of what is left, however slow the pace."""
    await requested(anywhere, 48)
    async with anywhere.bot(replicate_rate_limit=60):
        await anywhere.slack.click(BEN, anywhere.cards()[0], "Approve")
        await anywhere.slack.until(anywhere.deletions)
        await stopped(anywhere)
    assert len(anywhere.deletions()) < 20


async def test_after_stop_a_delete_answered_429_is_not_reached(anywhere: Stage) -> None:
    """A DELETE that Replicate turned away with 429 did nothing: after Stop it is not reached, and not failed."""
    anywhere.replicate.fail(throttled("Slow down.", retry_after="90"), method="DELETE", times=None)
    ids = await requested(anywhere, 5)
    async with anywhere.bot(), anywhere.bot():
        await anywhere.slack.click(BEN, anywhere.cards()[0], "Approve")
        await anywhere.slack.until(anywhere.deletions)
        await stopped(anywhere)
    assert anywhere.rows("SELECT state, count(*) FROM targets GROUP BY state") == [("not reached", 5)]
    assert anywhere.ids("acme/flux") == ids
    assert anywhere.cards()[0].buttons == ["Ask for the rest"]


async def test_a_stopped_request_ends_while_another_goes_on(stage: Stage) -> None:
    """A request that is stopped ends while another one, which shares the places in flight, is far from its end."""
    stage.replicate.page_size = 1000
    for model in ("acme/flux", "acme/sd"):
        stage.replicate.add_model(model, versions=400)
    async with stage.bot(replicate_rate_limit=600):
        first, second = [await stage.request(f"{model} --all") for model in ("acme/flux", "acme/sd")]
        await stage.slack.click(BEN, first, "Approve")
        await stage.slack.click(BEN, second, "Approve")
        await stage.slack.until(lambda: any("/acme/sd/" in path for path in stage.deletions()))
        await stage.slack.until(lambda: "Stop" in stage.cards()[1].buttons)
        await stage.slack.click(CHLOE, stage.cards()[1], "Stop")
        await stage.recorded("SELECT id FROM requests WHERE state = 'stopped'")
        assert stage.rows("SELECT count(*) FROM requests WHERE state = 'deleting'") == [(1,)]
        await stage.slack.click(CHLOE, stage.cards()[0], "Stop", stale=True)
        await stage.slack.until(lambda: [m for m in stage.slack.sees(BEN, OPS) if m.is_reply][1:])
    assert len(stage.deletions()) < 600
