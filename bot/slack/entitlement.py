"""Whether somebody is among those who may ask for a deletion: the policy, applied to Slack's users."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.errors import NotAllowed, SlackUnavailable
from bot.requests.policy import Denial, Person, may_decide
from bot.requests.requesters import Denied, Restriction
from bot.slack.people import People

_NAMED = 2
"""How many models an objection names."""


class Entitlement:
    """Asks Slack about each person each time. A group that cannot be read lets nobody in."""

    def __init__(self, people: People) -> None:
        self._people = people

    async def denied(self, person: Person, restrictions: Sequence[Restriction]) -> tuple[Denied, ...]:
        """Return every restriction that does not let this person ask, or of which that cannot be found out."""
        found = await asyncio.gather(*(self._denied_by(person, restriction) for restriction in restrictions))
        return tuple(denied for denied in found if denied is not None)

    async def objection(self, requester: str, restrictions: Sequence[Restriction]) -> str | None:
        """Return why what this user asked for may not be carried out now, or None if it may.

        Raises SlackUnavailable if that depends on what Slack does not tell at the moment.
        """
        if not restrictions:
            return None
        try:
            person = await self._people.person(requester)
        except NotAllowed:
            return "Slack does not know the person any more who asked for it"
        denied = await self.denied(person, restrictions)
        if clear := [one.restriction for one in denied if one.unread is None]:
            return _may_not_ask(clear)
        for one in denied:
            if one.unread is not None:
                raise one.unread
        return None

    async def _denied_by(self, person: Person, restriction: Restriction) -> Denied | None:
        """Return the restriction if it does not name the person; its groups are read only if nothing else does."""
        groups = restriction.requesters.groups
        denial = may_decide(person, restriction.requesters)
        if denial is not Denial.NOT_AN_APPROVER or not groups:
            return Denied(restriction) if denial else None
        try:
            if await self._people.is_in_any(person.user_id, groups):
                return None
            empty = [group for group in sorted(groups) if not await self._people.group(group)]
        except SlackUnavailable as unread:
            return Denied(restriction, unread=unread)
        return Denied(restriction, tuple(empty))


def _may_not_ask(restrictions: Sequence[Restriction]) -> str:
    first, *others = restrictions
    more = f" and {len(others):,} more sets of people" if others else ""
    names = ", ".join(map(str, first.refs[:_NAMED])) + (", …" if len(first.refs) > _NAMED else "")
    return (
        f"by the policy that holds for this request only {first.requesters}{more} may ask for the deletion of {names}, "
        "and whoever asked for it is not among them"
    )
