"""Nothing of a request is posted where another company reads, or was invited to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import BOT_USER_ID, Channel
from tests.scenarios.home_steps import opened
from tests.scenarios.keep_steps import kept_one, lift_asked
from tests.scenarios.outbox_rows import posted
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, OPS, RANDOM, Stage

APPROVALS = "CAPPROVALS"
AT_HOME = "D0UANA"
POSTED = "SELECT id FROM requests WHERE card_ts IS NOT NULL"
POINTED = posted(DeliveryKind.POINTER)
REMINDED = posted(DeliveryKind.REMINDER)
TOLD = posted(DeliveryKind.RESULT)
LISTED = posted(DeliveryKind.PLANNED_LIST)
LATER = 20.0
"""Seconds after which the bot asks Slack anew who reads a channel."""


def shared(channel: Channel) -> None:
    channel.shared_with_other_company = True


def invited(channel: Channel) -> None:
    channel.invited_other_company = True


ABROAD = pytest.mark.parametrize("become", [shared, invited])


def public(stage: Stage, channel: str) -> list[Message]:
    """Return what the bot has posted in a channel for everybody there."""
    if channel not in stage.slack.workspace.channels:
        return []
    return [m for m in stage.slack.sees(ANA, channel) if m.author == BOT_USER_ID and not m.ephemeral_to]


def named_since(stage: Stage, channel: str, seen: int) -> list[str]:
    """Return everything that names the model and was posted for all in a channel since `seen` messages were there."""
    return [
        m.text for m in stage.slack.every_message[seen:] if m.channel == channel and "acme" in m.as_payload()["text"]
    ]


async def requested(stage: Stage, channel: str, *, text: str = "acme/empty", command: str = "/delete-model") -> Message:
    """Ask as Ana in this channel, confirm, and return the card in the approval channel."""
    stage.slack.add_channel(APPROVALS, name="approvals", members=[ANA, BEN, CHLOE])
    if "acme/empty" not in stage.replicate.models:
        stage.replicate.add_model("acme/empty")
    preview = await stage.ask(text, command=command, channel=channel)
    await stage.slack.click(ANA, preview, "Request approval")
    return await stage.slack.until(lambda: stage.cards(APPROVALS)[0])


@ABROAD
async def test_a_command_in_a_shared_channel_is_answered_directly(
    anywhere: Stage, become: Callable[[Channel], None]
) -> None:
    """A command typed where another company reads posts nothing there: the requester is told in a direct message."""
    become(anywhere.slack.workspace.channels[OPS])
    async with anywhere.bot(approval_channel=APPROVALS):
        card = await requested(anywhere, OPS)
        await anywhere.slack.until(lambda: public(anywhere, AT_HOME))
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 1 of 1", APPROVALS)
        await anywhere.recorded(TOLD)
    pointer, result = public(anywhere, AT_HOME)
    assert f"waits for approval in <#{APPROVALS}>" in pointer.text
    assert "Deleted 1 of 1" in result.text
    assert public(anywhere, OPS) == []


@ABROAD
async def test_results_of_newly_shared_channels_go_to_the_requester(
    stage: Stage, become: Callable[[Channel], None]
) -> None:
    """Where the channel of the command became shared meanwhile, the result goes to the requester alone."""
    async with stage.bot(approval_channel=APPROVALS):
        card = await requested(stage, OPS)
        await stage.recorded(POINTED)
        become(stage.slack.workspace.channels[OPS])
        stage.clock.shift += LATER
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1", APPROVALS)
        await stage.recorded(TOLD)
    assert len(public(stage, OPS)) == 1
    assert ["Deleted 1 of 1" in m.text for m in public(stage, AT_HOME)] == [True]


async def test_a_channel_shared_within_the_company_gets_the_result(stage: Stage) -> None:
    """A channel that only other workspaces of the same company read gets the pointer and the result."""
    stage.slack.workspace.channels[OPS].shared_in_organization = True
    async with stage.bot(approval_channel=APPROVALS):
        card = await requested(stage, OPS)
        await stage.recorded(POINTED)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1", APPROVALS)
        await stage.recorded(TOLD)
    assert len(public(stage, OPS)) == 2
    assert public(stage, AT_HOME) == []


@ABROAD
async def test_a_card_leaves_a_channel_that_became_shared(anywhere: Stage, become: Callable[[Channel], None]) -> None:
    """A card whose channel became shared says nothing there any more, and goes on in a direct message."""
    anywhere.replicate.add_model("acme/empty")
    async with anywhere.bot(approvals_required=2):
        card = await anywhere.request("acme/empty", command="/delete-model")
        await anywhere.recorded(POSTED)
        seen = len(anywhere.slack.every_message)
        become(anywhere.slack.workspace.channels[OPS])
        anywhere.clock.shift += LATER
        await anywhere.slack.click(BEN, card, "Approve")
        async with anywhere.cards_wait_for_nothing():
            moved = await anywhere.slack.until(lambda: anywhere.cards(AT_HOME)[0])
        await anywhere.slack.click(CHLOE, card, "Approve", stale=True)
        await anywhere.card_says("Deleted 1 of 1", AT_HOME)
        await anywhere.recorded(TOLD)
    [left] = anywhere.cards()
    assert (left.ts, left.buttons, left.blocks) == (card.ts, [], ())
    assert "because another company reads this channel or was invited to it" in left.text
    assert f"could not be shown in <#{OPS}>: another company reads that channel" in moved.text
    assert "Needs 1 more approval" in moved.text
    assert named_since(anywhere, OPS, seen) == []
    assert [m.is_reply for m in public(anywhere, AT_HOME)] == [False, True]


@ABROAD
async def test_a_decision_about_a_keep_names_nothing_in_a_newly_shared_channel(
    stage: Stage, become: Callable[[Channel], None]
) -> None:
    """Where the channel became shared, each decision about lifting a keep empties the message there."""
    async with stage.bot(approvals_required=2):
        kept = await kept_one(stage)
        asking = await lift_asked(stage, DAN, await stage.ask(f"acme/flux:{kept}", user=DAN))
        become(stage.slack.workspace.channels[OPS])
        stage.clock.shift += LATER
        await stage.slack.click(BEN, asking, "Approve lift")
        await stage.slack.until(lambda: edits_of(stage, asking)[0])
        await opened(stage, CHLOE, "asks to lift this")
        await stage.slack.click_in_home(CHLOE, "Approve lift")
        await stage.slack.until(lambda: edits_of(stage, asking)[1])
        assert "Nothing here can be deleted" not in (await stage.ask(f"acme/flux:{kept}")).text
    [left] = [m for m in stage.cards(OPS) if m.ts == asking.ts]
    assert (left.buttons, left.blocks) == ([], ())
    assert "because another company reads this channel or was invited to it" in left.text
    assert edits_of(stage, asking) == [left.text] * 2


async def test_a_decision_about_a_keep_is_not_shown_until_slack_says_who_reads(stage: Stage) -> None:
    """While Slack does not say who reads the channel, the message about a keep stays as it is; the decision counts."""
    async with stage.bot():
        kept = await kept_one(stage)
        asking = await lift_asked(stage, DAN, await stage.ask(f"acme/flux:{kept}", user=DAN))
        stage.clock.shift += LATER
        stage.slack.fail("conversations.info", status=500, times=1_000)
        await stage.slack.click(BEN, asking, "Approve lift")
        await stage.recorded("SELECT id FROM keep_lifts WHERE state = 'lifted'")
    assert edits_of(stage, asking) == []


def edits_of(stage: Stage, message: Message) -> list[str]:
    """Return the texts that the bot has put in a message's place."""
    edits = [call.arguments for call in stage.slack.calls if call.method == "chat.update"]
    return [str(edit["text"]) for edit in edits if edit["ts"] == message.ts]


