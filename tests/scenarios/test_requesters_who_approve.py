"""A requester's own yes counts only while the policy lets it, and while the requester is an approver."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.people import PersonKind
from tests.scenarios.stage import ANA, BEN, CHLOE, Stage

APPROVERS = f"{ANA},{BEN},{CHLOE}"


async def test_a_self_approval_no_longer_allowed_does_not_count(anywhere: Stage) -> None:
    """An own approval given while that was allowed does not complete the quorum once it is not any more."""
    stage = anywhere
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2, approvers=APPROVERS, allow_self_approval=True):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, card, "Approve")
        await stage.card_says(f"Approved by <@{ANA}>. Needs 1 more approval")
    async with stage.bot(approvals_required=2, approvers=APPROVERS):
        await stage.slack.click(BEN, card, "Approve")
        waiting = await stage.card_says(f"Approved by <@{BEN}>. Needs 1 more approval")
        assert waiting.buttons == ["Approve", "Reject"]
        assert not stage.deletions()
        await stage.slack.click(CHLOE, card, "Approve")
        done = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert f"Approved by <@{BEN}> and <@{CHLOE}>." in done.text
    [(detail,)] = stage.rows("SELECT detail FROM audit WHERE event = 'approved' AND user_id = :user", user=BEN)
    assert f"no longer counted, as they may not approve any more: {ANA}" in detail


async def test_a_self_approval_counts_where_it_stays_allowed(stage: Stage) -> None:
    """An own approval counts towards the quorum where that was allowed then and is now."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2, approvers=APPROVERS, allow_self_approval=True):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, card, "Approve")
        await stage.card_says(f"Approved by <@{ANA}>. Needs 1 more approval")
        await stage.slack.click(BEN, card, "Approve")
        done = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert f"Approved by <@{ANA}> and <@{BEN}>." in done.text


async def confirmed_alone(stage: Stage) -> None:
    """Have Ben confirm a request of his own, where that is enough."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=0) as bot:
        preview = await stage.ask("acme/empty", command="/delete-model", user=BEN)
        await stage.only_approved(bot, BEN, preview, "Delete")


@pytest.mark.parametrize("kind", [PersonKind.HIDDEN, PersonKind.DELETED, PersonKind.GUEST], ids=lambda kind: kind.value)
async def test_targets_confirmed_alone_by_a_former_approver_are_skipped(stage: Stage, kind: PersonKind) -> None:
    """What somebody confirmed alone who may not approve any more is skipped at once, and says why."""
    await confirmed_alone(stage)
    stage.slack.workspace.people[BEN].kind = kind
    async with stage.bot(approvals_required=0):
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert "it was confirmed without an approval, by somebody who may not approve any more" in result.text
    assert stage.rows("SELECT detail FROM audit WHERE event = 'started'") == [("attempt 1",)]
    assert not stage.deletions()


async def test_targets_confirmed_alone_are_skipped_once_approval_is_required(stage: Stage) -> None:
    """What somebody confirmed alone is skipped where an approval is required by then, and says why."""
    await confirmed_alone(stage)
    async with stage.bot(approvals_required=1):
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert "without an approval, which the policy in force now does not allow" in result.text
    assert not stage.deletions()
