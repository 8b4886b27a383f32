"""Slack failing to take what the bot says: later is soon enough, twice is too often."""

from __future__ import annotations

import pytest

from bot.requests.deliveries import DeliveryKind
from tests.scenarios.outbox_rows import posted
from tests.scenarios.stage import ANA, BEN, OPS, Stage


@pytest.mark.parametrize("trouble", ["status", "limited"])
async def test_a_card_is_posted_once_slack_is_well(stage: Stage, trouble: str) -> None:
    """A card that Slack does not take at first is posted later, exactly once."""
    stage.replicate.add_model("acme/empty")
    if trouble == "status":
        stage.slack.fail("chat.postMessage", status=500, times=2)
    else:
        stage.slack.fail("chat.postMessage", error="ratelimited", retry_after=1, times=2)
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert len(stage.cards()) == 1


async def test_clicking_two_cards_of_one_request_decides_once(stage: Stage) -> None:
    """Where the answer to a post was lost there may be two cards; clicking both decides once."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("chat.postMessage", drop=True, after=True)
    async with stage.bot():
        orphan = await stage.request("acme/empty", command="/delete-model")
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: len(stage.cards()) == 2)
        await stage.slack.click(BEN, orphan, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, orphan, "Reject", stale=True))
    assert "it is done" in told
    assert stage.deletions() == ["/models/acme/empty"]
    assert len(stage.cards()) == 2


async def test_a_delayed_card_edit_shows_the_result_later(stage: Stage) -> None:
    """A card that Slack will not have edited for now shows the result after the time Slack asks for."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        stage.slack.fail("chat.update", error="ratelimited", retry_after=2)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert result.ts == card.ts


async def test_reply_that_slack_refuses_at_first_is_given_once(stage: Stage) -> None:
    """A reply that Slack does not take at first is given once."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        stage.slack.fail("chat.postMessage", status=503)
        await stage.slack.click(BEN, card, "Approve")
        replies = await stage.replies()
        await stage.recorded(posted(DeliveryKind.RESULT))
    assert len(replies) == 1


async def test_a_preview_whose_delivery_fails_once_arrives_once(stage: Stage) -> None:
    """A preview whose delivery fails once arrives once."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("response_url", status=500)
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
    assert preview.buttons == ["Request approval", "Cancel"]
    assert len(stage.private(ANA)) == 1


async def test_an_undeliverable_preview_requests_nothing(stage: Stage) -> None:
    """A preview that cannot be delivered requests nothing, and the next command works."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("response_url", status=404)
    async with stage.bot():
        await stage.slack.type_command(ANA, OPS, "/delete-model", "acme/empty")
        await stage.recorded("SELECT id FROM requests")
        preview = await stage.ask("acme/empty", command="/delete-model")
    assert preview.buttons == ["Request approval", "Cancel"]
    assert stage.cards() == []


async def test_a_confirmed_request_stands_despite_a_lost_answer(stage: Stage) -> None:
    """A confirmed request stands although Slack did not let the bot say so."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.fail("response_url", status=404, times=5)
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    assert card.buttons == ["Approve", "Reject"]
