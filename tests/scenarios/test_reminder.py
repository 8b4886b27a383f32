"""Whoever is still missing is reminded, once."""

from __future__ import annotations

import pytest

from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.scenarios.outbox_rows import CARD_IS_SHOWN, posted
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, OPS, Stage

HOUR = 3600.0
POSTED = "SELECT id FROM requests WHERE card_ts IS NOT NULL"


async def requested(stage: Stage) -> Message:
    stage.replicate.add_model("acme/empty")
    card = await stage.request("acme/empty", command="/delete-model")
    await stage.recorded(POSTED)
    return card


def reminders(stage: Stage, channel: str = OPS) -> list[Message]:
    return [m for m in stage.slack.sees(ANA, channel) if "still waits" in m.text]


async def reminded(stage: Stage) -> Message:
    """Return the reminder once it has been posted and that was recorded."""
    await stage.slack.until(lambda: reminders(stage))
    await stage.recorded(posted(DeliveryKind.REMINDER))
    return reminders(stage)[-1]


async def after(stage: Stage, seconds: float) -> None:
    """Let time pass, and wait until the board has drawn a later change: everything due before it was posted by then."""
    stage.clock.shift += seconds
    drawn = f"{CARD_IS_SHOWN} AND revision >= :revision"
    [(revision,)] = stage.rows("SELECT revision FROM requests")
    await stage.slack.click(CHLOE, stage.cards()[-1], "Approve")
    await stage.recorded(drawn, revision=revision + 1)


async def test_one_reminder_in_the_thread_mentions_missing_approvers(anywhere: Stage) -> None:
    """After REMIND_AFTER one reminder in the card's thread mentions who may still approve, and never a second one."""
    async with anywhere.bot(remind_after="1h", request_ttl="10h", approvals_required=2):
        card = await requested(anywhere)
        anywhere.clock.shift += HOUR + 1
        reminder = await reminded(anywhere)
        await after(anywhere, 5 * HOUR)
    assert reminder.thread_ts == card.ts
    assert not reminder.is_broadcast
    assert f"Needs 2 approvals from <!subteam^{LEADS}>. <@{ANA}> can't approve their own request." in reminder.text
    assert "`acme/empty`" in reminder.text
    assert len(reminders(anywhere)) == 1


async def test_nobody_is_reminded_before_remind_after(stage: Stage) -> None:
    """Nobody is reminded before REMIND_AFTER has passed."""
    async with stage.bot(remind_after="1h", request_ttl="10h", approvals_required=2):
        await requested(stage)
        await after(stage, HOUR - 60)
    assert reminders(stage) == []


async def test_remind_after_0_reminds_nobody(stage: Stage) -> None:
    """With REMIND_AFTER=0 nobody is reminded."""
    async with stage.bot(remind_after="0", request_ttl="10h", approvals_required=2):
        await requested(stage)
        await after(stage, 9 * HOUR)
    assert reminders(stage) == []


async def test_the_default_reminder_comes_after_half_the_ttl(stage: Stage) -> None:
    """Without REMIND_AFTER the reminder comes after half of REQUEST_TTL, and not before."""
    async with stage.bot(request_ttl="4h", approvals_required=2):
        await requested(stage)
        stage.clock.shift += 2 * HOUR - 60
        await after(stage, 0)
        assert reminders(stage) == []
        stage.clock.shift += 61
        await reminded(stage)
    assert len(reminders(stage)) == 1


@pytest.mark.parametrize("end", ["approved", "rejected", "withdrawn", "expired"])
async def test_nobody_is_reminded_of_an_ended_request(stage: Stage, end: str) -> None:
    """Nobody is reminded of a request that has ended, however long ago the reminder was due."""
    async with stage.bot(remind_after="1h", request_ttl="10h"):
        card = await requested(stage)
        match end:
            case "approved":
                await stage.slack.click(BEN, card, "Approve")
                await stage.card_says("Deleted 1 of 1")
            case "rejected":
                await stage.reject(BEN, card)
                await stage.card_says("Rejected by")
            case "withdrawn":
                await stage.press(ANA, card, "Withdraw")
                await stage.card_says("Withdrawn by")
            case "expired":
                stage.clock.shift += 10 * HOUR + 1
                await stage.card_says("Expired with")
        stage.clock.shift += 2 * HOUR
        stage.slack.add_channel("CML", name="ml", members=[ANA, BEN])
        stage.replicate.add_model("acme/other")
        await stage.request("acme/other", command="/delete-model", channel="CML")
        await stage.recorded("SELECT id FROM requests WHERE card_ts IS NOT NULL AND card_channel = 'CML'")
    assert reminders(stage) == []
    assert stage.rows(posted(DeliveryKind.REMINDER)) == []


async def test_the_reminder_mentions_only_approvers_who_are_missing(stage: Stage) -> None:
    """With one of two approvals given, the reminder mentions the approver who is missing and not the one who is not."""
    async with stage.bot(remind_after="1h", request_ttl="10h", approvals_required=2, approvers=f"{BEN},{CHLOE}"):
        card = await requested(stage)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        stage.clock.shift += HOUR + 1
        reminder = await reminded(stage)
    assert f"Needs 1 more approval from <@{CHLOE}>." in reminder.text
    assert f"from <@{BEN}>" not in reminder.text


@pytest.mark.parametrize("end", ["Approve", "Withdraw"])
async def test_a_reminder_is_removed_once_nobody_has_to_decide(anywhere: Stage, end: str) -> None:
    """A reminder is deleted once the request was decided or withdrawn, as it says that the request still waits."""
    async with anywhere.bot(remind_after="1h", request_ttl="10h"):
        card = await requested(anywhere)
        anywhere.clock.shift += HOUR + 1
        await reminded(anywhere)
        await anywhere.press(BEN if end == "Approve" else ANA, card, end)
        async with anywhere.cards_wait_for_nothing():
            await anywhere.slack.until(lambda: not reminders(anywhere))
            await anywhere.recorded(posted(DeliveryKind.REMINDER_REMOVAL))


async def test_a_reminder_that_somebody_deleted_is_not_missed(stage: Stage) -> None:
    """Where the reminder is gone already, nothing is posted in its place, and the card is not posted anew."""
    async with stage.bot(remind_after="1h", request_ttl="10h"):
        card = await requested(stage)
        stage.clock.shift += HOUR + 1
        reminder = await reminded(stage)
        stage.slack.delete(DAN, reminder)
        await stage.press(ANA, card, "Withdraw")
        await stage.recorded(posted(DeliveryKind.REMINDER_REMOVAL))
    assert len(stage.cards()) == 1
