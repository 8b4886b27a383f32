"""Who may decide about a request, and whether enough of them approved: the policy, applied to Slack's users.

A request keeps the policy it was made under. Both that and the policy in force apply, so the stricter one wins.
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
    """Applies the policy in force to the users of one workspace. Every method raises SlackUnavailable, never guesses.

    Slack is asked on every call. With `remembered` an answer from the last minute is enough; that is for display,
    never for a decision.
    """

    def __init__(self, people: People, policy: PolicySource, *, remembered: bool = False) -> None:
        self._people = people
        self._policy = policy
        self._remembered = remembered

    async def denial(self, person: Person, *policies: Terms) -> Denial | None:
        """Return why `person` may not decide under the policy in force or any of `policies`, or None if they may."""
        return await self._denial(person, await self._policy(), *policies)

    async def _denial(self, person: Person, in_force: PolicyInForce, *policies: Terms) -> Denial | None:
        # Equal sets of approvers are checked once, as each check may ask Slack.
        for approvers in dict.fromkeys((*in_force.approvers, *(terms.approvers for terms in policies))):
            if denial := await self._denial_by(person, approvers):
                return denial
        return None

    async def decides_alone(self, person: Person) -> bool:
        """Whether this requester's own confirmation is enough, without another approval."""
        in_force = await self._policy()
        return in_force.terms.approvals_required == 0 and await self._denial(person, in_force) is None

    async def verified(self, request: Request) -> dict[str, bool]:
        """Return for each user who approved the request whether they still may."""
        return await self._verified(request, await self._policy())

    async def _verified(self, request: Request, in_force: PolicyInForce) -> dict[str, bool]:
        approvers = [decision.user_id for decision in request.approvals]
        return dict(zip(approvers, await self._still_may(approvers, request, in_force), strict=True))

    async def objection(self, request: Request) -> str | None:
        """Return why an approved request may not be carried out under the policy in force, or None if it may."""
        in_force = await self._policy()
        if not request.approvals:
            return await self._objection_to_requester(request, in_force)
        verified = await self._verified(request, in_force)
        terms = request.terms.stricter_with(in_force.terms)
        standing = sum(may and terms.let_approve(user_id, request.requester) for user_id, may in verified.items())
        needed = terms.approvals_needed
        if standing >= needed:
            return None
        return f"it needs {needed} approvals under the policy in force now, and {standing} of those given still count"

    async def too_few(self, terms: Terms, requester: str) -> int | None:
        """Return how many people may approve a request of `requester` if that is too few, else None."""
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
        """Return why `person` is not among `approvers`, or None.

        Groups are read only if nothing else decides, so one that cannot be read affects only those it matters for.
        """
        denial = may_decide(person, approvers)
        if denial is not Denial.NOT_AN_APPROVER or not approvers.groups:
            return denial
        is_in = await self._people.is_in_any(person.user_id, approvers.groups, remembered=self._remembered)
        return may_decide(person, approvers, is_in_group=is_in)

    async def _objection_to_requester(self, request: Request, in_force: PolicyInForce) -> str | None:
        """Return the objection to a request without approvals: its requester must still be able to decide alone."""
        if in_force.terms.approvals_required > 0:
            return "it was confirmed without an approval, which the policy in force now does not allow"
        if not all(await self._still_may([request.requester], request, in_force)):
            return "it was confirmed without an approval, by somebody who may not approve any more"
        return None

    async def _still_may(self, user_ids: Sequence[str], request: Request, in_force: PolicyInForce) -> list[bool]:
        """Return for each user whether they may decide.

        All users are looked up before any group, so that their lookups of a group share one call.
        """
        persons = await asyncio.gather(*(self._person(user_id) for user_id in user_ids))
        return await asyncio.gather(*(self._may_decide(person, request, in_force) for person in persons))

    async def _may_decide(self, person: Person | None, request: Request, in_force: PolicyInForce) -> bool:
        return person is not None and await self._denial(person, in_force, request.terms) is None

    async def _person(self, user_id: str) -> Person | None:
        """Return who `user_id` is, or None if Slack clearly has no such user for this bot."""
        try:
            return await self._people.person(user_id, remembered=self._remembered)
        except NotAllowed:
            return None
