"""With APPROVAL_CHANNEL the card is in one channel and the command was typed in another: both are told."""

from __future__ import annotations

import pytest

from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import BOT_USER_ID, PersonKind
from tests.scenarios.outbox_rows import posted
from tests.scenarios.stage import ANA, BEN, DIRECT, OPS, RANDOM, Stage

APPROVALS = "CAPPROVALS"
AT_HOME = "D0UANA"
POINTED = posted(DeliveryKind.POINTER)
TOLD = posted(DeliveryKind.RESULT)


async def requested(stage: Stage, channel: str) -> Message:
    """Ask as Ana in this channel, confirm, and return the card in the approval channel."""
    stage.slack.add_channel(APPROVALS, name="approvals", members=[ANA, BEN])
    stage.replicate.add_model("acme/empty")
    preview = await stage.ask("acme/empty", command="/delete-model", channel=channel)
    await stage.slack.click(ANA, preview, "Request approval")
    return await stage.slack.until(lambda: stage.cards(APPROVALS)[0])


def public(stage: Stage, channel: str) -> list[Message]:
    """Return what the bot has posted in a channel for everybody there."""
    if channel not in stage.slack.workspace.channels:
        return []
    return [m for m in stage.slack.sees(ANA, channel) if m.author == BOT_USER_ID and not m.ephemeral_to]


async def test_the_command_channel_gets_one_pointer_and_one_result(anywhere: Stage) -> None:
    """The channel of the command gets one short pointer to the card, and in the end the result, once."""
    async with anywhere.bot(approval_channel=APPROVALS):
        card = await requested(anywhere, OPS)
        await anywhere.slack.until(lambda: public(anywhere, OPS))
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 1 of 1", APPROVALS)
        await anywhere.recorded(TOLD)
        pointer, result = public(anywhere, OPS)
    assert f"<@{ANA}> asked to delete the model `acme/empty`" in pointer.text
    assert f"waits for approval in <#{APPROVALS}>" in pointer.text
    assert pointer.buttons == result.buttons == []
    assert f"<@{ANA}>" in result.text
    assert "Deleted 1 of 1" in result.text
    [reply] = [m for m in anywhere.slack.sees(ANA, APPROVALS) if m.is_reply]
    assert reply.thread_ts == card.ts
    assert "Deleted 1 of 1" in reply.text


async def test_a_direct_message_command_gets_pointer_and_result_there(stage: Stage) -> None:
    """Where the command was typed in a conversation without the bot, the requester gets both by direct message."""
    async with stage.bot(approval_channel=APPROVALS):
        card = await requested(stage, DIRECT)
        await stage.slack.until(lambda: public(stage, AT_HOME))
        await stage.reject(BEN, card, "still in use")
        await stage.card_says("Rejected by", APPROVALS)
        await stage.recorded(TOLD)
        pointer, result = public(stage, AT_HOME)
    assert f"waits for approval in <#{APPROVALS}>" in pointer.text
    assert "*Why:* “still in use”" in result.text
    assert public(stage, DIRECT) == []


async def test_commands_in_channels_without_the_bot_are_answered_directly(stage: Stage) -> None:
    """Where the bot is not in the channel of the command, the requester is told by direct message."""
    async with stage.bot(approval_channel=APPROVALS):
        await requested(stage, RANDOM)
        await stage.slack.until(lambda: public(stage, AT_HOME))
        await stage.recorded(POINTED)
    assert public(stage, RANDOM) == []
    assert len(public(stage, AT_HOME)) == 1


async def test_result_of_an_archived_channel_goes_to_the_requester(stage: Stage) -> None:
    """Where the channel of the command was archived meanwhile, the result reaches the requester directly."""
    async with stage.bot(approval_channel=APPROVALS):
        card = await requested(stage, OPS)
        await stage.recorded(POINTED)
        stage.slack.workspace.channels[OPS].archived = True
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1", APPROVALS)
        await stage.recorded(TOLD)
    assert len(public(stage, OPS)) == 1
    assert ["Deleted 1 of 1" in m.text for m in public(stage, AT_HOME)] == [True]


@pytest.mark.parametrize("error", ["cannot_dm_bot", "user_disabled", "channel_not_found"])
async def test_card_alone_tells_a_result_nobody_else_can_get(stage: Stage, error: str) -> None:
    """Where neither the channel nor the requester can be written to, the card alone tells the result."""

    async def unreachable(method: str, arguments: dict[str, object]) -> None:
        if method == "chat.postMessage" and arguments.get("channel") != APPROVALS:
            stage.slack.fail(method, error="channel_not_found" if arguments["channel"] == RANDOM else error)

    async with stage.bot(approval_channel=APPROVALS):
        stage.slack.before_call = unreachable
        card = await requested(stage, RANDOM)
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 1", APPROVALS, timeout=60)
        await stage.recorded(TOLD)
    assert result.ts == card.ts
    assert len(stage.cards(APPROVALS)) == 1
    assert ["Deleted 1 of 1" in m.text for m in stage.slack.sees(BEN, APPROVALS) if m.is_reply] == [True]


async def test_result_of_a_deactivated_requester_is_beside_the_card(stage: Stage) -> None:
    """The result of somebody who asked in a direct message and was deactivated since is told once, beside the card."""
    async with stage.bot(approval_channel=APPROVALS):
        card = await requested(stage, DIRECT)
        await stage.recorded(POINTED)
        stage.slack.workspace.people[ANA].kind = PersonKind.DELETED
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(lambda: "Deleted 1 of 1" in stage.cards(APPROVALS, BEN)[0].text)
        await stage.recorded(TOLD)
    assert ["Deleted 1 of 1" in m.text for m in stage.slack.sees(BEN, APPROVALS) if m.is_reply] == [True]


async def test_a_command_in_the_approval_channel_needs_no_pointer(stage: Stage) -> None:
    """A command typed in APPROVAL_CHANNEL itself needs no pointer and no second result."""
    async with stage.bot(approval_channel=APPROVALS):
        card = await requested(stage, APPROVALS)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1", APPROVALS)
        await stage.recorded(TOLD)
    assert len(public(stage, APPROVALS)) == 2
    assert [m.is_reply for m in public(stage, APPROVALS)] == [False, True]
    assert stage.rows(POINTED) == []
