"""Slack's user object -> who somebody is in this workspace. Pure.

See https://docs.slack.dev/reference/objects/user-object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.requests.policy import Person, Standing

_SLACKBOT = "USLACKBOT"
"""Slack's own, of which Slack says that it is no bot (https://github.com/slackapi/bolt-js/issues/794)."""

_BOT_FLAGS = ("is_workflow_bot", "is_connector_bot")
"""Flags of bots beside `is_bot`, which is not always set for them; they are missing for people."""


def person_of(user: Mapping[str, Any], user_id: str, home: str) -> Person:
    """Return who `user_id` is in the workspace `home`; a flag that is missing counts against the person.

    The workspace of a full member, or of somebody else who is in it, is `home`, whatever else they belong to.
    """
    here = _is_here(user, home)
    return Person(user_id, home if here else str(user.get("team_id") or ""), _standing(user, is_here=here))


def _is_here(user: Mapping[str, Any], home: str) -> bool:
    """Whether somebody belongs to this workspace.

    On Enterprise Grid `enterprise_user.teams` lists all of a person's workspaces. The `team_id` beside it is one
    of them, the organization's id, or missing.
    """
    grid = user.get("enterprise_user")
    teams = grid.get("teams") if isinstance(grid, Mapping) else None
    return home in teams if isinstance(teams, list) and teams else user.get("team_id") == home


def _standing(user: Mapping[str, Any], *, is_here: bool) -> Standing:
    if not is_here or user.get("is_stranger"):
        return Standing.OUTSIDER
    if user.get("is_invited_user"):
        return Standing.INVITED
    if user.get("deleted") is not False:
        return Standing.DEACTIVATED
    if user.get("is_bot") is not False or any(user.get(flag) for flag in _BOT_FLAGS) or user.get("id") == _SLACKBOT:
        return Standing.BOT
    if user.get("is_restricted") is not False or user.get("is_ultra_restricted") is not False:
        return Standing.GUEST
    return Standing.MEMBER
