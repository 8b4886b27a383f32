"""Several processes on one database that were started with different settings: the strictest of all hold."""

from __future__ import annotations

import pytest

from bot.errors import SettingsError
from bot.store.processes import LIVES_FOR
from tests.scenarios.stage import ANA, BEN, CHLOE, OPS, RANDOM, Stage


async def test_the_higher_approval_number_of_any_process_holds(anywhere: Stage) -> None:
    """While one live process wants two approvals, one that wants one does not carry out what has one."""
    stage = anywhere
    stage.replicate.add_model("acme/empty")
    async with stage.bot(), stage.bot(approvals_required=2):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        assert not stage.deletions()
        await stage.slack.click(CHLOE, stage.cards()[0], "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_a_model_protected_by_another_process_is_not_deleted(stage: Stage) -> None:
    """What one live process protects, another does not delete, also where it was approved before that one came."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, BEN, card)
    async with stage.bot(protected_models="acme/*") as strict:
        assert strict._worker is not None
        await strict._worker.drain(0)
        async with stage.bot():
            result = await stage.card_says("1 skipped")
            await stage.replies()
    assert "the team protects it" in result.text
    assert not stage.deletions()


async def test_only_approvers_named_by_every_process_may_approve(stage: Stage) -> None:
    """Only those may approve whom every live process names."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(), stage.bot(approvers=CHLOE):
        card = await stage.request("acme/empty", command="/delete-model")
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert "can approve or reject this" in told


async def test_reason_and_channel_rules_of_any_process_hold(stage: Stage) -> None:
    """A reason that one live process wants, and a channel that it does not, hold for previews of every other."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        async with stage.bot(reason_required=True):
            no_reason = await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"))
        async with stage.bot(request_channels=RANDOM):
            elsewhere = await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"))
    assert "A reason is required" in no_reason
    assert f"works only in <#{RANDOM}>" in elsewhere
    assert stage.cards(OPS) == []


async def test_the_settings_of_a_stopped_process_no_longer_count(stage: Stage) -> None:
    """A process counts no more once it has stopped, or has not been heard of for a while."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2):
        pass
    process = await stage.launch({"APPROVALS_REQUIRED": "2"})
    process.kill()
    await process.wait()
    stage.processes.clear()
    async with stage.bot():
        stage.clock.shift += LIVES_FOR + 1
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_a_bot_of_another_replicate_account_does_not_start(stage: Stage) -> None:
    """A bot of another Replicate account does not start on the database of a live one."""
    async with stage.bot():
        stage.replicate.change_account("r8_other", "globex")
        with pytest.raises(SettingsError, match="works for the Replicate account acme, and this one for globex"):
            async with stage.bot(replicate_api_token="r8_other"):
                pass


async def test_the_log_names_what_differs(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    """A start beside a process with other settings says in which of them they differ."""
    async with stage.bot(), stage.bot(approvals_required=3, reason_required=True):
        pass
    assert "another process differs in APPROVALS_REQUIRED, REASON_REQUIRED; the stricter of both holds" in caplog.text
