"""A plan becomes a draft and its preview."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bot.accounts.accounts import Accounts
from bot.commands.grounds import Grounds
from bot.messages.message import Message
from bot.messages.previews import ReasonWanted, nothing_to_delete, preview, too_few_approvers, too_many
from bot.messages.wording import title
from bot.planning.drafts import targets_of, versions_of
from bot.planning.plan import Plan
from bot.policy_source import PolicySource
from bot.requests.policy import Person
from bot.requests.request import MAX_VERSIONS
from bot.requests.scope import Scope
from bot.slack.quorum import Quorum
from bot.store.draft import Draft
from bot.store.requests import RequestStore
from handlers.payloads import Requester
from handlers.policy_checks import PolicyChecks
from handlers.run_facts import PreviewFacts

Read = TypeVar("Read")
"""What is read of Replicate: a plan, or the facts for one."""


class Previews:
    """Stores drafts and shows them."""

    def __init__(
        self,
        requests: RequestStore,
        policy: PolicySource,
        quorum: Quorum,
        facts: PreviewFacts,
        checks: PolicyChecks,
        accounts: Accounts,
    ) -> None:
        self._requests = requests
        self._policy = policy
        self._quorum = quorum
        self._facts = facts
        self._accounts = accounts
        self._checks = checks

    async def planned(
        self, admitted: Awaitable[Person], planning: Awaitable[Plan], grounds: Grounds
    ) -> tuple[Person, Plan]:
        """Return who asks, once they are admitted, and the plan, if the policy lets them ask for it.

        Raises what these awaitables raise, and as `PolicyChecks.check_plan` does.
        """
        person, plan = await together(admitted, planning)
        await self._checks.check_plan(person, plan, grounds)
        return person, plan

    async def offer(self, requester: Requester, person: Person, plan: Plan, grounds: Grounds) -> Message | None:
        """Store the plan as a draft and return its preview.

        None for a command that was delivered twice: the first delivery answers it.
        """
        targets = targets_of(plan)
        if not targets:
            return nothing_to_delete(plan)
        if sum(target.version_id is not None for target in targets) > MAX_VERSIONS:
            return too_many(targets)
        in_force = await self._policy()
        scope = Scope.of(targets)
        terms = in_force.terms_for(scope.refs, scope.targets)
        decides = await self._quorum.decides_alone(person, terms)
        if not decides and (few := await self._quorum.too_few(terms, person.user_id)) is not None:
            return too_few_approvers(title(targets), terms, few.requirement, few.may_approve)
        facts = await self._facts.read(plan, targets)
        draft = Draft(
            trigger=self._trigger(requester, plan),
            requester=person.user_id,
            team_id=person.team_id,
            origin_channel=requester.channel_id,
            account=plan.account.username,
            terms=terms,
            targets=targets,
            versions=versions_of(plan),
            left_out=plan.left_out,
            reason=grounds.reason,
            reference=grounds.reference,
            rules=plan.selected_by,
        )
        request_id = await self._requests.save_draft(draft)
        if request_id is None:
            return None
        await self._facts.save(request_id, facts)
        request = await self._requests.get(request_id)
        wanted = ReasonWanted.REQUIRED if in_force.reason_required else ReasonWanted.OPTIONAL
        return preview(request, targets, plan, decides=decides, reason=wanted, facts=facts)

    def _trigger(self, requester: Requester, plan: Plan) -> str:
        """Return what makes a draft the only one of its delivery: with several accounts there is one for each."""
        return requester.trigger if self._accounts.is_only else f"{requester.trigger} {plan.account.username.lower()}"


async def together(admitted: Awaitable[Person], reading: Awaitable[Read]) -> tuple[Person, Read]:
    """Ask Slack and read Replicate at the same time; a refusal by Slack's answer comes first."""
    planning = asyncio.ensure_future(reading)
    try:
        person = await admitted
    except BaseException:
        planning.cancel()
        await asyncio.gather(planning, return_exceptions=True)
        raise
    return person, await planning
