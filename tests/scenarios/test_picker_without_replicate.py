"""What the window in which versions are picked says when Replicate does not let the bot read what was run."""

from __future__ import annotations

from tests.sandbox.replicate.faults import refusal
from tests.scenarios.models import FLUX
from tests.scenarios.picker_steps import BY_RULES, opened, pick, rules
from tests.scenarios.stage import ANA, Stage
from tests.scenarios.window_steps import window_says


async def test_a_rejected_token_in_the_picker_keeps_the_selection(stage: Stage) -> None:
    """With a rejected token, the list and a rule about use say who has to set another, and the selection stays."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        stage.replicate.fail(refusal(401), path="/predictions", times=None)
        view = await opened(stage)
        assert "Versions can be picked all the same. Whoever runs the bot has to set a new" in view.plain
        await pick(stage, ids[1], "1 of 2 selected")
        await stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, "--unused-for 1s"))
        view = await window_says(stage, "The selection was not changed. Whoever runs the bot has to set a new")
    assert "1 of 2 selected" in view.plain
    assert "try again in a minute" not in view.plain
