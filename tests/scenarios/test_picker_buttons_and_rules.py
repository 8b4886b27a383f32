"""Rules that somebody has typed into the picker, beside the buttons that stand for other rules."""

from __future__ import annotations

from tests.scenarios.models import FLUX, chosen
from tests.scenarios.picker_steps import RULES, opened, window_says
from tests.scenarios.stage import ANA, Stage


async def test_typed_and_unapplied_rules_hold_the_preview_up(stage: Stage) -> None:
    """Rules that were typed and not applied hold the preview up, also when a button has selected by other rules."""
    stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await stage.slack.click_in_modal(ANA, "All", values={RULES: "--older-than 365d"})
        await window_says(stage, "3 of 3 selected")
        await stage.slack.submit(ANA)
        view = await window_says(stage, "3 of 3 selected")
    assert [words for _, words in view.errors if "These rules were not applied" in words]
    assert stage.rows("SELECT id FROM requests") == []


async def test_applied_rules_do_not_hold_the_preview_up(stage: Stage) -> None:
    """Rules that were applied before a button selected by other ones do not hold the preview up."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await stage.slack.click_in_modal(ANA, "Select by these rules", values={RULES: "--keep 2"})
        await window_says(stage, "1 of 3 selected")
        await stage.slack.click_in_modal(ANA, "All")
        await window_says(stage, "3 of 3 selected")
        await stage.slack.submit(ANA)
        await stage.private_says("delete 3 versions")
    assert chosen(stage) == ids
