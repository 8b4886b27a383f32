"""Whose click on a card counts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import PersonKind
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, EVE, GUS, LEADS, OPS, Stage


async def requested(stage: Stage) -> Message:
    stage.replicate.add_model("acme/empty")
    return await stage.request("acme/empty", command="/delete-model")


@pytest.mark.parametrize("button", ["Approve", "Reject"])
@pytest.mark.parametrize(
    ("user", "words"),
    [
        (DAN, "can approve or reject this"),
        (GUS, "Guests can't request or approve deletions"),
        (EVE, "People from other workspaces can't request or approve deletions"),
    ],
)
async def test_a_click_without_permission_is_refused_and_audited(
    stage: Stage, user: str, words: str, button: str
) -> None:
    """Whoever may not decide is told so alone, nothing changes, and the click is in the audit trail."""
    async with stage.bot():
        card = await requested(stage)
        stage.slack.workspace.channels[OPS].shared_with_other_company = True
        stage.slack.workspace.channels[OPS].members.add(EVE)
        told = await stage.told(user, lambda: stage.slack.click(user, card, button))
    assert words in told
    assert "Nothing changed" in told
    assert stage.cards() == [card]
    assert stage.rows("SELECT user_id FROM decisions") == []
    assert stage.rows("SELECT user_id FROM audit WHERE event = 'click refused'") == [(user,)]


@pytest.mark.parametrize("kind", [PersonKind.SINGLE_CHANNEL_GUEST, PersonKind.HIDDEN], ids=lambda kind: kind.value)
async def test_a_named_approver_must_be_a_full_member(stage: Stage, kind: PersonKind) -> None:
    """Being named in APPROVERS does not help somebody who is no full member."""
    stage.slack.workspace.people[DAN].kind = kind
    async with stage.bot(approvers=f"{BEN},{DAN}"):
        card = await requested(stage)
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Approve"))
    assert "Nothing changed" in told
    assert stage.rows("SELECT user_id FROM decisions") == []


async def test_nobody_approves_their_own_request(stage: Stage) -> None:
    """A requester who is an approver is told that somebody else has to approve."""
    async with stage.bot(approvers=f"{ANA},{BEN}"):
        card = await requested(stage)
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, card, "Approve"))
    assert "someone else has to approve it" in told
    assert not stage.deletions()


async def test_a_requester_can_approve_with_allow_self_approval(stage: Stage) -> None:
    """With ALLOW_SELF_APPROVAL a requester who is an approver can approve."""
    async with stage.bot(approvers=f"{ANA},{BEN}", allow_self_approval=True):
        card = await requested(stage)
        await stage.slack.click(ANA, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_self_approval_is_for_approvers(stage: Stage) -> None:
    """ALLOW_SELF_APPROVAL makes nobody an approver."""
    async with stage.bot(allow_self_approval=True):
        card = await requested(stage)
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, card, "Approve"))
    assert "can approve or reject this" in told


@pytest.mark.parametrize(
    ("approvers", "user", "named"),
    [
        (DAN, DAN, "<@UDAN>"),
        (f"{LEADS},{DAN}", CHLOE, "<!subteam^SLEADS> or <@UDAN>"),
        (f"{LEADS},{DAN}", DAN, "<!subteam^SLEADS> or <@UDAN>"),
        ("*", DAN, "any full member"),
    ],
)
async def test_everybody_named_may_approve(stage: Stage, approvers: str, user: str, named: str) -> None:
    """Users, groups and `*` are named on the card, and their approval counts."""
    async with stage.bot(approvers=approvers):
        card = await requested(stage)
        assert named in card.text
        await stage.slack.click(user, card, "Approve")
        await stage.card_says(f"Approved by <@{user}>")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_everyone_does_not_mean_guests(stage: Stage) -> None:
    """`*` means full members: a guest's approval does not count."""
    async with stage.bot(approvers="*"):
        card = await requested(stage)
        told = await stage.told(GUS, lambda: stage.slack.click(GUS, card, "Approve"))
    assert "Guests can't request or approve deletions" in told


REMEMBERED_FOR = 61
"""Seconds after which the bot asks Slack again who is in a group."""

TROUBLES: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "dropped": {"drop": True, "times": 2},  # the HTTP library repeats a GET once by itself
    "limited": {"error": "ratelimited", "times": 2},
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_an_approval_that_cannot_be_verified_does_not_count(stage: Stage, trouble: str) -> None:
    """An approval that cannot be verified does not count; tried again, it does."""
    async with stage.bot():
        card = await requested(stage)
        stage.clock.shift += REMEMBERED_FOR
        stage.slack.fail("usergroups.users.list", **TROUBLES[trouble])
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
        assert "try again" in told
        assert stage.rows("SELECT user_id FROM decisions") == []
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_a_group_that_is_gone_has_no_members(stage: Stage) -> None:
    """Nobody can approve through a user group that does not exist any more."""
    async with stage.bot():
        card = await requested(stage)
        del stage.slack.workspace.groups[LEADS]
        stage.clock.shift += REMEMBERED_FOR
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
    assert "can approve or reject this" in told


async def test_one_rejection_by_an_approver_ends_the_request(stage: Stage) -> None:
    """One Reject by an approver ends the request, says who, and tells the requester."""
    async with stage.bot():
        card = await requested(stage)
        await stage.reject(CHLOE, card, "still in use")
        rejected = await stage.card_says(f"Rejected by <@{CHLOE}>")
        [reply] = await stage.replies()
    assert "*Why:* “still in use”" in rejected.text
    assert "Nothing was deleted" in rejected.text
    assert rejected.buttons == []
    assert f"<@{ANA}>" in reply.text
    assert not stage.deletions()
