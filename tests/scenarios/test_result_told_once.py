"""A result is told in the card's thread and in the channel of the command, and trouble in one repeats nothing."""

from __future__ import annotations

import pytest

from bot.requests.deliveries import DeliveryKind
from tests.sandbox.slack.messages import Message
from tests.scenarios.outbox_rows import CARD_IS_FREE, was_posted
from tests.scenarios.stage import ANA, BEN, OPS, Stage

APPROVALS = "CAPPROVALS"
TOLD = f"{CARD_IS_FREE} AND {was_posted(DeliveryKind.RESULT)} AND {was_posted(DeliveryKind.RESULT_AT_ORIGIN)}"


def results(stage: Stage, channel: str) -> list[Message]:
    """Return what tells the requester the result in a channel."""
    said = [m for m in stage.slack.sees(ANA, channel) if "Deleted 1 of 1" in m.text]
    return [m for m in said if m.is_reply or channel == OPS]


@pytest.mark.parametrize("trouble", ["status", "limited"])
@pytest.mark.parametrize("channel", [OPS, APPROVALS])
async def test_both_channels_get_the_result_once_despite_failures(stage: Stage, channel: str, trouble: str) -> None:
    """Where Slack does not take the result in one channel twice, both channels have it once in the end."""
    stage.slack.add_channel(APPROVALS, name="approvals", members=[ANA, BEN])
    stage.replicate.add_model("acme/empty")
    failing = iter([trouble] * 2)
    error, status = ("ratelimited", None) if trouble == "limited" else (None, 503)

    async def unwell(method: str, arguments: dict[str, object]) -> None:
        told = method == "chat.postMessage" and "Deleted 1 of 1" in str(arguments.get("text"))
        if told and arguments["channel"] == channel and next(failing, None):
            stage.slack.fail(method, error=error, status=status)

    async with stage.bot(approval_channel=APPROVALS):
        preview = await stage.ask("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards(APPROVALS)[0])
        stage.slack.before_call = unwell
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded(TOLD)
    assert next(failing, None) is None
    assert len(results(stage, OPS)) == 1
    assert len(results(stage, APPROVALS)) == 1
