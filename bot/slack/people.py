"""Looks up users and user groups in Slack. A user that Slack returns nothing about is refused."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.errors import NotAllowed, SlackUnavailable
from bot.requests.policy import Approvers, Person
from bot.slack.cached_lookups import CachedLookup, CallBudget
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.user_objects import person_of

_PAGE = 200
_USER_ID = re.compile(r"[UW][A-Z0-9]{1,30}")

_FIRST_PAGE = ""
"""The cursor of the first page, and Slack's `next_cursor` on the last page."""

_NO_SUCH_PERSON = frozenset({"user_not_found", "user_not_visible"})
"""The only error codes of `users.info` that are about the user who is looked up.

All others, `user_is_restricted` and `account_inactive` among them, are about the token, the workspace, the call or
Slack itself (https://docs.slack.dev/reference/methods/users.info#errors).
"""

_NO_SUCH_GROUP = frozenset({"no_such_subteam", "subteam_not_found"})
"""The same of `usergroups.users.list` (https://docs.slack.dev/reference/methods/usergroups.users.list#errors)."""

_GROUP_BUDGET = CallBudget(per_minute=19, at_once=16, apart=0.25)
"""`usergroups.users.list` may be called 20 times a minute per workspace; one call is left for other processes.

See https://docs.slack.dev/apis/web-api/rate-limits, tier 2. Clicks less than a quarter of a second apart share one
call for their group.
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the workspace's users, and the cursor of the next one."""

    user_ids: tuple[str, ...]
    next_cursor: str


class People:
    """Looks up people in the workspace `team_id`.

    Slack is asked each time, as the answers decide what is allowed. With `remembered` an answer from the last minute
    is enough; that is only for display.
    """

    def __init__(self, client: AsyncWebClient, team_id: str, clock: Clock) -> None:
        self._client = client
        self._team_id = team_id
        self._persons = CachedLookup(self._look_up, clock)
        self._groups = CachedLookup(self._list_group, clock, budget=_GROUP_BUDGET)
        self._pages = CachedLookup(self._list_page, clock)

    async def person(self, user_id: str, *, remembered: bool = False) -> Person:
        """Return who `user_id` is, by Slack's answer; what a payload says about their workspace does not count.

        Raises NotAllowed if Slack clearly has no such user for this bot, and SlackUnavailable if it cannot answer at
        the moment. A failure of Slack neither allows nor refuses anyone.
        """
        if not _USER_ID.fullmatch(user_id):
            raise NotAllowed("Slack does not say who did this, so nothing was changed. Please try again.")
        return await (self._persons.remembered(user_id) if remembered else self._persons.now(user_id))

    async def is_in_any(self, user_id: str, groups: Iterable[str], *, remembered: bool = False) -> bool:
        """Whether `user_id` is in one of these user groups.

        Raises SlackUnavailable if a group cannot be read and the user is in none of the others.
        """
        ask = self._groups.remembered if remembered else self._groups.now
        listed = await asyncio.gather(*(ask(group) for group in sorted(groups)), return_exceptions=True)
        if any(user_id in members for members in listed if isinstance(members, frozenset)):
            return True
        for failure in listed:
            if isinstance(failure, BaseException):
                raise failure
        return False

    async def group(self, group_id: str) -> frozenset[str]:
        """Return the user ids in a group, empty if there is no such group. Raises SlackUnavailable."""
        return await self._groups.remembered(group_id)

    async def is_member(self, user_id: str) -> bool:
        """Whether `user_id` was a full member of this workspace within the last minute. Raises SlackUnavailable."""
        try:
            return (await self.person(user_id, remembered=True)).is_member
        except NotAllowed:
            return False

    async def candidates(self, approvers: Approvers) -> AsyncIterator[str]:
        """Yield the ids of all users that `approvers` names, full members or not; each at least once.

        Raises SlackUnavailable for a group that cannot be read, after all other ids were yielded.
        """
        for user_id in sorted(approvers.users):
            yield user_id
        unread: SlackUnavailable | None = None
        for group in sorted(approvers.groups):
            try:
                members = await self.group(group)
            except SlackUnavailable as exc:
                unread = exc
                continue
            for user_id in sorted(members):
                yield user_id
        if approvers.everyone:
            async for user_id in self._all_users():
                yield user_id
        if unread:
            raise unread

    async def _all_users(self) -> AsyncIterator[str]:
        """Yield the id of every user of the workspace, read page by page."""
        page = await self._pages.remembered(_FIRST_PAGE)
        while True:
            for user_id in page.user_ids:
                yield user_id
            if page.next_cursor == _FIRST_PAGE:
                return
            page = await self._pages.remembered(page.next_cursor)

    async def _look_up(self, user_id: str) -> Person:
        try:
            answer = await call_slack(self._client.users_info(user=user_id))
        except SlackRefusal as refusal:
            _log.warning("Slack does not tell who %s is: %s", user_id, refusal)
            if refusal.code not in _NO_SUCH_PERSON:
                raise _unavailable(f"who somebody is ({refusal})") from refusal
            raise NotAllowed(
                "Slack does not tell the bot who you are, so it cannot let you do this. Nothing changed. "
                "A full member of this workspace can."
            ) from refusal
        user = answer.get("user")
        if not isinstance(user, Mapping):
            raise _unavailable("who somebody is (its answer holds no user)")
        return person_of(user, user_id, self._team_id)

    async def _list_page(self, cursor: str) -> _Page:
        """Read a page of the workspace's users and cache who they are, which saves a call for each of them.

        See https://docs.slack.dev/reference/methods/users.list.
        """
        try:
            answer = await call_slack(self._client.users_list(limit=_PAGE, cursor=cursor))
        except SlackRefusal as refusal:
            raise _unavailable(f"who is in this workspace ({refusal})") from refusal
        members = answer.get("members")
        if not isinstance(members, list):
            raise _unavailable("who is in this workspace (its answer holds no members)")
        users = {str(user["id"]): user for user in members if isinstance(user, Mapping) and "id" in user}
        self._persons.learn({user_id: person_of(user, user_id, self._team_id) for user_id, user in users.items()})
        metadata = answer.get("response_metadata") or {}
        return _Page(tuple(users), str(metadata.get("next_cursor") or _FIRST_PAGE))

    async def _list_group(self, group_id: str) -> frozenset[str]:
        """Return the group's members; empty if the group does not exist."""
        try:
            answer = await call_slack(self._client.usergroups_users_list(usergroup=group_id))
        except SlackRefusal as refusal:
            if refusal.code in _NO_SUCH_GROUP:
                _log.warning("the user group %s in APPROVERS does not exist", group_id)
                return frozenset()
            raise _unavailable(f"who is in the group {group_id} ({refusal})") from refusal
        users = answer.get("users")
        if not isinstance(users, list):
            raise _unavailable(f"who is in the group {group_id} (its answer holds no users)")
        return frozenset(user for user in users if isinstance(user, str))


def _unavailable(what: str) -> SlackUnavailable:
    """Return the error for an answer that has no data, through a fault of Slack, the token or the workspace."""
    return SlackUnavailable(
        f"Slack does not tell the bot {what} at the moment, so nothing was changed. Please try again later. "
        "If this goes on, whoever runs the bot can look with `python -m bot check`."
    )
