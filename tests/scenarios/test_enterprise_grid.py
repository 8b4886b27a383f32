"""On Enterprise Grid somebody clicks with a home that need not be this workspace: Slack's answer about them decides."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.payloads import organization_wide
from tests.sandbox.slack.people import ENTERPRISE_ID, OTHER_TEAM_ID, SISTER_TEAM_ID, TEAM_ID, PersonKind
from tests.scenarios.home_steps import opened
from tests.scenarios.stage import BEN, OPS, Stage

WANDA, SISTER = "WWANDA", "WSISTER"
BOTH = (TEAM_ID, SISTER_TEAM_ID)
HOMES = pytest.mark.parametrize("home", [SISTER_TEAM_ID, ENTERPRISE_ID, TEAM_ID])
ANSWERS = pytest.mark.parametrize("known", ["", None, ENTERPRISE_ID, SISTER_TEAM_ID], ids=str)
"""The `team_id` of `users.info`: the person's home, none, the organization, another workspace."""

OUTSIDE = "People from other workspaces can't request or approve deletions"


def join(stage: Stage, user: str, home: str, known: str | None = "", teams: tuple[str, ...] = BOTH) -> None:
    """Let somebody of an organization into the channel."""
    stage.slack.add_person(user, name=user.title(), enterprise_teams=teams, home_team=home, known_team=known)
    stage.slack.workspace.channels[OPS].members.add(user)
    stage.slack.workspace.channels[OPS].shared_in_organization = True


async def requested(stage: Stage, user: str = BEN) -> Message:
    stage.replicate.add_model("acme/empty")
    preview = await stage.ask("acme/empty", command="/delete-model", user=user)
    await stage.slack.click(user, preview, "Request approval")
    async with stage.cards_wait_for_nothing():
        return await stage.slack.until(lambda: stage.cards()[0])


@HOMES
@ANSWERS
async def test_a_member_of_several_workspaces_approves(stage: Stage, home: str, known: str | None) -> None:
    """Whatever home a click names, a full member of this workspace is one; the trail says both."""
    join(stage, WANDA, home, known)
    async with stage.bot(approvers=WANDA):
        card = await requested(stage)
        await stage.slack.click(WANDA, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.rows("SELECT user_id, team_id FROM decisions") == [(WANDA, TEAM_ID)]
    assert stage.rows("SELECT user_id, team_id FROM audit WHERE event = 'approved'") == [(WANDA, home)]


@HOMES
async def test_a_member_of_several_workspaces_asks_and_withdraws(stage: Stage, home: str) -> None:
    """Their command names this workspace, their clicks another, and both are theirs."""
    join(stage, WANDA, home)
    async with stage.bot():
        card = await requested(stage, WANDA)
        await stage.press(WANDA, card, "Withdraw")
        await stage.card_says("Withdrawn by")
    assert stage.rows("SELECT requester, team_id FROM requests") == [(WANDA, TEAM_ID)]
    trail = stage.rows("SELECT event, user_id, team_id FROM audit ORDER BY id")
    assert trail == [("asked", WANDA, home), ("withdrawn", WANDA, home)]


@HOMES
async def test_a_member_of_several_workspaces_rejects(stage: Stage, home: str) -> None:
    """A window that they submit counts, whatever home it names."""
    join(stage, WANDA, home)
    async with stage.bot(approvers=WANDA):
        card = await requested(stage)
        await stage.reject(WANDA, card, "still in use")
        await stage.card_says(f"Rejected by <@{WANDA}>")
        await stage.replies()


@HOMES
async def test_home_buttons_work_for_members_of_several_workspaces(stage: Stage, home: str) -> None:
    """A member of several workspaces finds the buttons in the Home tab, and they work there."""
    join(stage, WANDA, home, None)
    async with stage.bot(approvers=WANDA):
        await requested(stage)
        waiting = await opened(stage, WANDA, "acme/empty")
        assert {"Approve", "Reject"} <= set(waiting.buttons)
        await stage.slack.click_in_home(WANDA, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


@pytest.mark.parametrize(("home", "known"), [(SISTER_TEAM_ID, ""), (ENTERPRISE_ID, None), (TEAM_ID, "")])
@pytest.mark.parametrize("button", ["Approve", "Reject"])
async def test_a_member_of_only_another_workspace_is_refused(
    stage: Stage, home: str, known: str | None, button: str
) -> None:
    """Somebody of the same organization who is not in this workspace is refused, even where their home names it."""
    join(stage, SISTER, home, known, teams=(SISTER_TEAM_ID,))
    async with stage.bot(approvers=f"{SISTER},{BEN},UCHLOE"):
        card = await requested(stage)
        told = await stage.told(SISTER, lambda: stage.slack.click(SISTER, card, button))
        page = await opened(stage, SISTER, "Only full members of this workspace can use it")
    assert OUTSIDE in told
    assert page.buttons == []
    assert stage.rows("SELECT user_id FROM decisions") == []
    refused = stage.rows("SELECT user_id, team_id FROM audit WHERE event = 'click refused'")
    assert refused == [(SISTER, home)]


async def test_a_person_of_another_enterprise_organization_is_refused(stage: Stage) -> None:
    """Somebody whose own company is on Enterprise Grid is as much a stranger as anybody else of it."""
    stage.slack.add_person(
        "WEVA", name="Eva", kind=PersonKind.EXTERNAL, enterprise_teams=(OTHER_TEAM_ID,), home_team=OTHER_TEAM_ID
    )
    async with stage.bot(approvers="*"):
        card = await requested(stage)
        stage.slack.workspace.channels[OPS].members.add("WEVA")
        told = await stage.told("WEVA", lambda: stage.slack.click("WEVA", card, "Approve"))
    assert OUTSIDE in told
    assert stage.rows("SELECT user_id FROM decisions") == []


@pytest.mark.parametrize("kind", [PersonKind.GUEST, PersonKind.SINGLE_CHANNEL_GUEST], ids=lambda kind: kind.value)
async def test_guest_here_is_a_guest_though_a_member_elsewhere(stage: Stage, kind: PersonKind) -> None:
    """A full member elsewhere in the organization who is a guest here is a guest."""
    join(stage, WANDA, SISTER_TEAM_ID)
    stage.slack.workspace.people[WANDA].kind = kind
    async with stage.bot(approvers=f"{WANDA},UCHLOE"):
        card = await requested(stage)
        told = await stage.told(WANDA, lambda: stage.slack.click(WANDA, card, "Approve"))
    assert "Guests can't request or approve deletions" in told


async def test_a_click_without_a_workspace_counts_by_the_person(stage: Stage) -> None:
    """A click whose payload names no workspace at all counts by what Slack says about the person."""
    join(stage, WANDA, ENTERPRISE_ID)
    async with stage.bot(approvers=WANDA):
        card = await requested(stage)
        stage.slack.delivery.rewrite = organization_wide
        await stage.slack.click(WANDA, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
