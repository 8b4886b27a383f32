"""Who may stop a deletion under way, and what those are told who may not, or come too late."""

from __future__ import annotations

import pytest

from tests.scenarios.deletion_steps import SLOWLY, under_way
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, Stage


@pytest.mark.parametrize("method", ["users.info", "usergroups.users.list"])
async def test_the_requester_can_stop_while_slack_fails_to_answer(stage: Stage, method: str) -> None:
    """The requester's Stop counts though Slack tells nothing about people and groups."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, BEN, card)
        approved = await stage.card_says("deleting starts now")
        stage.clock.shift += 61
        stage.slack.fail(method, status=503, times=10)
        await stage.slack.click(ANA, approved, "Stop")
        await stage.recorded("SELECT id FROM requests WHERE stopping")
    assert [m.text for m in stage.private(ANA) if "Slack is not well" in m.text] == []
    assert not stage.deletions()


async def test_a_member_without_permission_cannot_stop_a_deletion(stage: Stage) -> None:
    """Another member is told that the approvers can stop it as well as the requester, and that it goes on."""
    async with stage.bot(**SLOWLY):
        await under_way(stage)
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, stage.cards()[0], "Stop"))
        await stage.slack.click(CHLOE, stage.cards()[0], "Stop")
        await stage.card_says(" not deleted*", timeout=60)
        await stage.replies()
    assert f"Only <@{ANA}>, who asked for" in told
    assert "and its approvers can stop it. It goes on." in told
    refused = stage.rows("SELECT user_id, detail FROM audit WHERE event = 'click refused'")
    assert refused == [(DAN, "not yours to stop")]


async def test_a_late_click_says_that_the_request_was_stopped(stage: Stage) -> None:
    """Whoever clicks on a card that has not caught up is told that the request was stopped."""
    async with stage.bot(**SLOWLY):
        await under_way(stage)
        card = stage.cards()[0]
        await stage.slack.click(ANA, card, "Stop")
        await stage.card_says(" not deleted*", timeout=60)
        await stage.recorded("SELECT id FROM requests WHERE state = 'stopped'")
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Stop", stale=True))
    assert "is no longer open: it was stopped. Your click changed nothing" in told
