"""Finding versions in the picker: orders, filters, and what is said of the selected ones that they do not show."""

from __future__ import annotations

from tests.sandbox.replicate.faults import refusal
from tests.scenarios.models import FLUX, chosen, predict
from tests.scenarios.picker_steps import NEXT, choose, offered, opened, pick, previewed
from tests.scenarios.stage import ANA, Stage
from tests.scenarios.window_steps import window_says


async def test_the_stalest_versions_are_found_and_deleted(stage: Stage) -> None:
    """The versions that were not run for longest come first, and what cannot be deleted is listed only on request."""
    ids = stage.replicate.add_model(FLUX, versions=12)
    stage.replicate.deploy(FLUX, ids[11], name="front-page")
    predict(stage, ids[10], 2)
    predict(stage, ids[9], 9)
    async with stage.bot():
        await opened(stage)
        await choose(stage, "Longest unused first", "Sort…")
        await window_says(stage, "Versions 1–10 of 12, longest unused first")
        assert offered(stage) == [*reversed(ids[1:9]), ids[0]]
        await choose(stage, "Not in use: can be deleted", "Show…")
        await window_says(stage, "Versions 1–10 of 11 (“Not in use: can be deleted”, 12 in all), longest unused first")
        await pick(stage, ids[8], "1 of 12 selected")
        await stage.slack.click_in_modal(ANA, NEXT)
        view = await window_says(stage, "1 of 12 selected*, 1 on other pages (page 1)")
        assert offered(stage) == [ids[10]]
        assert "Cannot be deleted" not in view.plain
        await choose(stage, "Older than 90 days", "Show…")
        view = await window_says(stage, "1 of 12 selected*, 1 not listed under “Older than 90 days”")
        assert "No version is listed" in view.plain
        await previewed(stage)
    assert chosen(stage) == [ids[8]]


async def test_orders_by_use_are_not_offered_without_it(stage: Stage) -> None:
    """Where last use cannot be read, orders and filters by it are not offered."""
    stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        stage.replicate.fail(refusal(400), path="/predictions", times=None)
        view = await opened(stage)
    assert "Newest first" in view.options
    assert "Longest unused first" not in view.options
    assert "No known run for 90 days" not in view.options
