"""Slack's user object, typed."""

from __future__ import annotations

from typing import Any

import pytest

from bot.requests.policy import Standing
from bot.slack.user_objects import person_of

HERE, ELSEWHERE, ORGANIZATION = "T0HERE", "T0ELSEWHERE", "E0ORG"
FULL: dict[str, Any] = {
    "id": "U1",
    "team_id": HERE,
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
}


def in_teams(*teams: str) -> dict[str, Any]:
    return {"enterprise_user": {"id": "U1", "enterprise_id": ORGANIZATION, "teams": list(teams)}}


STANDINGS: dict[str, tuple[dict[str, Any], Standing]] = {
    "a full member": ({}, Standing.MEMBER),
    "of several workspaces": (in_teams(ELSEWHERE, HERE), Standing.MEMBER),
    "whose home is elsewhere": ({"team_id": ELSEWHERE} | in_teams(ELSEWHERE, HERE), Standing.MEMBER),
    "whose home is the organization": ({"team_id": ORGANIZATION} | in_teams(HERE), Standing.MEMBER),
    "whose home is not given": ({"team_id": None} | in_teams(HERE), Standing.MEMBER),
    "whose workspaces are not given": ({"enterprise_user": {"id": "U1"}}, Standing.MEMBER),
    "whose home is this, but who left it": (in_teams(ELSEWHERE), Standing.OUTSIDER),
    "of another workspace": ({"team_id": ELSEWHERE}, Standing.OUTSIDER),
    "of no workspace at all": ({"team_id": None}, Standing.OUTSIDER),
    "whose workspaces are no list": ({"team_id": None, "enterprise_user": {"teams": HERE}}, Standing.OUTSIDER),
    "a stranger": ({"is_stranger": True} | in_teams(HERE), Standing.OUTSIDER),
    "invited": ({"is_invited_user": True}, Standing.INVITED),
    "invited, and said to be deleted": ({"is_invited_user": True, "deleted": True}, Standing.INVITED),
    "deactivated": ({"deleted": True}, Standing.DEACTIVATED),
    "not said to be active": ({"deleted": None}, Standing.DEACTIVATED),
    "a bot": ({"is_bot": True}, Standing.BOT),
    "not said to be no bot": ({"is_bot": None}, Standing.BOT),
    "a workflow": ({"is_workflow_bot": True}, Standing.BOT),
    "a connector": ({"is_connector_bot": True}, Standing.BOT),
    "Slackbot": ({"id": "USLACKBOT"}, Standing.BOT),
    "a guest": ({"is_restricted": True}, Standing.GUEST),
    "a guest of one channel": ({"is_ultra_restricted": True}, Standing.GUEST),
    "not said to be no guest": ({"is_restricted": None}, Standing.GUEST),
}


@pytest.mark.parametrize("who", STANDINGS)
def test_a_full_member_must_be_one_by_every_field(who: str) -> None:
    """Somebody is a full member only where everything that Slack says about them says so."""
    changes, standing = STANDINGS[who]
    assert person_of(FULL | changes, "U1", HERE).standing is standing


def test_the_workspace_of_every_member_is_this_one() -> None:
    """Wherever the home of somebody is, the workspace by which they decide is this one; of others, what Slack says."""
    assert person_of(FULL | {"team_id": ORGANIZATION} | in_teams(HERE), "U1", HERE).team_id == HERE
    assert person_of(FULL | {"team_id": ELSEWHERE}, "U1", HERE).team_id == ELSEWHERE
    assert person_of(FULL | {"team_id": None}, "U1", HERE).team_id == ""
