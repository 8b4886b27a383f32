"""Windows and Home tabs that Slack does not take: nobody is left looking at something that will not change."""

from __future__ import annotations

import pytest

from tests.scenarios.home_steps import told_directly
from tests.scenarios.models import FLUX
from tests.scenarios.picker_steps import opened
from tests.scenarios.stage import ANA, BEN, OPS, Stage
from tests.scenarios.window_steps import window_says

EVER = 1000


async def test_a_page_that_slack_refuses_leaves_words_in_the_window(stage: Stage) -> None:
    """A window whose versions Slack does not take says so itself, and how to go on without it."""
    stage.replicate.add_model(FLUX, versions=3)
    stage.slack.fail("views.update", error="view_too_large")
    async with stage.bot():
        await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
        view = await window_says(stage, "Slack does not take what the bot shows in the window")
    assert "Nothing was requested, and nothing was deleted" in view.plain
    assert "`/delete-version owner/model --keep 5`" in view.plain
    assert "Reading" not in view.plain
    assert stage.private(ANA) == []


@pytest.mark.parametrize("code", ["view_too_large", "no_permission", "a_code_of_a_later_year"])
async def test_a_window_that_stays_as_it_was_is_explained_in_the_channel(stage: Stage, code: str) -> None:
    """Who looks at a window that Slack will not change at all is told in the channel, once, what to do instead."""
    stage.replicate.add_model(FLUX, versions=3)
    stage.slack.fail("views.update", error=code, times=EVER)
    async with stage.bot():
        await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
        told = await stage.private_says("Close the window")
    assert f"({code})" in told.text
    assert len(stage.private(ANA)) == 1


async def test_a_stuck_window_is_explained_directly_where_the_channel_refuses(stage: Stage) -> None:
    """Where the channel takes no message for one person, a direct message explains the window."""
    stage.replicate.add_model(FLUX, versions=3)
    stage.slack.fail("views.update", error="view_too_large", times=EVER)
    stage.slack.fail("chat.postEphemeral", error="restricted_action", times=EVER)
    async with stage.bot():
        await stage.slack.type_command(ANA, OPS, "/delete-version", FLUX)
        await told_directly(stage, ANA, "Close the window")


async def test_a_click_that_a_window_cannot_show_is_explained(stage: Stage) -> None:
    """Who clicks in a window that Slack does not change any more is told in the channel of the command."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        stage.slack.fail("views.update", error="view_too_large", times=EVER)
        await stage.slack.check(ANA, ids[1])
        told = await stage.private_says("Close the window")
    assert "Nothing was requested, and nothing was deleted" in told.text


async def test_a_window_that_does_not_open_is_told_by_its_reason(stage: Stage) -> None:
    """A window that does not open in time can be tried again, and one that Slack does not take is told apart."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        stage.slack.fail("views.open", error="expired_trigger_id")
        late = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Reject"))
        stage.slack.fail("views.open", error="view_too_large")
        refused = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Reject"))
        stage.slack.fail("views.open", error="no_permission")
        not_set_up = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Reject"))
    assert late == "Slack did not open the window in time (expired_trigger_id). Nothing changed. Click again."
    assert refused == (
        "Slack does not take what the bot shows in the window (view_too_large). Nothing changed. "
        "Show this to whoever runs the bot."
    )
    assert "Click again" not in not_set_up
    assert not_set_up.endswith("Show this to whoever runs the bot, who can look with `python -m bot check`.")


async def test_a_home_that_slack_refuses_says_so(stage: Stage) -> None:
    """A Home tab that Slack does not take is replaced by one that says so, and the next visit draws it."""
    stage.slack.fail("views.publish", error="view_too_large")
    async with stage.bot():
        await stage.slack.open_home(ANA)
        home = await stage.slack.until(lambda: stage.slack.home(ANA))
        assert "a page that Slack does not take (view_too_large)" in home.plain
        await stage.slack.open_home(ANA)
        await stage.slack.until(lambda: "Slack does not take" not in (stage.slack.home(ANA) or home).plain)
