"""What Replicate accepted to delete is looked for until it is gone, model by model."""

from __future__ import annotations

from tests.sandbox.replicate.faults import Instead
from tests.scenarios.stage import BEN, Stage


async def test_versions_of_a_model_deleted_by_hand_are_gone(stage: Stage) -> None:
    """Where somebody deletes the emptied model by hand, its version is gone; those of other models are looked for."""
    [one] = stage.replicate.add_model("acme/aaa", versions=1)
    [other] = stage.replicate.add_model("acme/bbb", versions=1)
    stage.replicate.vanish_after = 1.0
    async with stage.bot():
        card = await stage.request(f"acme/aaa:{one} acme/bbb:{other}")
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT 1 FROM targets WHERE state = 'accepted' AND name = 'aaa'")
        stage.replicate.remove_model("acme/aaa")
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()


async def test_a_version_that_cannot_be_looked_up_does_not_hide_other_models(stage: Stage) -> None:
    """One model's version that Replicate does not show keeps nobody from seeing that another's version is gone."""
    [one] = stage.replicate.add_model("acme/aaa", versions=1)
    [other] = stage.replicate.add_model("acme/bbb", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/aaa:{one} acme/bbb:{other}")
        no = Instead(403, '{"detail": "Not today."}', "application/json")
        stage.replicate.fail(no, method="GET", path="*/aaa/versions/*", times=None)
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT 1 FROM targets WHERE name = 'bbb' AND state = 'deleted'")
        assert stage.rows("SELECT state FROM targets WHERE name = 'aaa'") == [("accepted",)]
        stage.replicate.heal()
        stage.clock.shift += 60
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()


async def accepted_only(stage: Stage) -> None:
    """Have a model asked for and approved, and its DELETE answered by less than the promised 204."""
    stage.replicate.add_model("acme/flux")
    card = await stage.request("acme/flux", command="/delete-model")
    stage.replicate.fail(Instead(202, "", "application/json"), method="DELETE")
    await stage.slack.click(BEN, card, "Approve")
    await stage.recorded("SELECT 1 FROM targets WHERE state = 'accepted'")


async def test_model_not_answered_with_204_is_deleted_once_gone(stage: Stage) -> None:
    """A model whose DELETE is answered by less than the promised 204 is deleted only once it is gone."""
    async with stage.bot():
        await accepted_only(stage)
        stage.replicate.remove_model("acme/flux")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_a_model_still_shown_after_ten_minutes_is_reported(stage: Stage) -> None:
    """A model that Replicate still shows ten minutes after it accepted the deletion is reported as that."""
    async with stage.bot():
        await accepted_only(stage)
        stage.clock.shift += 601
        result = await stage.card_says("1 failed")
        await stage.replies()
    assert "still listed the model more than 10 minutes later" in result.text


async def test_a_long_version_list_is_read_few_times(stage: Stage) -> None:
    """Three versions of a model of five hundred that take ten seconds to vanish cost few looks at twenty pages."""
    ids = stage.replicate.add_model("acme/flux", versions=500)
    stage.replicate.vanish_after = 10.0
    async with stage.bot(replicate_rate_limit=3000):
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids[-3:]))
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 3 of 3", timeout=60)
        looks = stage.replicate.count(path="*/versions") // 20 - 1
        await stage.replies()
    assert looks <= 4
