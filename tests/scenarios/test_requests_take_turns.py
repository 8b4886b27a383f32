"""Requests that are carried out at the same time do not wait for each other."""

from __future__ import annotations

from tests.sandbox.replicate.faults import Instead
from tests.scenarios.deletion_steps import put_off
from tests.scenarios.stage import BEN, OPS, Stage

AWAY = Instead(503, '{"detail": "Not now."}', "application/json", (("Retry-After", "90"),))
"""Asks to wait for longer than the client tries, so that an attempt ends at once."""

FORBIDDEN = Instead(403, '{"detail": "Not this one."}', "application/json")


async def test_a_small_request_takes_turns_with_a_large_one(stage: Stage) -> None:
    """One version is deleted in its turn while hundreds of another request wait for theirs."""
    stage.replicate.add_model("acme/large", versions=300)
    [version] = stage.replicate.add_model("acme/small", versions=1)
    async with stage.bot(replicate_rate_limit=900):
        large = await stage.request("acme/large --all")
        small = await stage.request(f"acme/small:{version}")
        await stage.slack.click(BEN, large, "Approve")
        await stage.slack.until(lambda: len(stage.deletions()) > 20)
        await stage.slack.click(BEN, small, "Approve")
        await stage.slack.until(lambda: stage.ids("acme/small") == [])
        asked = stage.deletions()
        await stage.slack.click(BEN, stage.cards()[0], "Stop", stale=True)
        await stage.recorded("SELECT id FROM requests WHERE state = 'stopped'")
        await stage.slack.until(lambda: len([m for m in stage.slack.sees(BEN, OPS) if m.is_reply]) > 1)
    assert asked[-1].startswith("/models/acme/large/")
    assert len(asked) < 150


async def test_an_unreadable_model_fails_and_others_are_deleted(stage: Stage) -> None:
    """A model that Replicate refuses to show fails with its versions, and the others are deleted all the same."""
    first, second = stage.replicate.add_model("acme/hidden", versions=2)
    [other] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/hidden:{first} acme/hidden:{second} acme/flux:{other}")
        stage.replicate.fail(FORBIDDEN, method="GET", path="/models/acme/hidden", times=None)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 3; 2 failed")
        await stage.replies()
    assert "its model could not be read again" in result.text
    assert "Not this one." in result.text
    assert stage.deletions() == [f"/models/acme/flux/versions/{other}"]


async def test_other_models_are_deleted_when_one_stays_unreadable(stage: Stage) -> None:
    """A model that cannot be read at any attempt fails with the last of them, which deletes the others."""
    [hidden] = stage.replicate.add_model("acme/hidden", versions=1)
    [other] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/hidden:{hidden} acme/flux:{other}")
        stage.replicate.fail(AWAY, method="GET", path="/models/acme/hidden", times=None)
        await stage.slack.click(BEN, card, "Approve")
        for attempts in range(1, 5):
            await put_off(stage, attempts)
        await stage.card_says("Deleted 1 of 2; 1 failed")
        await stage.replies()
    assert stage.deletions() == [f"/models/acme/flux/versions/{other}"]
