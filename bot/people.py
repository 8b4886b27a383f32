"""Slack's users and user groups -> who somebody is. Whoever Slack will not tell us about is nobody."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from cachetools import TTLCache
from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.errors import NotAllowed, SlackUnavailable
from bot.locks import Locks
from bot.policy import Approvers, Person, Standing
from bot.slack import SlackRefusal, answered

_REMEMBERED_FOR = 60.0
"""Seconds; `usergroups.users.list` may be asked 20 times a minute (https://docs.slack.dev/apis/web-api/rate-limits)."""

_PAGE = 200
_SLACKBOT = "USLACKBOT"
"""Slack's own, of which Slack says that it is no bot (https://github.com/slackapi/bolt-js/issues/794)."""

_FIRST_PAGE = ""
"""The cursor of the first page, and what Slack gives as the next one after the last."""

_log = logging.getLogger(__name__)


Known = TypeVar("Known")


@dataclass(frozen=True, slots=True)
class _Page:
    """Some of the workspace's users, and where the next ones are listed."""

    user_ids: tuple[str, ...]
    next_cursor: str


class People:
    """Looks people up in the workspace `team_id`, and remembers each answer for a minute."""

    def __init__(self, client: AsyncWebClient, team_id: str, clock: Clock) -> None:
        self._client = client
        self._team_id = team_id
        self._persons: TTLCache[str, Person] = TTLCache(10_000, _REMEMBERED_FOR, timer=clock.now)
        self._groups: TTLCache[str, frozenset[str]] = TTLCache(1_000, _REMEMBERED_FOR, timer=clock.now)
        self._pages: TTLCache[str, _Page] = TTLCache(1_000, _REMEMBERED_FOR, timer=clock.now)
        self._asking = Locks()

    async def person(self, user_id: str, team_id: str) -> Person:
        """Return who `user_id` is; `team_id` is the workspace that Slack says they come from.

        Raises NotAllowed for somebody Slack will not tell us about, and SlackUnavailable when it cannot
        be asked: nobody is let in on a guess.
        """
        if team_id != self._team_id:
            return Person(user_id, team_id, Standing.OUTSIDER)
        return await self._remembered(self._persons, user_id, self._look_up)

    async def members(self, approvers: Approvers) -> frozenset[str]:
        """Return the user ids in the groups that `approvers` names. Raises SlackUnavailable."""
        groups = sorted(approvers.groups)
        listed = await asyncio.gather(*(self._remembered(self._groups, one, self._list_group) for one in groups))
        return frozenset().union(*listed)

    async def is_member(self, user_id: str) -> bool:
        """Whether `user_id` is a full member of this workspace. Raises SlackUnavailable."""
        try:
            return (await self.person(user_id, self._team_id)).is_member
        except NotAllowed:
            return False

    async def candidates(self, approvers: Approvers) -> AsyncIterator[str]:
        """Yield the ids of all whom `approvers` names, full members or not. Raises SlackUnavailable."""
        for user_id in sorted(approvers.users | await self.members(approvers)):
            yield user_id
        if approvers.everyone:
            async for user_id in self._everybody():
                yield user_id

    async def _everybody(self) -> AsyncIterator[str]:
        """Yield every user of the workspace, a page at a time."""
        page = await self._remembered(self._pages, _FIRST_PAGE, self._list_page)
        while True:
            for user_id in page.user_ids:
                yield user_id
            if page.next_cursor == _FIRST_PAGE:
                return
            page = await self._remembered(self._pages, page.next_cursor, self._list_page)

    async def _remembered(self, known: TTLCache[str, Known], key: str, ask: Callable[[str], Awaitable[Known]]) -> Known:
        """Return what was answered about `key` in the last minute, or ask: once, however many want to know."""
        async with self._asking.of(key):
            # Looked up once: between two looks it may be forgotten.
            if (answer := known.get(key)) is None:
                answer = known[key] = await ask(key)
            return answer

    async def _look_up(self, user_id: str) -> Person:
        try:
            answer = await answered(self._client.users_info(user=user_id))
        except SlackRefusal as refusal:
            _log.warning("Slack does not tell who %s is: %s", user_id, refusal)
            if refusal.is_about_install:
                raise SlackUnavailable(
                    f"Slack does not let the bot look up people ({refusal}), so nothing was changed. "
                    "Whoever runs the bot can look with `python -m bot check`."
                ) from refusal
            raise NotAllowed(
                "Slack does not tell the bot who you are, so it cannot let you do this. Nothing was changed. "
                "A full member of this workspace can."
            ) from refusal
        user = answer.get("user")
        return _person(user if isinstance(user, Mapping) else {}, user_id, self._team_id)

    async def _list_page(self, cursor: str) -> _Page:
        """List some of the workspace's users, and remember who they are: nobody has to be asked about one by one.

        See https://docs.slack.dev/reference/methods/users.list, which may be asked 20 times a minute.
        """
        try:
            answer = await answered(self._client.users_list(limit=_PAGE, cursor=cursor))
        except SlackRefusal as refusal:
            raise SlackUnavailable(
                f"Slack does not tell the bot who is in this workspace ({refusal}), so nothing was changed. "
                "Whoever runs the bot can look with `python -m bot check`."
            ) from refusal
        members: list[object] = answer.get("members", [])
        users = {str(user["id"]): user for user in members if isinstance(user, Mapping) and "id" in user}
        self._persons.update({user_id: _person(user, user_id, self._team_id) for user_id, user in users.items()})
        metadata = answer.get("response_metadata") or {}
        return _Page(tuple(users), str(metadata.get("next_cursor") or _FIRST_PAGE))

    async def _list_group(self, group_id: str) -> frozenset[str]:
        """Return the group's members; a group that does not exist (any more) has none."""
        try:
            answer = await answered(self._client.usergroups_users_list(usergroup=group_id))
        except SlackRefusal as refusal:
            if refusal.code in ("no_such_subteam", "subteam_not_found"):
                _log.warning("the user group %s in APPROVERS does not exist", group_id)
                return frozenset()
            raise SlackUnavailable(
                f"Slack does not tell the bot who is in the group {group_id} ({refusal}), so nothing was "
                "changed. Whoever runs the bot can look with `python -m bot check`."
            ) from refusal
        return frozenset(_texts(answer.get("users")))


def _person(user: Mapping[str, Any], user_id: str, home: str) -> Person:
    """Type Slack's user object; a flag that is missing counts against the person.

    See https://docs.slack.dev/reference/objects/user-object.
    """
    team_id = str(user.get("team_id", ""))
    grid = user.get("enterprise_user")
    at_home = team_id == home or (isinstance(grid, Mapping) and home in _texts(grid.get("teams")))
    return Person(user_id, team_id, _standing(user, at_home=at_home))


def _standing(user: Mapping[str, Any], *, at_home: bool) -> Standing:
    if not at_home or user.get("is_stranger"):
        return Standing.OUTSIDER
    if user.get("deleted") is not False:
        return Standing.DEACTIVATED
    if user.get("is_bot") is not False or user.get("is_workflow_bot") or user.get("id") == _SLACKBOT:
        return Standing.BOT
    if user.get("is_restricted") is not False or user.get("is_ultra_restricted") is not False:
        return Standing.GUEST
    return Standing.MEMBER


def _texts(value: object) -> Iterable[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
