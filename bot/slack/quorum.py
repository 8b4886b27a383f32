"""Who may decide about a request, and whether enough of them approved: the policy, applied to Slack's users.

A request keeps the policy it was made under. Both that and the policy in force apply, so the stricter one wins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.errors import NotAllowed
from bot.plurals import counted
from bot.policy_source import PolicySource
from bot.requests.policy import Approvers, Denial, Person, may_decide
from bot.requests.request import Request
from bot.requests.scope import Scope
from bot.requests.terms import Requirement, Terms
from bot.slack.break_glass import objection_to
from bot.slack.people import People


@dataclass(frozen=True, slots=True)
class TooFew:
    """A requirement that cannot be met, as only so many people may approve for it."""

    requirement: Requirement
    may_approve: int


class Quorum:
    """Applies the policy in force to the users of one workspace. Every method raises SlackUnavailable, never guesses.

    Slack is asked on every call. With `remembered` an answer from the last minute is enough; that is for display,
    never for a decision.

    The approval of a person counts for each requirement that names them. For the base, which is what the settings of
    every process say, they have to be among the approvers of all of them as well.
    """

    def __init__(self, people: People, policy: PolicySource, *, remembered: bool = False) -> None:
        self._people = people
        self._policy = policy
        self._remembered = remembered

    async def terms(self, request: Request, scope: Scope) -> Terms:
        """Return the terms that hold for a request now: the stricter of its own and today's."""
        return request.terms.stricter_with((await self._policy()).terms_for(scope.refs, scope.targets))

    async def counts_for(self, person: Person, terms: Terms) -> frozenset[str]:
        """Return the keys of the requirements of `terms` that name `person`; none unless they are a full member."""
        if not person.is_member:
            return frozenset()
        asked = [(one.key, self._named(person, names)) for one, names in await self._by_requirement(terms)]
        named = await asyncio.gather(*(asking for _, asking in asked))
        return frozenset(key for (key, _), is_named in zip(asked, named, strict=True) if is_named)

    async def denial(self, person: Person, terms: Terms | None = None) -> Denial | None:
        """Return why `person` may not decide under any requirement of `terms`, or None if they may.

        Without `terms`, the base of the policy in force.
        """
        if not person.is_member:
            return Denial.NOT_A_MEMBER
        by_requirement = await self._by_requirement(terms or (await self._policy()).terms)
        asked = (self._named(person, names) for _, names in by_requirement)
        named = await asyncio.gather(*asked, return_exceptions=True)
        if True in named:
            return None
        # A group that cannot be read matters only where no other requirement names them.
        for failure in named:
            if isinstance(failure, BaseException):
                raise failure
        return Denial.NOT_AN_APPROVER

    async def decides_alone(self, person: Person, terms: Terms) -> bool:
        """Whether this requester's own confirmation is enough under `terms`, without another approval."""
        return terms.needs_nobody_else and await self.counts_for(person, terms) == _keys(terms)

    async def still_count(self, user_ids: Sequence[str], terms: Terms) -> dict[str, frozenset[str]]:
        """Return for each user the keys of the requirements that name them now.

        All users are looked up before any group, so that their lookups of a group share one call.
        """
        persons = await asyncio.gather(*(self._person(user_id) for user_id in user_ids))
        counted_for = await asyncio.gather(*(self._counts_for_known(person, terms) for person in persons))
        return dict(zip(user_ids, counted_for, strict=True))

    async def verified(self, request: Request, terms: Terms) -> dict[str, frozenset[str]]:
        """Return for each user who approved the request what their approval counts for now."""
        return await self.still_count([decision.user_id for decision in request.approvals], terms)

    async def objection(self, request: Request, scope: Scope) -> str | None:
        """Return why an approved request may not be carried out under the policy in force, or None if it may."""
        if request.break_glass is not None:
            return await objection_to(self._people, request.break_glass.by, await self._policy())
        terms = await self.terms(request, scope)
        if not request.approvals:
            return await self._objection_to_requester(request, terms)
        verified = await self.verified(request, terms)
        standing = {user: keys for user, keys in verified.items() if terms.let_approve(user, request.requester)}
        for requirement in terms.requirements:
            given = sum(requirement.key in keys for keys in standing.values())
            if given < requirement.needed:
                return _too_few_given(requirement, given, terms)
        if terms.confirm_name and not any(d.has_typed_name and standing.get(d.user_id) for d in request.approvals):
            return "the policy in force now requires that whoever approves last types the model's name, and nobody did"
        return None

    async def too_few(self, terms: Terms, requester: str) -> TooFew | None:
        """Return a requirement for which too few people may approve a request of `requester`, or None."""
        for requirement in terms.requirements:
            found = await self._candidates(requirement, terms, requester)
            if found < requirement.needed:
                return TooFew(requirement, found)
        return None

    async def _candidates(self, requirement: Requirement, terms: Terms, requester: str) -> int:
        """Return how many people may approve for a requirement, counted up to the number that it needs."""
        found: set[str] = set()
        async for user_id in self._people.candidates(requirement.approvers):
            if not terms.let_approve(user_id, requester):
                continue
            if user_id not in found and await self._people.is_member(user_id):
                found.add(user_id)
            if len(found) >= requirement.needed:
                break
        return len(found)

    async def _by_requirement(self, terms: Terms) -> list[tuple[Requirement, Collection[Approvers]]]:
        """Return each requirement with the sets of people whose common members it names."""
        base, *further = terms.requirements
        names = dict.fromkeys((base.approvers, *(await self._policy()).approvers))
        return [(base, names), *((one, (one.approvers,)) for one in further)]

    async def _named(self, person: Person, sets: Collection[Approvers]) -> bool:
        """Whether a full member is in each of these sets of people, looked at in their order."""
        for approvers in sets:
            if not await self._is_among(person, approvers):
                return False
        return True

    async def _is_among(self, person: Person, approvers: Approvers) -> bool:
        """Whether `person` is among `approvers`.

        Groups are read only if nothing else decides, so one that cannot be read affects only those it matters for.
        """
        denial = may_decide(person, approvers)
        if denial is not Denial.NOT_AN_APPROVER or not approvers.groups:
            return denial is None
        return await self._people.is_in_any(person.user_id, approvers.groups, remembered=self._remembered)

    async def _objection_to_requester(self, request: Request, terms: Terms) -> str | None:
        """Return the objection to a request without approvals: its requester must still be able to decide alone."""
        if not terms.needs_nobody_else:
            return "it was confirmed without an approval, which the policy in force now does not allow"
        if (await self.still_count([request.requester], terms))[request.requester] != _keys(terms):
            return "it was confirmed without an approval, by somebody who may not approve any more"
        return None

    async def _counts_for_known(self, person: Person | None, terms: Terms) -> frozenset[str]:
        return frozenset() if person is None else await self.counts_for(person, terms)

    async def _person(self, user_id: str) -> Person | None:
        """Return who `user_id` is, or None if Slack clearly has no such user for this bot."""
        try:
            return await self._people.person(user_id, remembered=self._remembered)
        except NotAllowed:
            return None


def _keys(terms: Terms) -> frozenset[str]:
    return frozenset(requirement.key for requirement in terms.requirements)


def _too_few_given(requirement: Requirement, given: int, terms: Terms) -> str:
    needed = counted(requirement.needed, "approval")
    whose = f" of {requirement.key}" if terms.further else ""
    return f"it needs {needed}{whose} under the policy in force now, and {given} of those given still count"
