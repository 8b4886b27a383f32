"""Who may decide about a request, and whether enough of them did: the policy, asked of real people.

A request keeps the policy it was made under. That one and today's both hold, so the stricter wins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from bot.errors import NotAllowed
from bot.policy_source import PolicySource
from bot.requests.policy import Approvers, Denial, Person, Terms, may_decide
from bot.requests.policy_in_force import PolicyInForce
from bot.requests.request import Request
from bot.slack.people import People


class Quorum:
    """Answers for one workspace under the policy in force. Every method raises SlackUnavailable rather than guess.

    Slack is asked each time, and not in advance of that; with `remembered` an answer of the last minute will do,
    which is for what is shown and never for what is done.
    """

    def __init__(self, people: People, policy: PolicySource, *, remembered: bool = False) -> None:
        self._people = people
        self._policy = policy
        self._remembered = remembered

    async def denial(self, person: Person, *policies: Terms) -> Denial | None:
        """Return why `person` may not decide under today's policy or any of these, or None."""
        # Where they name the same people, Slack is asked once.
        return await self._denial(person, await self._policy(), *policies)

    async def _denial(self, person: Person, in_force: PolicyInForce, *policies: Terms) -> Denial | None:
        for approvers in dict.fromkeys((*in_force.approvers, *(terms.approvers for terms in policies))):
            if denial := await self._denial_by(person, approvers):
                return denial
        return None

    async def decides_alone(self, person: Person) -> bool:
        """Whether this requester's own confirmation is all it takes."""
        in_force = await self._policy()
        return in_force.terms.approvals_required == 0 and await self._denial(person, in_force) is None

    async def verified(self, request: Request) -> dict[str, bool]:
        """Say of everybody who approved so far whether they still may."""
        return await self._verified(request, await self._policy())

    async def _verified(self, request: Request, in_force: PolicyInForce) -> dict[str, bool]:
        approvers = [decision.user_id for decision in request.approvals]
        return dict(zip(approvers, await self._still_may(approvers, request, in_force), strict=True))

    async def objection(self, request: Request) -> str | None:
        """Return why an approved request may not be carried out under today's policy, or None."""
        in_force = await self._policy()
        if not request.approvals:
            return await self._objection_to_requester(request, in_force)
        verified = await self._verified(request, in_force)
        terms = request.terms.held_to(in_force.terms)
        standing = sum(may and terms.let_approve(user_id, request.requester) for user_id, may in verified.items())
        needed = terms.approvals_needed
        if standing >= needed:
            return None
        return f"it needs {needed} approvals under the policy in force now, and {standing} of those given still count"

    async def too_few(self, terms: Terms, requester: str) -> int | None:
        """Return how many people may approve a request of `requester`, where that is too few; else None."""
        needed = terms.approvals_needed
        found: set[str] = set()
        async for user_id in self._people.candidates(terms.approvers):
            if not terms.let_approve(user_id, requester):
                continue
            if user_id not in found and await self._people.is_member(user_id):
                found.add(user_id)
            if len(found) >= needed:
                return None
        return len(found)

    async def _denial_by(self, person: Person, approvers: Approvers) -> Denial | None:
        """Ask about groups only where nothing else decides: one that cannot be read keeps nobody else out."""
        denial = may_decide(person, approvers)
        if denial is not Denial.NOT_AN_APPROVER or not approvers.groups:
            return denial
        is_in = await self._people.is_in_any(person.user_id, approvers.groups, remembered=self._remembered)
        return may_decide(person, approvers, is_in_group=is_in)

    async def _objection_to_requester(self, request: Request, in_force: PolicyInForce) -> str | None:
        """A request that nobody approved was confirmed by a requester who could decide alone."""
        if in_force.terms.approvals_required > 0:
            return "it was confirmed without an approval, which the policy in force now does not allow"
        if not all(await self._still_may([request.requester], request, in_force)):
            return "it was confirmed without an approval, by somebody who may not approve any more"
        return None

    async def _still_may(self, user_ids: Sequence[str], request: Request, in_force: PolicyInForce) -> list[bool]:
        """Say of each whether they may decide.

        All are looked up before any group is asked about, so that they share one question about it.
        """
        persons = await asyncio.gather(*(self._person(user_id) for user_id in user_ids))
        return await asyncio.gather(*(self._lets_decide(person, request, in_force) for person in persons))

    async def _lets_decide(self, person: Person | None, request: Request, in_force: PolicyInForce) -> bool:
        return person is not None and await self._denial(person, in_force, request.terms) is None

    async def _person(self, user_id: str) -> Person | None:
        """Return who it is, None for somebody Slack clearly knows nothing of."""
        try:
            return await self._people.person(user_id, remembered=self._remembered)
        except NotAllowed:
            return None
