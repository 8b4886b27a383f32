"""What becomes of what is asked in the window in which versions are picked, when an answer is slow or gets lost."""

from __future__ import annotations

import asyncio

import pytest

from tests.sandbox.replicate.faults import Hanging, refusal
from tests.scenarios.home_steps import told_directly
from tests.scenarios.models import FLUX
from tests.scenarios.picker_steps import BY_RULES, choose, opened, pick, previewed, rules
from tests.scenarios.stage import ANA, Stage
from tests.scenarios.window_steps import window_says

PREVIEW = "delete 1 version of"


@pytest.mark.parametrize("trouble", [{"status": 500}, {"error": "ratelimited"}], ids=["unwell", "limited"])
async def test_a_preview_that_slack_refuses_once_is_shown_once(stage: Stage, trouble: dict[str, object]) -> None:
    """A preview that Slack does not take at first is there once, in the channel of the command."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[1], "1 of 3 selected")
        stage.slack.fail("chat.postEphemeral", times=2, **trouble)  # type: ignore[arg-type]  # as named
        assert PREVIEW in await previewed(stage)
    assert len(stage.private(ANA)) == 1


async def test_a_preview_refused_in_the_channel_comes_directly(stage: Stage) -> None:
    """A preview that Slack does not take in the channel comes as a direct message, and can be confirmed there."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[1], "1 of 3 selected")
        stage.slack.fail("chat.postEphemeral", status=500, times=3)
        stage.slack.fail("chat.postMessage", status=500)
        await stage.slack.submit(ANA)
        await told_directly(stage, ANA, PREVIEW)
        [preview] = stage.slack.sees(ANA, stage.slack.workspace.direct_message_id(ANA))
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    assert ids[1][:12] in card.text


async def test_lost_preview_can_be_requested_with_the_same_button(stage: Stage) -> None:
    """A preview that did not reach anybody can be asked for again with the same button."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[1], "1 of 3 selected")
        stage.replicate.fail(refusal(400), path="/models/*/versions")
        assert "Your selection of 1 version" in await previewed(stage)
        stage.slack.fail("response_url", status=404)
        await stage.slack.click(ANA, stage.private(ANA)[-1], "Preview again")
        await stage.recorded("SELECT id FROM requests")
        await stage.slack.click(ANA, stage.private(ANA)[-1], "Preview again")
        preview = await stage.private_says(PREVIEW)
        assert len(stage.private(ANA)) == 1
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.slack.until(lambda: stage.cards()[0])
    assert stage.rows("SELECT count(*) FROM requests WHERE state = 'awaiting'") == [(1,)]


async def test_a_window_submitted_again_shows_the_preview_again(stage: Stage) -> None:
    """Who submits the window again, because Slack did not close it, is shown the preview again."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        view = await window_after(stage, ids[1])
        await previewed(stage)
        stage.slack.workspace.views.open(ANA, view)
        assert PREVIEW in await previewed(stage)
    assert len(stage.private(ANA)) == 2


async def window_after(stage: Stage, version: str) -> dict[str, object]:
    """Pick a version and return the window as it is then."""
    await pick(stage, version, "1 of 3 selected")
    return (await window_says(stage, "1 of 3 selected")).definition


@pytest.mark.parametrize(
    "by_hand", [("Nothing: clear selection and rules", 0), ("All on this page", 10)], ids=lambda act: act[0]
)
async def test_picks_stay_while_slow_rules_are_evaluated(stage: Stage, by_hand: tuple[str, int]) -> None:
    """What is picked while rules are being evaluated stays as it is, and the window says what became of the rules."""
    ids = stage.replicate.add_model(FLUX, versions=12)
    predictions, evaluating = Hanging(), Hanging()
    option, left = by_hand
    async with stage.bot():
        stage.replicate.fail(predictions, path="/predictions")
        await stage.slack.type_command(ANA, "COPS", "/delete-version", FLUX)
        await window_says(stage, "Last run: reading…")
        await predictions.arrived.wait()
        await pick(stage, ids[2], "1 of 12 selected")
        stage.replicate.fail(evaluating, path="/predictions")
        ruling = asyncio.create_task(stage.slack.click_in_modal(ANA, BY_RULES, values=rules(stage, "--unused-for 1d")))
        await evaluating.arrived.wait()
        await choose(stage, option)
        await window_says(stage, f"{left} of 12 selected")
        evaluating.released.set()
        await ruling
        view = await window_says(stage, "changed while `--unused-for 1d` was being evaluated")
        assert f"{left} of 12 selected" in view.plain
        predictions.released.set()
