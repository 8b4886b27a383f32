"""A DELETE whose answer never came may have happened: nothing that was sent is reported as untouched."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from tests.sandbox.replicate.faults import Instead, LostAnswer, refusal
from tests.sandbox.replicate.stand_in import Recorded
from tests.scenarios.outbox_rows import CARD_IS_FREE
from tests.scenarios.stage import ANA, BEN, Stage

LEASE = 1.0
ONE_AT_A_TIME = {"REPLICATE_CONCURRENCY": "1"}
MAYBE = "may be gone anyway"


@contextlib.asynccontextmanager
async def killed_in_the_middle(stage: Stage, *, stopped: bool = False) -> AsyncIterator[list[str]]:
    """Two versions; the bot is killed while Replicate deletes the first, which is gone by the time the block begins."""
    ids = stage.replicate.add_model("acme/flux", versions=2)
    arrived, answers = asyncio.Event(), asyncio.Event()

    async def answer_late(asked: Recorded) -> None:
        if asked.method == "DELETE":
            arrived.set()
            await answers.wait()

    process = await stage.launch(ONE_AT_A_TIME, lease=LEASE)
    card = await stage.request(f"acme/flux:{ids[0]} acme/flux:{ids[1]}")
    stage.replicate.after = answer_late
    await stage.slack.click(BEN, card, "Approve")
    await arrived.wait()
    if stopped:
        await stage.slack.until(lambda: "Stop" in stage.cards()[0].buttons)
        await stage.slack.click(ANA, stage.cards()[0], "Stop")
        await stage.card_says("Stopping")
        await stage.recorded(CARD_IS_FREE)
    process.kill()
    await process.wait()
    answers.set()
    stage.replicate.after = None
    await stage.slack.until(lambda: len(stage.ids("acme/flux")) == 1)
    yield ids


async def test_only_unsent_deletes_are_unreached_after_stop_and_crash(stage: Stage) -> None:
    """After Stop and a crash, the one that had been sent may have happened; only the other was not reached."""
    async with killed_in_the_middle(stage, stopped=True):
        await stage.launch(lease=LEASE)
        result = await stage.card_says("Deleted 0 of 2; 1 failed")
        await stage.replies()
    assert MAYBE in result.text
    assert len(stage.deletions()) == 1


async def test_sent_delete_is_not_called_skipped_after_a_crash(stage: Stage) -> None:
    """Where today's policy forbids the rest after a crash, the one that had been sent is not called skipped."""
    async with killed_in_the_middle(stage):
        await stage.launch({"APPROVALS_REQUIRED": "2"}, lease=LEASE)
        result = await stage.card_says("Deleted 0 of 2; 1 failed, 1 skipped")
        await stage.replies()
    assert MAYBE in result.text
    assert len(stage.deletions()) == 1


async def test_a_delete_sent_before_a_crash_is_found_gone(stage: Stage) -> None:
    """Without any of that it is asked for again, found gone, and said to have been on its way."""
    async with killed_in_the_middle(stage) as ids:
        await stage.launch(lease=LEASE)
        await stage.card_says("Deleted 1 of 2; 1 already gone")
        await stage.replies()
    [(reason,)] = stage.rows("SELECT reason FROM targets WHERE version_id = :id", id=ids[0])
    assert "its deletion was on its way when the bot was interrupted" in reason


async def test_a_refusal_after_a_lost_answer_is_not_final(stage: Stage) -> None:
    """What Replicate refuses to delete after an answer was lost may be gone: it has failed, and can be retried."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        stage.replicate.fail(LostAnswer(), method="DELETE", times=1)
        stage.replicate.fail(refusal(409, "It is being deleted."), method="DELETE", times=1)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 failed")
        await stage.replies()
    assert "Replicate answered 409: It is being deleted." in result.text
    assert MAYBE in result.text
    assert "Retry failed" in result.buttons
    assert stage.ids("acme/flux") == []


async def test_a_refusal_after_a_crash_is_not_final(stage: Stage) -> None:
    """The same holds where the process was killed before the answer came, and another one asks again."""
    async with killed_in_the_middle(stage) as ids:
        stage.replicate.fail(refusal(409, "It is being deleted."), method="DELETE", path=f"*{ids[0]}")
        await stage.launch(lease=LEASE)
        result = await stage.card_says("Deleted 1 of 2; 1 failed")
        await stage.replies()
    assert "Replicate answered 409: It is being deleted." in result.text
    assert MAYBE in result.text


async def test_deletes_sent_before_a_refused_token_are_told(stage: Stage) -> None:
    """When the token is refused for good in the middle, what had been sent is not said to be untouched."""
    first, second = stage.replicate.add_model("acme/flux", versions=2)
    refusal = Instead(401, '{"detail": "You did not pass a valid authentication token"}', "application/json")
    first_arrived, refused = asyncio.Event(), asyncio.Event()

    async def refuse_the_second(asked: Recorded) -> None:
        if asked.method == "DELETE" and asked.path.endswith(second):
            await first_arrived.wait()
            stage.replicate.fail(refusal, times=None)

    async def answer_the_first_late(asked: Recorded) -> None:
        if asked.method == "DELETE" and asked.path.endswith(first):
            first_arrived.set()
            await refused.wait()

    async with stage.bot():
        card = await stage.request(f"acme/flux:{first} acme/flux:{second}")
        stage.replicate.before, stage.replicate.after = refuse_the_second, answer_the_first_late
        await stage.slack.click(BEN, card, "Approve")
        for attempt in range(1, 6):
            await stage.recorded(
                "SELECT 1 FROM audit WHERE event = 'started' AND detail = :it", it=f"attempt {attempt}"
            )
            await stage.recorded("SELECT 1 FROM requests WHERE not_before IS NOT NULL OR state = 'finished'")
            refused.set()
            stage.clock.shift += 60
        result = await stage.card_says("2 failed")
        await stage.replies()
    assert MAYBE in result.text
    assert second[:12] in result.text
    reasons = dict(stage.rows("SELECT version_id, reason FROM targets"))
    assert MAYBE in reasons[first]