async def test_a_card_is_not_posted_in_newly_shared_channels(stage: Stage) -> None:
    """Where the channel becomes shared between the confirmation and the card, the card is never there."""
    stage.replicate.add_model("acme/empty")

    async def become(method: str, _arguments: dict[str, Any]) -> None:
        if method == "conversations.info" and len(looked_up(stage)) == 2:
            shared(stage.slack.workspace.channels[OPS])

    async with stage.bot():
        stage.slack.after_call = become
        preview = await stage.ask("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards(AT_HOME)[0])
    assert f"could not be shown in <#{OPS}>: another company reads that channel" in card.text
    assert public(stage, OPS) == []


async def test_a_reminder_is_not_posted_in_a_shared_channel(stage: Stage) -> None:
    """A reminder is not posted where another company reads by now; it follows the card."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(remind_after="1h", request_ttl="10h"):
        await stage.request("acme/empty", command="/delete-model")
        await stage.recorded(POSTED)
        seen = len(stage.slack.every_message)
        shared(stage.slack.workspace.channels[OPS])
        stage.clock.shift += 3601
        await stage.recorded(REMINDED)
    assert named_since(stage, OPS, seen) == []
    assert any(m.is_reply and "still waits" in m.text for m in public(stage, AT_HOME))


async def test_full_list_is_not_posted_in_a_shared_channel(stage: Stage) -> None:
    """The full list of a long request is not posted where another company reads by now; it follows the card."""
    ids = stage.replicate.add_model("acme/flux", versions=60)

    async def become(method: str, arguments: dict[str, Any]) -> None:
        if method == "chat.postMessage" and arguments["channel"] == OPS:
            shared(stage.slack.workspace.channels[OPS])
            stage.clock.shift += LATER

    async with stage.bot():
        stage.slack.after_call = become
        await stage.request(f"acme/flux {' '.join(ids)}")
        await stage.recorded(LISTED)
    assert [m for m in stage.slack.sees(ANA, OPS) if m.files] == []
    assert [len(m.files) for m in stage.slack.sees(ANA, AT_HOME) if m.files] == [1]
    assert [m.text for m in public(stage, OPS) if "acme" in m.text] == []


TROUBLES: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "internal": {"error": "internal_error"},
    "limited": {"error": "ratelimited"},
    "granted nothing": {"error": "no_permission"},
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_nothing_is_posted_until_slack_says_who_reads(stage: Stage, trouble: str) -> None:
    """Nothing is posted before Slack says that only this company reads a channel, and then the card is."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")

        async def fails(method: str, _arguments: dict[str, Any]) -> None:
            if method == "conversations.info" and len(looked_up(stage)) == 2:
                stage.slack.fail("conversations.info", **TROUBLES[trouble])

        stage.slack.before_call = fails
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.recorded("SELECT request_id FROM deliveries WHERE failures > 0")
        assert public(stage, OPS) == []
        stage.clock.shift += LATER
        await stage.slack.until(lambda: public(stage, OPS))
        await stage.recorded(POSTED)


