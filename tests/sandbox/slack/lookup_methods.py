"""The Web API methods that say who and where: `auth`, `conversations`, `users`, `usergroups`, `bots`.

Source: https://docs.slack.dev/reference/methods, the page of each method.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from tests.sandbox.slack.calls import Arguments, Refused
from tests.sandbox.slack.chat_methods import Result, flag, needed
from tests.sandbox.slack.people import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    ENTERPRISE_ID,
    ENTERPRISE_NAME,
    OTHER_TEAM_ID,
    SISTER_TEAM_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Channel,
    ChannelKind,
    Group,
    Person,
    PersonKind,
)
from tests.sandbox.slack.workspace import Workspace

READ_SCOPE = {
    ChannelKind.PUBLIC: "channels:read",
    ChannelKind.PRIVATE: "groups:read",
    ChannelKind.DM: "im:read",
    ChannelKind.GROUP_DM: "mpim:read",
}
"""`conversations.info` needs the scope of the kind of conversation it is asked about."""

_KINDS = {
    "public_channel": ChannelKind.PUBLIC,
    "private_channel": ChannelKind.PRIVATE,
    "im": ChannelKind.DM,
    "mpim": ChannelKind.GROUP_DM,
}
"""The `types` of `users.conversations`."""

_ORGANIZATION = {"enterprise_id": ENTERPRISE_ID, "is_enterprise_install": True}

SLACKBOT = Person("USLACKBOT", "Slackbot")
"""Every workspace has it, and its `is_bot` is false (https://github.com/slackapi/bolt-js/issues/794)."""


class LookupMethods:
    """Answers questions about the workspace as the bot would be told."""

    def __init__(self, workspace: Workspace, scopes: frozenset[str]) -> None:
        self._workspace = workspace
        self._scopes = scopes

    def auth_test(self, _arguments: Arguments) -> Result:
        """`auth.test`: the bot itself. An app installed for a whole organization is told that, and no workspace."""
        if self._workspace.is_enterprise_install:
            return {**self._bot(), "team": ENTERPRISE_NAME, "team_id": ENTERPRISE_ID, **_ORGANIZATION}
        return self._bot()

    def _bot(self) -> Result:
        return {
            "url": f"https://{TEAM_DOMAIN}.slack.com/",
            "team": "Sandbox",
            "user": self._workspace.people[BOT_USER_ID].username,
            "team_id": TEAM_ID,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def bots_info(self, arguments: Arguments) -> Result:
        """`bots.info`: the app's own bot is the only one here."""
        if arguments.get("bot", BOT_ID) != BOT_ID:
            raise Refused("bot_not_found")
        name = self._workspace.people[BOT_USER_ID].name
        bot = {"id": BOT_ID, "app_id": APP_ID, "user_id": BOT_USER_ID, "name": name, "deleted": False}
        return {"bot": bot}

    def conversations_info(self, arguments: Arguments) -> Result:
        """`conversations.info`. A conversation the bot cannot know of is `channel_not_found`."""
        channel = self._workspace.channels.get(needed(arguments, "channel"))
        hidden = channel and channel.kind is not ChannelKind.PUBLIC and not channel.bot_is_member
        if channel is None or hidden:
            raise Refused("channel_not_found")
        scope = READ_SCOPE[channel.kind]
        if scope not in self._scopes:
            raise Refused("missing_scope", needed=scope, provided=",".join(sorted(self._scopes)))
        return {"channel": self._channel_object(channel)}

    def conversations_open(self, arguments: Arguments) -> Result:
        """`conversations.open` with people, one or up to eight."""
        users = [user for user in str(arguments.get("users") or "").split(",") if user]
        if not users:
            raise Refused("users_list_not_supplied")
        if len(users) > 1 and "mpim:write" not in self._scopes:
            raise Refused("missing_scope", needed="mpim:write", provided=",".join(sorted(self._scopes)))
        for user in users:
            self._can_be_written_to(user)
        return {"channel": {"id": self._workspace.direct_message(users).id}}

    def users_info(self, arguments: Arguments) -> Result:
        """`users.info`."""
        person = self._workspace.people.get(needed(arguments, "user"))
        if person is None:
            raise Refused("user_not_found")
        if person.kind is PersonKind.HIDDEN:
            raise Refused("user_not_visible")
        return {"user": self._user_object(person)}

    def users_conversations(self, arguments: Arguments) -> Result:
        """`users.conversations` of a `user`: "Non-public channels are restricted to those where the calling user
        shares membership". Public ones alone where `types` says nothing, and 100 at once where `limit` does not.
        """
        user = str(arguments.get("user") or BOT_USER_ID)
        if user not in self._workspace.people:
            raise Refused("user_not_found")
        kinds = [_KINDS[name] for name in str(arguments.get("types") or "public_channel").split(",")]
        if lacking := next((READ_SCOPE[kind] for kind in kinds if READ_SCOPE[kind] not in self._scopes), None):
            raise Refused("missing_scope", needed=lacking, provided=",".join(sorted(self._scopes)))
        found = [
            channel
            for channel in self._workspace.channels.values()
            if channel.kind in kinds
            and user in channel.members
            and (channel.kind is ChannelKind.PUBLIC or channel.bot_is_member)
            and not (channel.archived and arguments.get("exclude_archived") in ("true", "1", True))
        ]
        start, size = _position(str(arguments.get("cursor") or "")), int(arguments.get("limit") or 100)
        return {
            "channels": [self._channel_object(channel) for channel in found[start : start + size]],
            "response_metadata": {"next_cursor": _cursor(start + size) if len(found) > start + size else ""},
        }

    def users_list(self, arguments: Arguments) -> Result:
        """`users.list`, paged when a `limit` is given. Slackbot is in it, as any member would be."""
        people = [SLACKBOT, *self._workspace.people.values()]
        people = [person for person in people if person.kind is not PersonKind.HIDDEN]
        start = _position(str(arguments.get("cursor") or ""))
        limit = int(arguments.get("limit") or 0) or len(people)
        following = start + limit
        return {
            "members": [self._user_object(person) for person in people[start:following]],
            "response_metadata": {"next_cursor": _cursor(following) if following < len(people) else ""},
        }

    def usergroups_list(self, arguments: Arguments) -> Result:
        """`usergroups.list`; disabled ones and members only on request."""
        shown = [group for group in self._workspace.groups.values() if _asked_for(group, arguments)]
        with_users = flag(arguments, "include_users")
        return {"usergroups": [_group_object(group, with_users=with_users) for group in shown]}

    def usergroup_users(self, arguments: Arguments) -> Result:
        """`usergroups.users.list`."""
        group = self._workspace.groups.get(needed(arguments, "usergroup"))
        if group is None or not _asked_for(group, arguments):
            raise Refused("no_such_subteam")
        return {"users": list(group.members)}

    def _can_be_written_to(self, user: str) -> None:
        person = self._workspace.people.get(user)
        if person is None:
            raise Refused("user_not_found")
        if person.kind is PersonKind.HIDDEN:
            raise Refused("user_not_visible")
        if person.kind is PersonKind.DELETED:
            raise Refused("user_disabled")
        if person.kind in {PersonKind.BOT, PersonKind.CONNECTOR_BOT, PersonKind.WORKFLOW_BOT}:
            raise Refused("cannot_dm_bot")

    def _channel_object(self, channel: Channel) -> dict[str, Any]:
        # https://docs.slack.dev/reference/objects/conversation-object
        outside, invited = channel.shared_with_other_company, channel.invited_other_company
        inside = channel.shared_in_organization
        direct = channel.kind is ChannelKind.DM
        others = sorted(channel.members - {BOT_USER_ID})
        return {
            "id": channel.id,
            **({"user": others[0]} if direct else {"name": channel.name}),
            "is_channel": channel.kind is ChannelKind.PUBLIC,
            "is_group": channel.kind is ChannelKind.PRIVATE,
            "is_im": direct,
            "is_mpim": channel.kind is ChannelKind.GROUP_DM,
            "is_private": channel.kind is not ChannelKind.PUBLIC,
            "is_archived": channel.archived,
            "is_member": channel.bot_is_member,
            "is_shared": outside or inside,
            "is_ext_shared": outside,
            "is_org_shared": inside,
            "is_pending_ext_shared": invited,
            "pending_shared": [OTHER_TEAM_ID] if invited else [],
            "pending_connected_team_ids": [OTHER_TEAM_ID] if invited else [],
            "shared_team_ids": [TEAM_ID, *([OTHER_TEAM_ID] if outside else []), *([SISTER_TEAM_ID] if inside else [])],
            **({"connected_team_ids": [OTHER_TEAM_ID]} if outside else {}),
            **({"enterprise_id": ENTERPRISE_ID} if inside else {}),
            "context_team_id": TEAM_ID,
        }

    def _user_object(self, person: Person) -> dict[str, Any]:
        # https://docs.slack.dev/reference/objects/user-object
        user: dict[str, Any] = {
            "id": person.id,
            **_team_of(person),
            "name": person.username,
            "deleted": person.kind is PersonKind.DELETED,
            "is_bot": person.kind is PersonKind.BOT,
            "is_app_user": False,
            "profile": {"real_name": person.name, "display_name": person.name, "title": person.title},
        }
        if person.enterprise_teams:
            user["enterprise_user"] = {
                "id": person.id,
                "enterprise_id": ENTERPRISE_ID,
                "enterprise_name": ENTERPRISE_NAME,
                "is_admin": False,
                "is_owner": False,
                "teams": list(person.enterprise_teams),
            }
        # A deactivated person has none of the fields about what they may do.
        return user if user["deleted"] else {**user, **self._standing(person)}

    def _standing(self, person: Person) -> dict[str, Any]:
        guest = person.kind in {PersonKind.GUEST, PersonKind.SINGLE_CHANNEL_GUEST}
        return {
            "real_name": person.name,
            "color": person.colour,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": guest,
            "is_ultra_restricted": person.kind is PersonKind.SINGLE_CHANNEL_GUEST,
            **({"is_stranger": self._stranger(person)} if person.kind is PersonKind.EXTERNAL else {}),
            **({"is_invited_user": True} if person.kind is PersonKind.INVITED else {}),
            **({"is_connector_bot": True} if person.kind is PersonKind.CONNECTOR_BOT else {}),
            **({"is_workflow_bot": True} if person.kind is PersonKind.WORKFLOW_BOT else {}),
        }

    def _stranger(self, person: Person) -> bool:
        channels = self._workspace.channels.values()
        return not any(channel.bot_is_member and person.id in channel.members for channel in channels)


def _team_of(person: Person) -> dict[str, str]:
    if not person.is_on_grid or person.known_team == "":
        return {"team_id": person.team_id}
    return {"team_id": person.known_team} if person.known_team else {}


def _asked_for(group: Group, arguments: Arguments) -> bool:
    return not group.disabled or flag(arguments, "include_disabled")


def _group_object(group: Group, *, with_users: bool) -> dict[str, Any]:
    # https://docs.slack.dev/reference/objects/usergroup-object
    return {
        "id": group.id,
        "team_id": TEAM_ID,
        "is_usergroup": True,
        "name": group.handle,
        "handle": group.handle,
        "is_external": False,
        "date_delete": 1 if group.disabled else 0,
        "user_count": len(group.members),
        **({"users": list(group.members)} if with_users else {}),
    }


def _cursor(position: int) -> str:
    return base64.b64encode(f"user:{position}".encode()).decode()


def _position(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("user:"))
    except (ValueError, binascii.Error):
        raise Refused("invalid_cursor") from None
