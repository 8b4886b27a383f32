"""What happens to versions between the plan and their deletion, in other requests, and what was refused before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.replicate.faults import Instead
from tests.scenarios.stage import ANA, BEN, DAN, OPS, Stage


def add_versions(stage: Stage, ref: str, count: int) -> list[str]:
    """Make a model whose versions are ten days apart; return their ids, newest first."""
    stage.replicate.add_model(ref)
    now = stage.replicate.clock()
    made = [stage.replicate.add_version(ref, created_at=now - timedelta(days=10 * n + 1)) for n in range(count)]
    stage.replicate.models[ref].versions.sort(key=lambda version: version.created_at)
    return made


async def test_keep_holds_beside_deletions_of_another_request(stage: Stage) -> None:
    """What another request has deleted since counts for the rule: fewer than five are never left by `--keep 5`."""
    ids = add_versions(stage, "acme/flux", 8)
    async with stage.bot():
        card = await stage.request("acme/flux --keep 5")
        stage.replicate.models["acme/flux"].versions = [
            version for version in stage.replicate.models["acme/flux"].versions if version.id not in ids[1:3]
        ]
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 3; 2 skipped")
        await stage.replies()
    assert "would not select it any more" in result.text
    assert len(stage.ids("acme/flux")) == 5


async def test_a_rule_leaves_a_version_that_became_the_latest(stage: Stage) -> None:
    """A version that has become the latest stays where a rule selected it, and goes where it was named."""
    ids = add_versions(stage, "acme/flux", 3)
    stage.replicate.add_model("acme/sd")
    async with stage.bot():
        by_rule = await stage.request("acme/flux --older-than 5d")
        flux = stage.replicate.models["acme/flux"]
        flux.versions = [version for version in flux.versions if version.id != ids[0]]
        await stage.slack.click(BEN, by_rule, "Approve")
        result = await stage.card_says("Deleted 1 of 2; 1 skipped")
        assert "the model's latest version" in result.text
        named = await stage.request(f"acme/flux:{ids[1]}")
        await stage.slack.click(BEN, named, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.ids("acme/flux") == []


@pytest.mark.parametrize("told", ["version", "hidden", None])
async def test_a_version_run_since_the_plan_is_skipped(stage: Stage, told: str | None) -> None:
    """A version that this account has run since the plan is skipped, one that may have been run too."""
    run, other = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{run} acme/flux:{other}")
        stage.clock.shift += 60
        stage.replicate.predict("acme/flux", run, told=told)
        stage.clock.shift += 180
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 2; 1 skipped" if told == "version" else "2 skipped")
        await stage.replies()
    assert "ago, after this was asked for" in result.text
    assert run in stage.ids("acme/flux")


async def test_model_stays_with_a_version_run_since_the_plan(stage: Stage) -> None:
    """A whole model of which a version was run since is left with that version."""
    run, _ = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        stage.clock.shift += 60
        stage.replicate.predict("acme/flux", run)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 3; 2 skipped")
        await stage.replies()
    assert "it still has 1 version" in result.text
    assert stage.ids("acme/flux") == [run]


async def test_hidden_runs_count_as_use(stage: Stage) -> None:
    """Where the model was run with a version that is not told, `--unused-for` selects none of its versions."""
    add_versions(stage, "acme/flux", 4)
    now = datetime.fromtimestamp(stage.clock.now(), UTC)
    stage.replicate.predict("acme/flux", created_at=now - timedelta(days=2), told="hidden")
    async with stage.bot():
        nothing = await stage.ask("acme/flux --unused-for 5d")
        stage.replicate.predictions.clear()
        preview = await stage.ask("acme/flux --unused-for 5d")
    assert "selects nothing that can be deleted" in nothing.text
    assert "with a version that Replicate does not tell" in nothing.text
    assert "Runs of other models that load this one" in preview.text
    assert "Runs of other models" not in nothing.text


async def test_keep_goes_by_date(stage: Stage) -> None:
    """A list in another order, with a version on two pages, keeps and selects by date, each version once."""
    ids = add_versions(stage, "acme/flux", 5)
    dates = {version.id: version.created_at for version in stage.replicate.models["acme/flux"].versions}
    rows = ",".join(
        f'{{"id": "{i}", "created_at": "{dates[i].isoformat()}"}}'
        for i in (ids[3], ids[0], ids[4], ids[0], ids[2], ids[1])
    )
    listed = Instead(200, f'{{"next": null, "results": [{rows}]}}', "application/json")
    async with stage.bot():
        stage.replicate.fail(listed, path="/models/acme/flux/versions", times=1)
        preview = await stage.ask("acme/flux --keep 2")
    assert "delete 3 versions" in preview.text
    assert all(version[:12] in preview.text for version in ids[2:])


async def test_the_next_preview_leaves_out_a_requested_version(stage: Stage) -> None:
    """A version in an open request is left out of the next preview, which names that request and its card."""
    one, two = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        await stage.request(f"acme/flux:{one}")
        [(request_id,)] = stage.rows("SELECT id FROM requests")
        preview = await stage.ask(f"acme/flux:{one} acme/flux:{two}", user=DAN)
        nothing = await stage.ask("acme/flux --with-versions", command="/delete-model", user=DAN)
    assert "delete 1 version" in preview.text
    assert f"{request_id} already asks for it" in preview.text
    assert f"/archives/{OPS}/p" in preview.text
    assert f"{request_id} already asks for it" in nothing.text


async def test_a_version_being_deleted_is_neither_kept_nor_selected(stage: Stage) -> None:
    """A version that is going already counts neither as kept nor as selected."""
    ids = add_versions(stage, "acme/flux", 6)
    stage.replicate.vanish_after = 3600
    async with stage.bot():
        card = await stage.request(f"acme/flux:{ids[1]}")
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT 1 FROM targets WHERE state = 'accepted'")
        preview = await stage.ask("acme/flux --keep 2", user=DAN)
    assert "delete 3 versions" in preview.text
    assert ids[2][:12] not in preview.text.split("Left out (won't be deleted)")[0]
    assert "is deleting it" in preview.text


async def test_of_two_overlapping_previews_only_one_is_requested(anywhere: Stage) -> None:
    """Of two previews with a version in common that are confirmed at once, one is requested; the other says why not."""
    stage = anywhere
    one, two, three = stage.replicate.add_model("acme/flux", versions=3)
    async with stage.bot(), stage.bot():
        first = await stage.ask(f"acme/flux:{one} acme/flux:{two}")
        second = await stage.ask(f"acme/flux:{two} acme/flux:{three}", user=DAN)
        await asyncio.gather(
            stage.slack.click(ANA, first, "Request approval"), stage.slack.click(DAN, second, "Request approval")
        )
        told = await stage.slack.until(
            lambda: [m for user in (ANA, DAN) for m in stage.private(user) if "asked for some of this" in m.text][0]  # noqa: RUF015
        )
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(stage.cards)
    assert "nothing was requested" in told.text
    assert stage.rows("SELECT count(*) FROM requests WHERE state = 'awaiting'") == [(1,)]


def plain_window(stage: Stage) -> str:
    """Return what Ana's window says, nothing where there is none."""
    view = stage.slack.modal(ANA)
    return view.plain if view else ""


async def test_version_refused_before_is_marked_and_can_be_requested(stage: Stage) -> None:
    """What Replicate refused is in the next preview and in the picker, with when and why; it can be asked for again."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.predicted_by_others("acme/flux")
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Replicate refused 1")
        await stage.replies()
        preview = await stage.ask(f"acme/flux:{version}", user=DAN)
        await stage.slack.type_command(ANA, OPS, "/delete-version", "acme/flux")
        await stage.slack.until(lambda: "refused on" in plain_window(stage))
    window = plain_window(stage)
    assert "Request approval" in preview.buttons
    assert "refused on" in preview.text
    assert "run predictions" in preview.text
    assert "run predictions" in window


async def test_preview_and_card_warn_that_the_name_stays_taken(stage: Stage) -> None:
    """Preview and card of a model say that its name cannot be used again."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    assert "stays taken" in preview.text
    assert "stays taken" in card.text
