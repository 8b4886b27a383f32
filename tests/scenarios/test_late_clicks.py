"""Clicks that come too late, too often, or from the wrong person."""

from __future__ import annotations

import pytest

from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, Stage


async def test_a_cancelled_preview_cannot_be_confirmed(stage: Stage) -> None:
    """Cancel throws the preview away, and confirming it afterwards requests nothing."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, preview, "Cancel")
        cancelled = await stage.private_says("Cancelled")
        assert cancelled.buttons == []
        await stage.slack.click(ANA, preview, "Request approval", stale=True)
        await stage.private_says("was withdrawn")
    assert stage.cards() == []


async def test_a_preview_is_good_for_half_an_hour(stage: Stage) -> None:
    """Confirmed after 30 minutes, a preview has expired and says to run the command again."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.clock.shift += 30 * 60 + 1
        await stage.slack.click(ANA, preview, "Request approval")
        expired = await stage.private_says("has expired")
    assert "Run the command again" in expired.text
    assert expired.buttons == []
    assert stage.cards() == []


async def test_an_approval_after_the_request_ttl_deletes_nothing(stage: Stage) -> None:
    """An approval after REQUEST_TTL deletes nothing, and both the approver and the card say that it expired."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(request_ttl="15m"):
        card = await stage.request("acme/empty", command="/delete-model")
        stage.clock.shift += 15 * 60 + 1
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve", stale=True))
        expired = await stage.card_says("Expired with 0 of 1 approvals*")
        [reply] = await stage.replies()
    assert "expired" in told
    assert expired.buttons == []
    assert f"<@{ANA}>" in reply.text
    assert not stage.deletions()


async def test_an_undecided_request_expires_by_itself(anywhere: Stage) -> None:
    """A request that nobody decides about expires by itself and says how many approvals it had."""
    anywhere.replicate.add_model("acme/empty")
    async with anywhere.bot(request_ttl="1h", approvals_required=2):
        card = await anywhere.request("acme/empty", command="/delete-model")
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Needs 1 more approval")
        anywhere.clock.shift += 3601
        await anywhere.card_says("Expired with 1 of 2 approvals")
        await anywhere.replies()
    assert not anywhere.deletions()


async def test_an_approved_request_not_begun_in_time_expires(stage: Stage) -> None:
    """A request that was approved but not begun within REQUEST_TTL expires and is not carried out."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(request_ttl="1h") as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        await stage.only_approved(bot, BEN, card)
        await stage.card_says("deleting starts now")
    stage.clock.shift += 3601
    async with stage.bot(request_ttl="1h"):
        await stage.card_says("Expired: approved, but the bot could not start in time*")
        await stage.replies()
    assert not stage.deletions()


@pytest.mark.parametrize(
    ("decided", "told"),
    [("Approve", "it is done"), ("Reject", "it was rejected"), ("Withdraw", "it was withdrawn")],
)
async def test_click_on_an_outdated_card_tells_what_has_happened(stage: Stage, decided: str, told: str) -> None:
    """Whoever clicks on an outdated card is told what has happened meanwhile."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        if decided == "Reject":
            await stage.reject(BEN, card)
        else:
            await stage.press(ANA if decided == "Withdraw" else BEN, card, decided)
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: stage.cards()[0].buttons == [] and "Deleting" not in stage.cards()[0].text)
        for button in ("Approve", "Reject"):
            words = await stage.told(CHLOE, lambda b=button: stage.slack.click(CHLOE, card, b, stale=True))  # type: ignore[misc]
            assert told in words
            assert "Your click changed nothing" in words
        words = await stage.told(ANA, lambda: stage.press(ANA, card, "Withdraw", stale=True))
        assert told in words


async def test_only_the_requester_can_withdraw_a_request(stage: Stage) -> None:
    """Only the requester can withdraw; everybody else is told whose request it is."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        for user in (BEN, DAN):
            told = await stage.told(user, lambda u=user: stage.press(u, card, "Withdraw"))  # type: ignore[misc]
            assert f"Only <@{ANA}>, who asked" in told
        await stage.press(ANA, card, "Withdraw")
        withdrawn = await stage.card_says(f"Withdrawn by <@{ANA}>*")
    assert withdrawn.buttons == []
    assert not stage.deletions()
