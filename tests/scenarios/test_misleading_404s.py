"""What Replicate says for a moment is not taken for what has become of a target."""

from __future__ import annotations

import asyncio

import pytest

from tests.sandbox.replicate.faults import Instead, Planned
from tests.scenarios.stage import BEN, Stage

NOT_FOUND = Instead(404, '{"detail": "Not found."}', "application/json")
EMPTY = Instead(200, '{"next": null, "previous": null, "results": []}', "application/json")


async def struck(fault: Planned, times: int) -> None:
    """Return once a fault has struck so often."""
    async with asyncio.timeout(20):
        while fault.struck < times:  # noqa: ASYNC110 - a fault tells nobody that it struck
            await asyncio.sleep(0.02)


async def test_versions_still_shown_despite_404s_have_failed(stage: Stage) -> None:
    """Versions whose DELETEs all answer 404 while their own addresses show them have failed, and none is gone."""
    ids = stage.replicate.add_model("acme/flux", versions=5)
    async with stage.bot():
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids))
        stage.replicate.fail(NOT_FOUND, method="DELETE", times=None)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("5 failed")
        await stage.replies()
    assert "already gone" not in result.text
    assert "Replicate still shows" in result.text
    assert stage.ids("acme/flux") == ids


async def test_a_model_with_one_stray_404_is_still_deleted(stage: Stage) -> None:
    """An approved model whose page is a 404 once, at the re-check, is looked at again and deleted."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        stage.replicate.fail(NOT_FOUND, path="/models/acme/empty")
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT id FROM requests WHERE not_before IS NOT NULL")
        stage.clock.shift += 60
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.deletions() == ["/models/acme/empty"]


@pytest.mark.parametrize("answer", [EMPTY, NOT_FOUND], ids=["empty", "404"])
async def test_one_empty_or_missing_list_ends_no_deletion(stage: Stage, answer: Instead) -> None:
    """While accepted deletions are watched, a list that is empty or a 404 once ends none of them."""
    ids = stage.replicate.add_model("acme/flux", versions=8)
    stage.replicate.vanish_after = 3600.0
    async with stage.bot():
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids))
        planned = stage.replicate.fail(answer, path="/models/acme/flux/versions", times=2)
        await stage.slack.click(BEN, card, "Approve")
        await struck(planned, 2)
        stage.clock.shift += 601
        result = await stage.card_says("8 failed", timeout=60)
        await stage.replies()
    assert "still listed the version more than 10 minutes later" in result.text
    assert stage.ids("acme/flux") == ids


async def test_a_list_that_lacks_a_page_ends_no_version(stage: Stage) -> None:
    """A list that breaks off after its first page ends none of the versions that are on the others."""
    stage.replicate.page_size = 4
    newest, *others = stage.replicate.add_model("acme/flux", versions=10)
    stage.replicate.vanish_after = 3600.0
    async with stage.bot():
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in others))
        first = f'{{"next": null, "results": [{{"id": "{newest}", "created_at": "2026-01-01T00:00:00Z"}}]}}'
        short = stage.replicate.fail(
            Instead(200, first, "application/json"), path="/models/acme/flux/versions", times=3
        )
        await stage.slack.click(BEN, card, "Approve")
        await struck(short, 3)
        stage.clock.shift += 601
        await stage.card_says("9 failed", timeout=60)
        await stage.replies()
    assert len(stage.ids("acme/flux")) == 10


async def test_a_renamed_model_is_left_alone_with_its_versions(stage: Stage) -> None:
    """A model that has another name since its approval is left alone, with its versions, and the card says its name."""
    stage.replicate.add_model("acme/empty")
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        model = await stage.request("acme/empty", command="/delete-model")
        stage.replicate.rename("acme/empty", "keep-me")
        await stage.slack.click(BEN, model, "Approve")
        of_model = await stage.card_says("1 skipped")
        card = await stage.request(f"acme/flux:{version}")
        stage.replicate.rename("acme/flux", "keep-me-too")
        await stage.slack.click(BEN, card, "Approve")
        of_version = await stage.card_says("1 skipped")
        preview = await stage.ask(f"acme/flux:{version}")
        await stage.replies()
    assert "it is called acme/keep-me now" in of_model.text
    assert "it is called acme/keep-me-too now" in of_version.text
    assert "it is called acme/keep-me-too now" in preview.text
    assert not stage.deletions()


@pytest.mark.parametrize("versions", [0, 2])
async def test_new_model_of_the_same_name_is_not_deleted(stage: Stage, versions: int) -> None:
    """A model of the same name that has none of the versions that were shown may be another one, and stays."""
    stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        stage.replicate.remove_model("acme/flux")
        stage.replicate.add_model("acme/flux", versions=versions)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 0 of 3; 2 already gone, 1 skipped")
        await stage.replies()
    assert "this may be another model of that name" in result.text
    assert "/models/acme/flux" not in stage.deletions()


async def test_an_official_model_is_told_as_belonging_to_others(stage: Stage) -> None:
    """A model of somebody else's without a list of versions is told as theirs, not as missing."""
    stage.replicate.add_model("big-lab/flux-pro", visibility="public")
    stage.replicate.models["big-lab/flux-pro"].has_list = False
    async with stage.bot():
        preview = await stage.ask("big-lab/flux-pro", command="/delete-model")
    assert "it belongs to big-lab" in preview.text


async def test_own_model_without_a_list_is_not_called_gone(stage: Stage) -> None:
    """A model of one's own whose list of versions is a 404 cannot be read, which says nothing about its being gone."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.models["acme/flux"].has_list = False
    async with stage.bot():
        preview = await stage.ask(f"acme/flux:{version}")
    assert "not the list of its versions" in preview.text
