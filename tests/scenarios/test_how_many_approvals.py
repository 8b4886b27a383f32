"""How many approvals a request takes."""

from __future__ import annotations

from tests.scenarios.stage import ANA, BEN, CHLOE, Stage


async def test_two_required_approvals_are_given_by_two_approvers(stage: Stage) -> None:
    """Where two approvals are required, two approvers give them, and the card counts along."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2):
        card = await stage.request("acme/empty", command="/delete-model")
        assert "Needs 2 approvals" in card.text
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        assert not stage.deletions()
        await stage.slack.click(CHLOE, card, "Approve")
        done = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert f"Approved by <@{BEN}> and <@{CHLOE}>" in done.text


async def test_second_approval_by_the_same_person_does_not_count(stage: Stage) -> None:
    """A second approval by the same person changes nothing, and they are told how many are missing."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
    assert "You already approved" in told
    assert "It needs 1 more approval" in told
    assert not stage.deletions()


async def test_an_approval_may_become_a_rejection(stage: Stage) -> None:
    """Somebody who approved can still reject until the quorum is reached."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        await stage.reject(BEN, card)
        await stage.card_says(f"Rejected by <@{BEN}>")
        await stage.replies()
    assert stage.rows("SELECT user_id, choice FROM decisions") == [(BEN, "reject")]


async def test_an_approver_deletes_alone_where_no_approval_is_required(stage: Stage) -> None:
    """With APPROVALS_REQUIRED=0 an approver's own confirmation begins the deletion, in front of everybody."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=0):
        preview = await stage.ask("acme/empty", command="/delete-model", user=BEN)
        assert preview.buttons == ["Delete", "Cancel"]
        await stage.slack.click(BEN, preview, "Delete", confirm=False)
        assert not stage.deletions()
        await stage.slack.click(BEN, preview, "Delete")
        done = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert f"Confirmed by <@{BEN}>" in done.text


async def test_a_non_approver_always_needs_one_approval(stage: Stage) -> None:
    """With APPROVALS_REQUIRED=0 somebody who is no approver still needs one approval."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=0):
        preview = await stage.ask("acme/empty", command="/delete-model")
        assert preview.buttons == ["Request approval", "Cancel"]
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        assert "Needs 1 approval" in card.text
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
