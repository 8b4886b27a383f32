"""Where a request's card can go, and where it must not."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.people import ChannelKind
from tests.scenarios.stage import ANA, BEN, DIRECT, OLD, OPS, RANDOM, SECRET, SHARED, Stage

REFUSED = {
    RANDOM: ("can't post in <#CRANDOM>", "Invite it there with `/invite` <@U0BOT>"),
    SECRET: ("can't post in <#CSECRET>", "Invite it there with `/invite` <@U0BOT>"),
    DIRECT: ("In a direct message nobody could approve", "that the approvers read"),
    SHARED: ("<#CSHARED> is shared with another company", "in a channel of your own"),
    "GTALK": ("In a direct message nobody could approve", "that the approvers read"),
}


@pytest.mark.parametrize("channel", REFUSED)
async def test_a_command_where_no_card_can_go_is_refused(stage: Stage, channel: str) -> None:
    """A command in a place where no card can go is refused, with what to do, before anything is made."""
    stage.replicate.add_model("acme/empty")
    stage.slack.add_channel(
        "GTALK", name="ana--ben--1", kind=ChannelKind.GROUP_DM, members=[ANA, BEN], bot_is_member=False
    )
    async with stage.bot():
        answer = await stage.ask("acme/empty", command="/delete-model", channel=channel)
    for words in (*REFUSED[channel], "Nothing was requested"):
        assert words in answer.text
    assert answer.buttons == []
    assert stage.rows("SELECT id FROM requests") == []


async def test_all_cards_go_to_the_approval_channel(stage: Stage) -> None:
    """With APPROVAL_CHANNEL a command typed in a direct message has its card there."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approval_channel=OPS):
        preview = await stage.ask("acme/empty", command="/delete-model", channel=DIRECT)
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards(OPS)[0])
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies(OPS)
    assert stage.cards(DIRECT) == []


@pytest.mark.parametrize("channel", [OLD, RANDOM, SHARED])
async def test_an_unusable_approval_channel_sends_nobody_elsewhere(stage: Stage, channel: str) -> None:
    """Where APPROVAL_CHANNEL itself cannot have a card, nobody is sent to another channel in vain."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approval_channel=channel):
        answer = await stage.ask("acme/empty", command="/delete-model")
    assert "Nothing was requested" in answer.text
    assert f"<#{channel}>" in answer.text
    assert "in another channel" not in answer.text
    assert "in a channel of your own" not in answer.text
    assert stage.rows("SELECT id FROM requests") == []


async def test_commands_outside_the_request_channels_are_refused(stage: Stage) -> None:
    """With REQUEST_CHANNELS a command typed elsewhere is refused and told where it works."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(request_channels=f"{OPS},{SHARED}"):
        elsewhere = await stage.ask("acme/empty", command="/delete-model", channel=RANDOM)
        here = await stage.ask("acme/empty", command="/delete-model", channel=OPS)
    assert "works only in <#COPS>, <#CSHARED>" in elsewhere.text
    assert here.buttons == ["Request approval", "Cancel"]


async def test_a_channel_shared_since_the_preview_gets_no_card(stage: Stage) -> None:
    """A channel that another company joined since the preview does not get the card."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.workspace.channels[OPS].shared_with_other_company = True
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"))
    assert "shared with another company" in told
    assert stage.cards() == []


async def test_read_only_channel_leaves_the_card_with_the_requester(stage: Stage) -> None:
    """A channel where only chosen people may post leaves the requester with the card and the reason."""
    stage.replicate.add_model("acme/empty")
    stage.slack.workspace.channels[OPS].posting_restricted = True
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards("D0UANA")[0])
    assert "is not allowed to post" in card.text
