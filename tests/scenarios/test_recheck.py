"""What has changed between the request and its approval is seen before anything is deleted."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.scenarios.stage import BEN, CHLOE, Stage


def made_public(stage: Stage, _version: str) -> None:
    stage.replicate.make_public("acme/flux")


def deployed(stage: Stage, version: str) -> None:
    stage.replicate.deploy("acme/flux", version, name="front-page")


def trained_on(stage: Stage, version: str) -> None:
    stage.replicate.train("acme/flux", version)


def of_another_account(stage: Stage, _version: str) -> None:
    stage.replicate.change_account("r8_sandbox", "globex")


SKIPPED: dict[Callable[[Stage, str], None], str] = {
    made_public: "the model is public",
    deployed: "the deployment acme/front-page uses it",
    trained_on: "it is the base of the training",
    of_another_account: "model not found: it doesn't exist, or globex's token can't see it",
}


@pytest.mark.parametrize("change", SKIPPED, ids=lambda change: change.__name__)
async def test_version_that_may_no_longer_be_deleted_is_skipped(
    stage: Stage, change: Callable[[Stage, str], None]
) -> None:
    """A version that may not be deleted any more is skipped with the reason, and Replicate is not even asked."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        change(stage, version)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 skipped")
        [reply] = await stage.replies()
    assert SKIPPED[change] in result.text
    assert "1 skipped" in reply.text
    assert not stage.deletions()
    assert stage.ids("acme/flux") == [version]


async def test_only_what_changed_is_skipped(stage: Stage) -> None:
    """Of two versions of which one was deployed meanwhile, the other is deleted and nothing else."""
    newest, older, oldest = stage.replicate.add_model("acme/flux", versions=3)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{newest} acme/flux:{older}")
        stage.replicate.deploy("acme/flux", newest, name="front-page")
        stage.replicate.add_version("acme/flux")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 2; 1 skipped")
        await stage.replies()
    assert "acme/front-page" in result.text
    assert stage.deletions() == [f"/models/acme/flux/versions/{older}"]
    assert oldest in stage.ids("acme/flux")
    assert len(stage.ids("acme/flux")) == 3


async def test_a_version_deleted_by_hand_is_already_gone(stage: Stage) -> None:
    """A version that somebody deleted by hand meanwhile is already gone, and asked for at most once."""
    newest, older = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{newest}")
        gone = stage.replicate.models["acme/flux"].version(newest)
        assert gone is not None
        stage.replicate.accept_deletion(gone)
        await stage.slack.until(lambda: stage.ids("acme/flux") == [older])
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("1 already gone")
        await stage.replies()
    assert len(stage.deletions()) <= 1
    assert stage.ids("acme/flux") == [older]


async def test_a_model_deleted_by_hand_is_already_gone(stage: Stage) -> None:
    """A model that somebody deleted by hand meanwhile is already gone, and nothing is sent."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        stage.replicate.remove_model("acme/empty")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("1 already gone")
        await stage.replies()
    assert not stage.deletions()


async def test_version_of_an_unreadable_model_is_not_called_gone(stage: Stage) -> None:
    """A version whose whole model cannot be read any more is not claimed to be gone."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        stage.replicate.remove_model("acme/flux")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert "model not found: it doesn't exist, or acme's token can't see it" in result.text
    assert not stage.deletions()


async def test_a_model_that_gained_a_version_stays(stage: Stage) -> None:
    """A model that gained a version since its request stays, and so does the version."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        version = stage.replicate.add_version("acme/empty")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert "it still has 1 version" in result.text
    assert stage.ids("acme/empty") == [version]
    assert not stage.deletions()


async def test_a_model_protected_since_the_request_is_skipped(stage: Stage) -> None:
    """A model that the team protects since the request is skipped."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
    async with stage.bot(protected_models="acme/*"):
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert "the team protects it" in result.text
    assert not stage.deletions()


async def test_a_keep_that_the_request_does_not_show_is_found_again(stage: Stage) -> None:
    """A keep of a request's version that was stored without taking it out is seen before anything is deleted."""
    kept, other = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{kept} acme/flux:{other}")
        stage.execute(
            "INSERT INTO keeps (id, account, owner, name, version_id, kept_by, reason, placed_at, request_id) "  # noqa: S608 - our own rows
            f"SELECT 'k1', 'acme', 'acme', 'flux', '{kept}', '{CHLOE}', 'compared', created_at, id FROM requests"
        )
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 2; 1 kept")
    assert f"kept by <@{CHLOE}>: “compared”" in result.text
    assert stage.ids("acme/flux") == [kept]
