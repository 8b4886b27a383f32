"""A model that failed together with its versions is tried again together with them."""

from __future__ import annotations

from tests.sandbox.slack.messages import Message
from tests.scenarios.deletion_steps import put_off
from tests.scenarios.stage import ANA, BEN, CHLOE, OPS, Stage

FLUX = "acme/flux"


async def everything_failed(stage: Stage, *, one_gone: bool = False) -> Message:
    """Have a model with its versions approved, given up while the token is revoked, and return the card."""
    accounts = dict(stage.replicate.accounts)
    card = await stage.request(f"{FLUX} --with-versions", command="/delete-model")
    stage.replicate.accounts.clear()
    await stage.slack.click(BEN, card, "Approve")
    for attempts in range(1, 5):
        await put_off(stage, attempts)
    failed = await stage.card_says("failed")
    await stage.replies()
    stage.replicate.accounts.update(accounts)
    if one_gone:
        stage.replicate.models[FLUX].versions.pop(0)
    return failed


async def retried(stage: Stage, failed: Message) -> Message:
    """Press Retry failed as Ana and return the preview."""
    seen = len(stage.private(ANA))
    await stage.slack.click(ANA, failed, "Retry failed")
    return await stage.slack.until(lambda: stage.private(ANA)[seen])


async def test_retry_failed_deletes_the_versions_and_their_model(stage: Stage) -> None:
    """Retry failed previews the versions and their model, and the new request deletes both."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        preview = await retried(stage, await everything_failed(stage))
        assert "Left out (won't be deleted)" not in preview.text
        assert all(version[:12] in preview.text for version in ids)
        await stage.slack.click(ANA, preview, "Request approval")
        again = await stage.slack.until(lambda: stage.cards()[1])
        await stage.slack.click(CHLOE, again, "Approve")
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: "Deleted 3 of 3" in stage.cards()[1].text, timeout=60)
        await stage.slack.until(lambda: len([m for m in stage.slack.sees(ANA, OPS) if m.is_reply]) > 1)
    assert FLUX not in stage.replicate.models


async def test_retry_failed_names_a_version_that_is_gone_already(stage: Stage) -> None:
    """A version that went by itself meanwhile is named as such, and keeps neither the others nor the model."""
    newest, oldest = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        preview = await retried(stage, await everything_failed(stage, one_gone=True))
    assert stage.rows("SELECT version_id FROM targets WHERE state = 'planned' ORDER BY position") == [
        (newest,),
        (None,),
    ]
    assert oldest[:12] in preview.text.partition("Left out (won't be deleted)")[2]


async def test_retry_failed_offers_nothing_with_a_version_in_use(stage: Stage) -> None:
    """Where one of the versions was deployed meanwhile, neither the model nor its versions are offered."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        failed = await everything_failed(stage)
        stage.replicate.deploy(FLUX, ids[0], name="front-page")
        told = await retried(stage, failed)
    assert "(deployment acme/front-page)" in told.text
    assert "so the model can't be deleted, and all of its versions stay" in told.text
    assert told.buttons == []


async def test_retry_failed_leaves_a_model_with_a_new_version(stage: Stage) -> None:
    """Where a version came meanwhile that nobody asked for, those that failed are offered and the model is not."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        failed = await everything_failed(stage)
        stage.replicate.add_version(FLUX)
        preview = await retried(stage, failed)
    planned = {version for (version,) in stage.rows("SELECT version_id FROM targets WHERE state = 'planned'")}
    assert planned == set(ids)
    assert "it still has 3 versions" in preview.text
