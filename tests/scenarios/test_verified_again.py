"""What was approved is looked at again when it counts: at the quorum, and just before anything is deleted."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import PersonKind
from tests.scenarios.stage import BEN, CHLOE, DAN, LEADS, Stage

A_MINUTE_LATER = 61.0
CHANGES = ["left the group", "became a guest", "was deactivated", "is hidden"]


def change(stage: Stage, what: str) -> None:
    """Something happens to Ben, and what the bot remembers of him is forgotten."""
    ben = stage.slack.workspace.people[BEN]
    match what:
        case "left the group":
            stage.slack.workspace.groups[LEADS].members.remove(BEN)
        case "became a guest":
            ben.kind = PersonKind.GUEST
        case "was deactivated":
            ben.kind = PersonKind.DELETED
        case _:
            ben.kind = PersonKind.HIDDEN
    stage.clock.shift += A_MINUTE_LATER


@pytest.mark.parametrize("what", CHANGES)
async def test_approval_of_a_removed_first_approver_does_not_count(stage: Stage, what: str) -> None:
    """Where the first of two approvers may not approve any more, the second one's approval is the first that counts."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2, approvers=f"{LEADS},{DAN}"):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        change(stage, what)
        await stage.slack.click(CHLOE, card, "Approve")
        waiting = await stage.card_says(f"Approved by <@{CHLOE}>. Needs 1 more approval")
        assert waiting.buttons == ["Approve", "Reject"]
        assert not stage.deletions()
        await stage.slack.click(DAN, card, "Approve")
        done = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert f"Approved by <@{CHLOE}> and <@{DAN}>." in done.text
    [(detail,)] = stage.rows("SELECT detail FROM audit WHERE event = 'approved' AND user_id = :user", user=CHLOE)
    assert f"no longer counted, as they may not approve any more: {BEN}" in detail


async def approved_and_not_begun(stage: Stage, **settings: object) -> Message:
    """Have a request approved by a bot that is going down and begins nothing any more."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(**settings) as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, BEN, card)
    return card


@pytest.mark.parametrize("what", CHANGES)
async def test_everything_is_skipped_when_the_only_approver_is_gone(stage: Stage, what: str) -> None:
    """Where the only approver may not approve any more when the deleting begins, everything is skipped."""
    card = await approved_and_not_begun(stage)
    change(stage, what)
    async with stage.bot():
        result = await stage.card_says("1 skipped")
        [reply] = await stage.replies()
    assert result.ts == card.ts
    assert "it needs 1 approval under the policy in force now, and 0 of those given still count" in result.text
    assert "1 skipped" in reply.text
    assert not stage.deletions()


STRICTER: dict[str, tuple[dict[str, object], str]] = {
    "more approvals": ({"approvals_required": 2}, "it needs 2 approvals under the policy in force now, and 1 of those"),
    "other approvers": ({"approvers": f"{CHLOE},{DAN}"}, "and 0 of those given still count"),
    "a protected model": ({"protected_models": "acme/*"}, "the team protects it"),
}


@pytest.mark.parametrize("policy", STRICTER)
async def test_a_stricter_policy_since_the_approval_skips_targets(stage: Stage, policy: str) -> None:
    """Where the policy became stricter after the approval, everything it does not allow is skipped, and says why."""
    settings, why = STRICTER[policy]
    await approved_and_not_begun(stage)
    async with stage.bot(**settings):
        result = await stage.card_says("1 skipped")
        [reply] = await stage.replies()
    assert why in result.text
    assert "1 skipped" in reply.text
    assert "acme/empty" in stage.replicate.models
    assert not stage.deletions()


async def test_a_milder_policy_since_the_approval_changes_nothing(stage: Stage) -> None:
    """Where the policy became milder after the approval, what was approved is deleted."""
    stage.replicate.add_model("acme/other")
    await approved_and_not_begun(stage, protected_models="acme/other")
    async with stage.bot(approvers=f"{LEADS},{DAN}", allow_self_approval=True):
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.deletions() == ["/models/acme/empty"]


@pytest.mark.parametrize("policy", STRICTER)
async def test_stricter_policy_ends_the_count_of_a_former_approver(stage: Stage, policy: str) -> None:
    """Where the policy became stricter while the request waited, one approval of a former approver deletes nothing."""
    settings, _ = STRICTER[policy]
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.recorded("SELECT card_ts FROM requests WHERE card_ts IS NOT NULL")
    async with stage.bot(**settings):
        await stage.slack.click(BEN, card, "Approve")
        match policy:
            case "more approvals":
                await stage.card_says("Needs 1 more approval")
            case "other approvers":
                await stage.private_says("can approve or reject this", BEN)
            case _:
                await stage.card_says("1 skipped")
                await stage.replies()
    assert "acme/empty" in stage.replicate.models
    assert not stage.deletions()
