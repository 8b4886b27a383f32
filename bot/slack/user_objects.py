"""Slack's user object -> a person and their standing in this workspace. Pure.

See https://docs.slack.dev/reference/objects/user-object.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.requests.policy import Person, Standing

_SLACKBOT = "USLACKBOT"
"""Slackbot; `is_bot` is false for it (https://github.com/slackapi/bolt-js/issues/794)."""

_BOT_FLAGS = ("is_workflow_bot", "is_connector_bot")
"""Flags of bots for which `is_bot` is not always set; people do not have them."""


def person_of(user: Mapping[str, Any], user_id: str, home: str) -> Person:
    """Return who `user_id` is in the workspace `home`; a missing flag counts against the person.

    For everyone who belongs to `home`, the person's workspace is `home`, whatever other workspaces they are in.
    """
    here = _is_here(user, home)
    team_id = home if here else str(user.get("team_id") or "")
    zone, offset = user.get("tz"), user.get("tz_offset")
    return Person(
        user_id,
        team_id,
        _standing(user, is_here=here),
        zone if isinstance(zone, str) else "",
        offset if isinstance(offset, int) else 0,
    )


def _is_here(user: Mapping[str, Any], home: str) -> bool:
    """Whether the user belongs to this workspace.

    On Enterprise Grid `enterprise_user.teams` lists all workspaces of a user; their `team_id` is one of those, the
    organization's id, or missing.
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
