"""The policy of the request's day and today's both hold: the stricter wins."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import PersonKind
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, Stage


async def requested(stage: Stage, **settings: object) -> Message:
    stage.replicate.add_model("acme/empty")
    async with stage.bot(**settings):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
        return card


@pytest.mark.parametrize("user", [BEN, DAN])
async def test_a_decider_must_be_an_approver_then_and_now(stage: Stage, user: str) -> None:
    """Neither a former approver nor one named since can decide about an older request."""
    card = await requested(stage)
    async with stage.bot(approvers=f"{DAN},{CHLOE}"):
        told = await stage.told(user, lambda: stage.slack.click(user, card, "Approve"))
        assert "can approve or reject this" in told
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


@pytest.mark.parametrize(("then", "now"), [(1, 2), (2, 1), (0, 2)])
async def test_the_higher_approval_number_then_or_now_is_needed(stage: Stage, then: int, now: int) -> None:
    """Where the number of approvals was changed since, the higher one is needed."""
    card = await requested(stage, approvals_required=then)
    async with stage.bot(approvals_required=now):
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


@pytest.mark.parametrize(("then", "now"), [(True, False), (False, True)])
async def test_self_approval_must_be_allowed_then_and_now(stage: Stage, then: bool, now: bool) -> None:  # noqa: FBT001 - parametrised
    """A requester can approve only where that was allowed then and is now."""
    card = await requested(stage, approvers=f"{ANA},{BEN}", allow_self_approval=then)
    async with stage.bot(approvers=f"{ANA},{BEN}", allow_self_approval=now):
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, card, "Approve"))
    assert "someone else has to approve it" in told


async def test_a_preview_that_asked_for_approval_still_needs_it(stage: Stage) -> None:
    """A preview that asked for an approval needs it, though none is required any more."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model", user=BEN)
    async with stage.bot(approvals_required=0):
        await stage.slack.click(BEN, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    assert card.buttons == ["Approve", "Reject"]
    assert not stage.deletions()


async def test_approvers_are_verified_again_at_the_quorum(stage: Stage) -> None:
    """An approval by somebody who was deactivated or left the group since does not count towards the quorum."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2, approvers=f"{LEADS},{DAN}"):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        stage.slack.workspace.people[BEN].kind = PersonKind.DELETED
        stage.clock.shift += 61
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.recorded("SELECT 1 FROM audit WHERE event = 'approved' AND user_id = 'UCHLOE'")
        await stage.slack.click(DAN, card, "Approve")
        done = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert f"Approved by <@{CHLOE}> and <@{DAN}>" in done.text
