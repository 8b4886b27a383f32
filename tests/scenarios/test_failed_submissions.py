"""What was typed in a window is not lost where something stands in its way: the window stays, or people get it back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from bot.messages.modals import NAME_FIELD
from tests.sandbox.replicate.faults import Hanging, html_error
from tests.sandbox.slack.delivery import Acknowledgement
from tests.scenarios.keep_steps import kept_one, lift_window, requested
from tests.scenarios.keep_steps import opened as keep_opened
from tests.scenarios.known_steps import know
from tests.scenarios.outage import away
from tests.scenarios.stage import ANA, BEN, DAN, OPS, Stage
from tests.scenarios.stage import stage as open_stage
from tests.scenarios.window_steps import window_says

WHY = "These versions still serve the Lisbon customer."
NOT_TAKEN = "What you typed is still here, to be submitted again."
LOOKED_UP = ("users.info", "usergroups.users.list")


def stayed(stage: Stage, user: str, acknowledged: Acknowledgement, field: str = "reason") -> str:
    """Return what is told under the field of a window that stays."""
    assert acknowledged.body["response_action"] == "errors"
    assert stage.slack.modal(user) is not None
    words = str(acknowledged.body["errors"][field])
    assert NOT_TAKEN in words
    return words


@pytest.mark.parametrize("lookup", LOOKED_UP)
async def test_a_rejection_stays_in_its_window_while_slack_is_not_well(stage: Stage, lookup: str) -> None:
    """Where Slack does not say who rejects, the window stays with the reason, and submitting it again rejects."""
    async with stage.bot():
        _, card = await requested(stage)
        await stage.slack.click(BEN, card, "Reject")
        await stage.slack.until(lambda: stage.slack.modal(BEN))
        stage.slack.fail(lookup, status=503)
        told = stayed(stage, BEN, await stage.slack.submit(BEN, {"reason": WHY}))
        assert "nothing was changed" in told
        assert stage.rows("SELECT state FROM requests") == [("awaiting",)]
        await stage.slack.submit(BEN)
        await stage.card_says(WHY)
    assert stage.rows("SELECT state FROM requests") == [("rejected",)]


async def test_a_comment_stays_in_its_window_while_slack_is_not_well(stage: Stage) -> None:
    """Where Slack does not say who approves, the window stays with the comment."""
    async with stage.bot(approvals_required=2):
        _, card = await requested(stage)
        await stage.press(BEN, card, "Approve with a comment…")
        await stage.slack.until(lambda: stage.slack.modal(BEN))
        stage.slack.fail("users.info", status=503)
        stayed(stage, BEN, await stage.slack.submit(BEN, {"reason": WHY}))
        await stage.slack.submit(BEN)
        await stage.card_says(WHY)


async def test_what_is_to_be_kept_stays_in_its_window_while_slack_is_not_well(stage: Stage) -> None:
    """Where Slack does not say who keeps, the window stays with what was ticked."""
    async with stage.bot():
        ids, card = await requested(stage)
        await keep_opened(stage, BEN, card)
        await stage.slack.check(BEN, ids[0][:12])
        stage.slack.fail("users.info", status=503)
        stayed(stage, BEN, await stage.slack.submit(BEN, {"reason": WHY}))
        await stage.slack.submit(BEN)
        await stage.card_says("Kept (won't be deleted)")


async def test_a_day_too_far_ahead_stays_in_its_window(stage: Stage) -> None:
    """The last day that a computer knows is told under its field, and an earlier one is taken."""
    async with stage.bot():
        ids, card = await requested(stage)
        await keep_opened(stage, BEN, card)
        await stage.slack.check(BEN, ids[0][:12])
        acknowledged = await stage.slack.submit(BEN, {"reason": WHY, "keep.until": "9999-12-31"})
        assert "too far ahead" in acknowledged.body["errors"]["keep.until"]
        await stage.slack.submit(BEN, {"keep.until": "9999-12-30"})
        await stage.card_says("Kept (won't be deleted)")


async def test_break_glass_stays_in_its_window_while_slack_is_not_well(stage: Stage) -> None:
    """Where Slack does not say who carries a request out, the window stays with the reason."""
    filled = {"reason": WHY, NAME_FIELD: "acme/flux"}
    async with stage.bot(break_glass=DAN, approval_channel=OPS, approvals_required=2):
        _, card = await requested(stage)
        await stage.slack.choose(DAN, card, "…", "Carry out without approval…")
        await stage.slack.until(lambda: stage.slack.modal(DAN))
        stage.slack.fail("users.info", status=503)
        stayed(stage, DAN, await stage.slack.submit(DAN, filled))
        await stage.slack.submit(DAN)
        await stage.recorded("SELECT id FROM requests WHERE state <> 'awaiting'")


async def test_why_a_keep_can_go_stays_in_its_window_while_slack_is_not_well(stage: Stage) -> None:
    """Where Slack does not say who asks to lift a keep, the window stays with the reason."""
    async with stage.bot():
        kept = await kept_one(stage)
        await lift_window(stage, DAN, await stage.ask(f"acme/flux:{kept}", user=DAN))
        stage.slack.fail("users.info", status=503)
        stayed(stage, DAN, await stage.slack.submit(DAN, {"reason": WHY}))
        await stage.slack.submit(DAN)
        await stage.recorded("SELECT id FROM keep_lifts WHERE state = 'asked'")


async def test_what_was_typed_comes_back_where_the_window_had_to_close(stage: Stage) -> None:
    """Where Slack answers too late for the window to stay, who typed a reason gets it back with what went wrong."""
    go_on = asyncio.Event()

    async def hold(method: str, _: Mapping[str, Any]) -> None:
        if method == "users.info":
            await go_on.wait()
            stage.slack.fail(method, status=503)

    async with stage.bot():
        _, card = await requested(stage)
        await stage.slack.click(BEN, card, "Reject")
        await stage.slack.until(lambda: stage.slack.modal(BEN))
        seen = len(stage.private(BEN))
        stage.slack.before_call = hold
        acknowledged = await stage.slack.submit(BEN, {"reason": WHY})
        assert (acknowledged.acked, acknowledged.body) == (True, {})
        go_on.set()
        told = await stage.slack.until(lambda: stage.private(BEN)[seen])
    assert "so nothing was changed" in told.text
    assert f"“{WHY}”" in told.text


async def test_the_start_window_stays_where_somebody_has_too_many_commands(stage: Stage) -> None:
    """Who has three commands running keeps the window and its reason, and no picker is stored for it."""
    hanging = Hanging()
    async with stage.bot():
        await know(stage, "acme/flux")
        stage.replicate.add_model("acme/flux", versions=2)
        await start_window(stage)
        stage.replicate.fail(hanging, path="/models/acme/slow*", times=None)
        for n in range(3):
            await stage.slack.type_command(ANA, OPS, "/delete-model", f"acme/slow{n}")
        await asyncio.wait_for(hanging.arrived.wait(), 10)
        told = stayed(stage, ANA, await stage.slack.submit(ANA, {"channel": OPS, "reason": WHY}))
        assert stage.rows("SELECT id FROM pickings") == []
        stage.replicate.heal()
        hanging.released.set()
        await stage.slack.until(lambda: len(stage.private(ANA)) == 3)
        await stage.slack.submit(ANA)
        await window_says(stage, stage.ids("acme/flux")[0][:8])
    assert "3 commands of yours are still being answered" in told


@pytest.mark.parametrize("what", ["versions", "model"])
async def test_the_start_window_stays_while_slack_is_not_well(stage: Stage, what: str) -> None:
    """Where Slack does not tell about the channel, the window stays; submitted again, it goes on."""
    async with stage.bot():
        await know(stage, "acme/flux")
        stage.replicate.add_model("acme/flux", versions=2)
        await start_window(stage)
        stage.slack.fail("conversations.info", status=503)
        stayed(stage, ANA, await stage.slack.submit(ANA, {"channel": OPS, "what": what, "reason": WHY}))
        await stage.slack.submit(ANA)
        await window_says(stage, stage.ids("acme/flux")[0][:8] if what == "versions" else "The preview is in")


@pytest.mark.parametrize("what", ["versions", "model"])
async def test_the_start_window_stays_while_the_database_is_away(
    postgres_server: str, postgres_url: str, what: str
) -> None:
    """While the database is away the window stays with the reason, and goes on when submitted again."""
    async with open_stage(postgres_url) as stage, stage.bot():
        await know(stage, "acme/flux")
        stage.replicate.add_model("acme/flux", versions=2)
        await start_window(stage)
        with away(postgres_server, postgres_url):
            told = stayed(stage, ANA, await stage.slack.submit(ANA, {"channel": OPS, "what": what, "reason": WHY}))
        await stage.slack.submit(ANA)
        await window_says(stage, stage.ids("acme/flux")[0][:8] if what == "versions" else "The preview is in")
    assert "so nothing was changed" in told


async def test_added_names_stay_while_replicate_has_not_answered_yet(stage: Stage) -> None:
    """While the account is not known yet, the window for adding models stays with the names."""
    stage.replicate.fail(html_error(503), path="/account", times=None)
    async with stage.bot():
        await stage.slack.shortcut(ANA, "delete")
        await stage.slack.until(lambda: stage.slack.modal(ANA))
        await stage.slack.click_in_modal(ANA, "Add models…")
        await window_says(stage, "owner/name")
        told = stayed(stage, ANA, await stage.slack.submit(ANA, {"names": "acme/flux"}), "names")
    assert "Replicate has not answered yet" in told


async def start_window(stage: Stage) -> None:
    """Open the start window by the shortcut, and choose the model in it."""
    await stage.slack.shortcut(ANA, "delete")
    await window_says(stage, "You see a preview before anything is requested")
    await stage.slack.suggest(ANA, "flux")
    await stage.slack.select(ANA, "acme/flux")
