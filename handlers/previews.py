"""A plan becomes a draft and its preview."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from bot.messages.message import Message
from bot.messages.previews import ReasonWanted, nothing_to_delete, preview, too_few_approvers, too_many
from bot.messages.wording import title
from bot.planning.drafts import targets_of, versions_of
from bot.planning.plan import Plan
from bot.policy_source import PolicySource
from bot.requests.policy import Person
from bot.requests.request import MAX_VERSIONS
from bot.slack.quorum import Quorum
from bot.store import Draft, PriorRequestStore, RequestStore
from handlers.payloads import Requester

Read = TypeVar("Read")
"""What is read of Replicate: a plan, or the facts for one."""


class Previews:
    """Stores drafts and shows them."""

    def __init__(self, requests: RequestStore, prior: PriorRequestStore, policy: PolicySource, quorum: Quorum) -> None:
        self._requests = requests
        self._prior = prior
        self._policy = policy
        self._quorum = quorum

    async def offer(self, requester: Requester, person: Person, plan: Plan, reason: str) -> Message | None:
        """Store the plan as a draft and return its preview.

        None for a command that was delivered twice: the first delivery answers it.
        """
        targets = targets_of(plan)
        if not targets:
            return nothing_to_delete(plan)
        if sum(target.version_id is not None for target in targets) > MAX_VERSIONS:
            return too_many(targets)
        in_force = await self._policy()
        terms = in_force.terms
        decides = await self._quorum.decides_alone(person)
        if not decides and (few := await self._quorum.too_few(terms, person.user_id)) is not None:
            return too_few_approvers(title(targets), terms, few)
        draft = Draft(
            trigger=requester.trigger,
            requester=person.user_id,
            team_id=person.team_id,
            origin_channel=requester.channel_id,
            account=plan.account.username,
            terms=terms,
            targets=targets,
            versions=versions_of(plan),
            left_out=plan.left_out,
            reason=reason,
            rules=plan.selected_by,
        )
        request_id = await self._requests.save_draft(draft)
        if request_id is None:
            return None
        request = await self._requests.get(request_id)
        wanted = ReasonWanted.REQUIRED if in_force.reason_required else ReasonWanted.OPTIONAL
        refused = plan.refused_before(await self._prior.read({target.ref for target in targets}))
        return preview(request, targets, plan, decides=decides, reason=wanted, refused=refused)


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
