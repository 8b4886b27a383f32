"""The stand-in's people and channels of an organization on Enterprise Grid."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, connected
from tests.sandbox.checks.small_blocks import actions, button
from tests.sandbox.slack.actions import Impossible
from tests.sandbox.slack.people import ENTERPRISE_ID, ENTERPRISE_NAME, SISTER_TEAM_ID, TEAM_ID, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

ORGANIZATION = {"enterprise_id": ENTERPRISE_ID, "enterprise_name": ENTERPRISE_NAME}


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack() as slack:
        slack.add_person("W1", name="Wanda", enterprise_teams=[SISTER_TEAM_ID, TEAM_ID], home_team=SISTER_TEAM_ID)
        slack.add_person("W2", name="Sister", enterprise_teams=[SISTER_TEAM_ID], home_team=SISTER_TEAM_ID)
        slack.add_channel("C1", name="ml-ops", members=["W1", "W2"])
        yield slack


@pytest.mark.parametrize(
    ("known", "team"), [("", SISTER_TEAM_ID), (ENTERPRISE_ID, ENTERPRISE_ID), (None, None)], ids=str
)
async def test_users_info_lists_all_workspaces_of_a_person(
    slack: StandInSlack, api: AsyncWebClient, known: str | None, team: str | None
) -> None:
    """All workspaces are listed; the team beside them is the home, the organization, or missing."""
    slack.workspace.people["W1"].known_team = known
    user = (await api.users_info(user="W1"))["user"]
    assert user.get("team_id") == team
    assert user["enterprise_user"]["teams"] == [SISTER_TEAM_ID, TEAM_ID]
    assert user["enterprise_user"]["enterprise_id"] == ENTERPRISE_ID


async def test_commands_name_the_workspace_and_clicks_the_home(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A command names the workspace in which it was typed, a click the home of the person."""
    bodies: list[dict[str, Any]] = []
    app = bolt(slack)

    async def keep(ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        bodies.append(body)

    app.command("/delete-version")(keep)
    app.action("press")(keep)
    async with connected(slack, app):
        await slack.type_command("W1", "C1", "/delete-version")
        await api.chat_postMessage(channel="C1", text="a card", blocks=[actions(button("Press", action_id="press"))])
        await slack.click("W1", slack.sees("W1", "C1")[-1], "Press")
        await slack.until(lambda: len(bodies) == 2)
    typed, clicked = bodies
    assert typed["team_id"] == TEAM_ID
    assert typed.items() >= ORGANIZATION.items()
    assert clicked["user"]["team_id"] == SISTER_TEAM_ID
    assert clicked["team"] == {"id": TEAM_ID, "domain": "sandbox", **ORGANIZATION}
    assert clicked["enterprise"] == {"id": ENTERPRISE_ID, "name": ENTERPRISE_NAME}


async def test_another_workspace_has_no_commands(slack: StandInSlack) -> None:
    """Somebody of another workspace cannot run the commands of an app that is not installed there."""
    with pytest.raises(Impossible, match="another workspace"):
        await slack.type_command("W2", "C1", "/delete-version")


async def test_an_organization_token_belongs_to_no_workspace(slack: StandInSlack, api: AsyncWebClient) -> None:
    """The token of an app that is installed for an organization belongs to no workspace."""
    slack.workspace.is_enterprise_install = True
    answer = await api.auth_test()
    assert (answer["team_id"], answer["is_enterprise_install"]) == (ENTERPRISE_ID, True)


async def test_a_channel_tells_whether_others_are_in_it(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A channel tells whether other workspaces are in it, and whether another company is or was invited."""
    channel = slack.workspace.channels["C1"]
    channel.shared_in_organization = channel.invited_other_company = True
    told = (await api.conversations_info(channel="C1"))["channel"]
    assert (told["is_shared"], told["is_org_shared"], told["is_ext_shared"]) == (True, True, False)
    assert (told["is_pending_ext_shared"], told["pending_shared"]) == (True, ["T0PARTNER"])


@pytest.mark.parametrize(
    ("kind", "flag"),
    [
        (PersonKind.INVITED, "is_invited_user"),
        (PersonKind.CONNECTOR_BOT, "is_connector_bot"),
        (PersonKind.WORKFLOW_BOT, "is_workflow_bot"),
    ],
    ids=str,
)
async def test_invited_people_and_other_bots_have_their_own_flags(
    slack: StandInSlack, api: AsyncWebClient, kind: PersonKind, flag: str
) -> None:
    """Invited people and other kinds of bots have a flag of their own, and cannot do anything."""
    slack.workspace.people["W1"].kind = kind
    user = (await api.users_info(user="W1"))["user"]
    assert (user[flag], user["is_bot"], user["is_restricted"]) == (True, False, False)
    with pytest.raises(Impossible):
        slack.say("W1", "C1", "hello")
