"""A card that cannot be where it was meant to be reaches the requester with the reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.requests.deliveries import CARD_CHECK_EVERY
from tests.sandbox.slack.people import BOT_USER_ID
from tests.scenarios.stage import ANA, BEN, OPS, Stage

AT_HOME = "D0UANA"


def archived(stage: Stage) -> None:
    stage.slack.workspace.channels[OPS].archived = True


def bot_removed(stage: Stage) -> None:
    stage.slack.workspace.channels[OPS].members.discard(BOT_USER_ID)


def restricted(stage: Stage) -> None:
    stage.slack.workspace.channels[OPS].posting_restricted = True


REASONS: dict[Callable[[Stage], None], str] = {
    archived: "that channel was archived",
    bot_removed: "the bot is not a member of that channel any more",
    restricted: "the bot is not allowed to post in that channel",
}


@pytest.mark.parametrize("change", REASONS, ids=lambda change: change.__name__)
async def test_a_card_without_a_channel_goes_to_the_requester(stage: Stage, change: Callable[[Stage], None]) -> None:
    """A request confirmed as its channel goes away is shown to the requester, with why and what to do."""
    stage.replicate.add_model("acme/empty")
    posting = stage.slack.before_call

    async def just_before(method: str, arguments: dict[str, object]) -> None:
        if method == "chat.postMessage" and arguments.get("channel") == OPS:
            change(stage)

    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.before_call = just_before
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards(AT_HOME)[0])
        stage.slack.before_call = posting
        assert f"could not be shown in <#{OPS}>: {REASONS[change]}" in card.text
        assert "withdraw it and run the command in another channel" in card.text
        await stage.press(ANA, card, "Withdraw")
        await stage.card_says("Withdrawn by", channel=AT_HOME)
    assert stage.cards() == []


@pytest.mark.parametrize("change", [archived, bot_removed], ids=lambda change: change.__name__)
async def test_request_without_its_channel_tells_its_end_directly(
    stage: Stage, change: Callable[[Stage], None]
) -> None:
    """A request whose channel goes away while it waits tells its end to the requester."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(request_ttl="1h"):
        await stage.request("acme/empty", command="/delete-model")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        change(stage)
        stage.clock.shift += 3601
        expired = await stage.slack.until(lambda: stage.cards(AT_HOME)[0], timeout=60)
        [reply] = await stage.slack.until(
            lambda: [m for m in stage.slack.sees(ANA, AT_HOME) if m.is_reply or m.ts != expired.ts]
        )
    assert "Expired with 0 of 1 approvals" in expired.text
    assert f"<#{OPS}>" in expired.text
    assert f"<@{ANA}>" in reply.text


async def test_a_click_where_the_card_was_before_it_moved_is_told(stage: Stage) -> None:
    """In an archived channel that comes back, a click on the card that stayed there counts, and is told where it is."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(request_ttl="10h", remind_after="0"):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        archived(stage)
        stage.clock.shift += CARD_CHECK_EVERY + 1
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL AND card_channel LIKE 'D%'")
        stage.slack.workspace.channels[OPS].archived = False
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve", stale=True))
        await stage.card_says("Deleted 1 of 1", channel=AT_HOME)
    assert "has moved to a direct message" in told
    assert "Clicks on it still count" in told


async def test_requester_who_cannot_be_written_to_is_tried_until_the_end(stage: Stage) -> None:
    """A card that has no place even with its requester is tried again while the request is open, and not for ever."""
    stage.replicate.add_model("acme/empty")

    async def closed(method: str, arguments: dict[str, object]) -> None:
        if method == "chat.postMessage":
            code = "is_archived" if arguments.get("channel") == OPS else "messages_tab_disabled"
            stage.slack.fail("chat.postMessage", error=code)

    async with stage.bot(request_ttl="1h", remind_after="0"):
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.before_call = closed
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.recorded("SELECT id FROM deliveries WHERE kind = 'card' AND failures > 1")
        stage.clock.shift += 3601
        await stage.recorded("SELECT id FROM requests WHERE state = 'expired'")
        await stage.recorded("SELECT id FROM deliveries WHERE kind = 'card' AND due_at IS NULL")
