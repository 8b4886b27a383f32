"""Who may decide about a request, and whether enough of them did: the policy, asked of real people.

A request keeps the policy it was made under. That one and today's both hold, so the stricter wins. Today's is that of
all live processes, asked afresh each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.errors import NotAllowed
from bot.in_force import InForce
from bot.people import People
from bot.policy import Denial, Person, Terms, may_decide
from bot.requests import Request


class Quorum:
    """Answers for one workspace under today's terms.

    Every method raises SlackUnavailable, DatabaseUnavailable and NotNow rather than guess.
    """

    def __init__(self, people: People, today: Callable[[], Awaitable[InForce]]) -> None:
        self._people = people
        self._today = today

    async def denial(self, person: Person, *policies: Terms) -> Denial | None:
        """Return why `person` may not decide under today's policy or any of these, or None."""
        today = await self._today()
        for terms in (*today.all_terms, *policies):
            members = await self._people.members(terms.approvers)
            if denial := may_decide(person, terms.approvers, members):
                return denial
        return None

    async def decides_alone(self, person: Person) -> bool:
        """Whether this requester's own confirmation is all it takes."""
        return (await self._today()).terms.approvals_required == 0 and await self.denial(person) is None

    async def verified(self, request: Request) -> dict[str, bool]:
        """Say of everybody who approved so far whether they still may."""
        approvers = [decision.user_id for decision in request.approvals]
        may = await asyncio.gather(*(self._still_may(d.user_id, d.team_id, request) for d in request.approvals))
        return dict(zip(approvers, may, strict=True))

    async def objection(self, request: Request) -> str | None:
        """Return why an approved request may not be carried out under today's policy, or None."""
        if not request.approvals:
            return await self._objection_to_requester(request)
        verified = await self.verified(request)
        terms = request.terms.held_to((await self._today()).terms)
        standing = sum(may and terms.let_approve(user_id, request.requester) for user_id, may in verified.items())
        needed = terms.approvals_needed
        if standing >= needed:
            return None
        return f"it needs {needed} approvals under the policy in force now, and {standing} of those given still count"

    async def too_few(self, terms: Terms, requester: str) -> int | None:
        """Return how many people may approve a request of `requester`, where that is too few; else None."""
        needed = terms.approvals_needed
        found = 0
        async for user_id in self._people.candidates(terms.approvers):
            if not terms.let_approve(user_id, requester):
                continue
            found += await self._people.is_member(user_id)
            if found >= needed:
                return None
        return found

    async def _objection_to_requester(self, request: Request) -> str | None:
        """A request that nobody approved was confirmed by a requester who could decide alone."""
        if (await self._today()).terms.approvals_required > 0:
            return "it was confirmed without an approval, which the policy in force now does not allow"
        if not await self._still_may(request.requester, request.team_id, request):
            return "it was confirmed without an approval, by somebody who may not approve any more"
        return None

    async def _still_may(self, user_id: str, team_id: str, request: Request) -> bool:
        try:
            person = await self._people.person(user_id, team_id)
        except NotAllowed:
            return False
        return await self.denial(person, request.terms) is None
