"""What previews, cards and dialogs tell about runs and models, and what happens where that comes late."""

from __future__ import annotations

import asyncio

from tests.sandbox.replicate.faults import Hanging, refusal
from tests.sandbox.slack.messages import Message
from tests.scenarios.home_steps import opened
from tests.scenarios.message_words import dialog
from tests.scenarios.models import FLUX, predict
from tests.scenarios.stage import ANA, BEN, Stage

MINUTES = 1 / (24 * 60)
NOT_KNOWN = "When this account last ran these is not known yet."


def lines(message: Message) -> list[str]:
    return message.text.splitlines()


def line_about(message: Message, version: str) -> str:
    """Return the only line that names the version."""
    [line] = [line for line in lines(message) if version[:12] in line]
    return line


async def test_what_was_run_lately_is_said_first(anywhere: Stage) -> None:
    """Preview, card, dialog and window say first that something was run within 7 days, and of each its last run."""
    fresh, old, never = anywhere.replicate.add_model(FLUX, versions=3)
    for _ in range(2):
        predict(anywhere, fresh, 3 * MINUTES)
    predict(anywhere, old, 40)
    async with anywhere.bot():
        preview = await anywhere.ask(f"{FLUX} --all")
        card = await anywhere.request(f"{FLUX}:{fresh} {old} {never} --reason again")
        for message in (preview, card):
            assert lines(message)[1].startswith(
                ":warning: *1 of these versions was run within the last 7 days, <!date^"
            )
            assert "^last run {ago}|" in line_about(message, fresh)
            assert line_about(message, fresh).endswith("(2 runs)")
            assert "^last run {date_short}|" in line_about(message, old)
            assert line_about(message, never).endswith("· never run")
            assert "3 predictions of this account go with these." in message.text
        assert dialog(card, "Approve").startswith("1 of these versions was run within the last 7 days, <!date^")
        home = await opened(anywhere, BEN, "1 of these versions was run within the last 7 days")
        assert dialog(home, "Approve").startswith("1 of these versions was run within the last 7 days, <!date^")
        await anywhere.press(BEN, card, "Approve with a comment…")
        window = await anywhere.slack.until(lambda: anywhere.slack.modal(BEN))
    assert ":warning: *1 of these versions was run within the last 7 days" in str(window)


async def test_a_requester_who_may_approve_is_asked_about_it_first(stage: Stage) -> None:
    """The dialog of Delete in a preview says first that a version was run a little while ago."""
    [version] = stage.replicate.add_model(FLUX, versions=1)
    predict(stage, version, 3 * MINUTES)
    async with stage.bot(approvals_required=0, approvers=ANA):
        preview = await stage.ask(f"{FLUX}:{version}")
    assert dialog(preview, "Delete").startswith("This version was run within the last 7 days, <!date^")


async def test_a_model_is_described(stage: Stage) -> None:
    """Preview and card tell what a model is for, how many versions it has, and how often anybody ran it."""
    stage.replicate.add_model(FLUX, versions=2, description="Draws *cats* <!here>", run_count=1_204)
    predict(stage, stage.ids(FLUX)[0], 40)
    async with stage.bot():
        preview = await stage.ask(FLUX, command="/delete-model")
        card = await stage.request(f"{FLUX} --with-versions", command="/delete-model")
    said = "`acme/flux`: “Draws ∗cats∗ &lt;!here&gt;”, 2 versions, 1,204 runs in all"
    assert said in card.text
    assert said in preview.text


async def test_a_preview_waits_three_seconds_for_runs(stage: Stage) -> None:
    """Where Replicate does not tell runs in time, the preview says so; the card is completed once it does."""
    fresh, other = stage.replicate.add_model(FLUX, versions=2)
    predict(stage, fresh, 3 * MINUTES)
    hanging = Hanging()
    stage.replicate.fail(hanging, path="/predictions", times=None)
    async with stage.bot():
        asking = asyncio.create_task(stage.ask(f"{FLUX} {fresh} {other}"))
        await hanging.arrived.wait()
        stage.clock.shift += 3
        preview = await asking
        assert NOT_KNOWN in preview.text
        assert "last run" not in preview.text
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.card_says(NOT_KNOWN)
        stage.replicate.heal()
        hanging.released.set()
        completed = await stage.card_says("1 of these versions was run within the last 7 days")
        assert completed.ts == card.ts
        assert NOT_KNOWN not in completed.text
        assert "Approve and delete" in str(completed.blocks)
        await stage.slack.click(BEN, completed, "Approve")
        await stage.card_says("Deleted 2 of 2")


async def test_what_cannot_be_read_stops_nothing(stage: Stage) -> None:
    """Where Replicate refuses to tell runs, previews, cards and deletions go on without them."""
    [version] = stage.replicate.add_model(FLUX, versions=1)
    stage.replicate.fail(refusal(403), path="/predictions", times=None)
    async with stage.bot():
        card = await stage.request(f"{FLUX}:{version}")
        assert "When this account last ran this is not known yet." in card.text
        stage.replicate.heal()
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
