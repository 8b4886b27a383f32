"""A Slack that cannot tell about anybody at the moment takes nothing away, and is asked again."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, Stage

METHODS = ["users.info", "usergroups.users.list"]
NOT_ABOUT_ANYBODY: dict[str, dict[str, Any]] = {
    "migration": {"error": "org_login_required"},
    "workspace not granted": {"error": "team_access_not_granted"},
    "the token": {"error": "account_inactive"},
    "the caller": {"error": "user_is_restricted"},
    "service": {"error": "service_unavailable"},
    "limited": {"error": "ratelimited", "times": 2},
    "unheard of": {"error": "something_new"},
    "500": {"status": 500},
}


def troubled(stage: Stage, method: str, trouble: str, user: str = BEN) -> None:
    """Let the next question fail that is about this person, or about any group."""

    async def fails(called: str, arguments: dict[str, Any]) -> None:
        if called == method and arguments.get("user", user) == user:
            stage.slack.fail(method, **NOT_ABOUT_ANYBODY[trouble])
            stage.slack.before_call = None

    stage.slack.before_call = fails


@pytest.mark.parametrize("trouble", NOT_ABOUT_ANYBODY)
async def test_an_earlier_approval_counts_once_it_can_be_verified(stage: Stage, trouble: str) -> None:
    """Where an earlier approver cannot be verified, the click says so, and both approvals count once they can be."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        troubled(stage, "users.info", trouble)
        told = await stage.told(CHLOE, lambda: stage.slack.click(CHLOE, card, "Approve"))
        assert "try again" in told
        assert stage.rows("SELECT user_id FROM decisions") == [(BEN,)]
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


@pytest.mark.parametrize("trouble", NOT_ABOUT_ANYBODY)
@pytest.mark.parametrize("method", METHODS)
async def test_an_unverifiable_person_is_asked_to_try_again(stage: Stage, method: str, trouble: str) -> None:
    """Somebody whom Slack does not tell about at the moment is asked to try again, and not told that they may not."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        troubled(stage, method, trouble)
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
        assert "try again" in told
        assert stage.rows("SELECT id FROM audit WHERE event = 'click refused'") == []
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


@pytest.mark.parametrize("trouble", NOT_ABOUT_ANYBODY)
@pytest.mark.parametrize("method", METHODS)
async def test_an_approved_request_waits_for_approvers_to_be_verified(stage: Stage, method: str, trouble: str) -> None:
    """An approved request waits while its approvers cannot be verified, and then is carried out."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, BEN, card)
    troubled(stage, method, trouble)
    async with stage.bot():
        await stage.recorded("SELECT id FROM requests WHERE not_before IS NOT NULL")
        assert stage.rows("SELECT state, reason FROM targets") == [("planned", "")]
        stage.clock.shift += 60
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


UNREADABLE: dict[str, dict[str, Any]] = {
    "not granted": {"error": "team_access_not_granted", "times": 1000},
    "plan": {"error": "plan_upgrade_required", "times": 1000},
    "down": {"status": 503, "times": 1000},
}


@pytest.mark.parametrize("why", UNREADABLE)
async def test_an_approver_named_by_id_needs_no_readable_group(stage: Stage, why: str) -> None:
    """Who is named by their own id asks, is shown the buttons, approves and is carried out, whatever a group says."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("usergroups.users.list", **UNREADABLE[why])
    async with stage.bot(approvers=f"{LEADS},{DAN}"):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.open_home(DAN)
        await stage.slack.until(lambda: (home := stage.slack.home(DAN)) and {"Approve", "Reject"} <= set(home.buttons))
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
        assert stage.rows("SELECT user_id FROM decisions") == []
        await stage.slack.click(DAN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert "try again" in told


async def test_a_member_of_a_readable_group_can_approve(stage: Stage) -> None:
    """Somebody in a group that can be read approves though another one cannot."""
    stage.replicate.add_model("acme/empty")
    stage.slack.add_group("SOTHER", handle="others", members=[ANA])

    async def fails(method: str, arguments: dict[str, Any]) -> None:
        if method == "usergroups.users.list" and arguments["usergroup"] == "SOTHER":
            stage.slack.fail(method, error="team_access_not_granted")

    async with stage.bot(approvers=f"SOTHER,{LEADS}"):
        stage.slack.before_call = fails
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_nothing_is_requested_while_a_needed_group_is_unreadable(stage: Stage) -> None:
    """Where the group makes the difference whether enough people may approve, nothing is requested on a guess."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("usergroups.users.list", error="team_access_not_granted")
    async with stage.bot(approvers=f"{LEADS},{DAN}", approvals_required=2):
        answer = await stage.ask("acme/empty", command="/delete-model")
    assert "Slack does not tell the bot who is in the group" in answer.text
    assert "try again" in answer.text
    assert stage.rows("SELECT id FROM requests") == []