async def test_a_command_in_an_unknown_channel_is_answered_directly(stage: Stage) -> None:
    """Where Slack does not know the channel of the command, the requester is told in a direct message."""

    async def unknown(method: str, arguments: dict[str, Any]) -> None:
        if method == "conversations.info" and arguments["channel"] == RANDOM:
            stage.slack.fail(method, error="channel_not_found")

    async with stage.bot(approval_channel=APPROVALS):
        stage.slack.before_call = unknown
        await requested(stage, RANDOM)
        await stage.recorded(POINTED)
    assert public(stage, RANDOM) == []
    assert len(public(stage, AT_HOME)) == 1


async def test_frequent_posts_ask_slack_once_about_a_channel(stage: Stage) -> None:
    """However much is posted in a channel within a few seconds, Slack is asked once who reads it."""
    for number in range(8):
        stage.replicate.add_model(f"acme/empty{number}")
    async with stage.bot():
        for number in range(8):
            await stage.request(f"acme/empty{number}", command="/delete-model")
        before = len(looked_up(stage))
    # Each preview and each confirmation asks too, which is not about posting.
    assert before <= 2 * 8 + 2


def looked_up(stage: Stage) -> list[Any]:
    """Return the answers about channels that Slack has given."""
    return [call for call in stage.slack.calls if call.method == "conversations.info"]
