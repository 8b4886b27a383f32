"""Who may ask for a deletion, and what happens while Slack cannot say who somebody is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.slack.people import PersonKind
from tests.scenarios.stage import ANA, DAN, Stage

KINDS = {
    PersonKind.GUEST: "Guests can't request or approve deletions",
    PersonKind.SINGLE_CHANNEL_GUEST: "Guests can't request or approve deletions",
    PersonKind.BOT: "Bots can't request or approve deletions",
    PersonKind.DELETED: "Deactivated accounts can't request or approve deletions",
    PersonKind.HIDDEN: "Slack does not tell the bot who you are",
}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
async def test_only_full_members_ask(stage: Stage, kind: PersonKind) -> None:
    """Whoever is no full member is refused with the reason, and nothing is stored."""
    stage.replicate.add_model("acme/empty")

    async def become(method: str, _arguments: dict[str, Any]) -> None:
        if method == "users.info":
            stage.slack.workspace.people[DAN].kind = kind

    async with stage.bot():
        stage.slack.before_call = become
        answer = await stage.ask("acme/empty", command="/delete-model", user=DAN)
    assert KINDS[kind] in answer.text
    assert "Nothing changed" in answer.text
    assert answer.buttons == []
    assert stage.rows("SELECT id FROM requests") == []


async def test_a_user_unknown_to_slack_requests_nothing(stage: Stage) -> None:
    """Where Slack says that there is no such user, nothing is requested."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("users.info", error="user_not_found")
    async with stage.bot():
        answer = await stage.ask("acme/empty", command="/delete-model")
    assert "Slack does not tell the bot who you are" in answer.text
    assert stage.rows("SELECT id FROM requests") == []


TROUBLES: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "dropped": {"drop": True, "times": 2},  # the HTTP library repeats a GET once by itself
    "internal": {"error": "internal_error"},
    "limited": {"error": "ratelimited", "times": 2},
}


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
async def test_nothing_is_requested_while_slack_fails_to_answer(stage: Stage, method: str, trouble: str) -> None:
    """A question that Slack fails to answer counts as no, the person is asked to try again, and then can."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail(method, **TROUBLES[trouble])
    async with stage.bot():
        answer = await stage.ask("acme/empty", command="/delete-model")
        assert "try again" in answer.text
        assert answer.buttons == []
        assert stage.rows("SELECT id FROM requests") == []
        again = await stage.ask("acme/empty", command="/delete-model")
    assert again.buttons == ["Request approval", "Cancel"]


async def test_a_short_limit_is_waited_out(stage: Stage) -> None:
    """Slack's request to wait a second is heeded once, without bothering anybody."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("users.info", error="ratelimited", retry_after=1)
    async with stage.bot():
        answer = await stage.ask("acme/empty", command="/delete-model")
    assert answer.buttons == ["Request approval", "Cancel"]


@pytest.mark.parametrize("code", ["missing_scope", "not_authed", "no_permission"])
async def test_nothing_is_requested_where_slack_hides_the_channel(stage: Stage, code: str) -> None:
    """Where Slack refuses to tell about the channel, nothing is requested and somebody can look why."""
    stage.replicate.add_model("acme/empty")
    stage.slack.fail("conversations.info", error=code)
    async with stage.bot():
        answer = await stage.ask("acme/empty", command="/delete-model", user=ANA)
    stage.slack.calls[:] = [call for call in stage.slack.calls if call.method != "conversations.info"]
    assert code in answer.text
    assert "python -m bot check" in answer.text
    assert stage.rows("SELECT id FROM requests") == []


async def test_a_member_who_became_a_guest_cannot_confirm(stage: Stage) -> None:
    """Somebody who became a guest since their preview cannot confirm it any more."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.workspace.people[ANA].kind = PersonKind.GUEST
        stage.clock.shift += 61
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"))
    assert "Guests can't request or approve deletions" in told
    assert stage.cards() == []
