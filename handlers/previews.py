"""What the two commands share: who asks and where, the plan, its draft, its preview."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import replace
from typing import TypeVar

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.messages.previews import ReasonWanted, nothing_to_delete, preview, too_few_approvers, too_many
from bot.messages.refusals import denied, wrong_channel, wrong_place
from bot.messages.wording import title
from bot.planning.drafts import targets_of, versions_of
from bot.planning.facts import Facts, read_facts
from bot.planning.plan import Plan
from bot.refs import Command, ModelRef
from bot.requests.policy import Person, may_ask
from bot.requests.request import MAX_VERSIONS
from bot.services import Services
from bot.slack.channels import channel_kind
from bot.slack.client import SlackRefusal
from bot.store import Draft
from handlers.payloads import Requester

Read = TypeVar("Read")
"""What is read of Replicate meanwhile: a plan, or the facts for one."""


async def admit(services: Services, command: Command, asking: Requester) -> Person:
    """Return who asks, when they may, and a card could go where it has to.

    Raises NotAllowed with what to do instead, and SlackUnavailable.
    """
    if elsewhere := (await services.policy()).channels_without(asking.channel_id):
        raise wrong_channel(elsewhere, command)
    person, _ = await asyncio.gather(
        services.people.person(asking.user_id),
        admit_card(services, asking.channel_id, asking.channel_name),
    )
    return let_in(person)


def let_in(person: Person) -> Person:
    """Return somebody who may ask for deletions. Raises NotAllowed for anybody else."""
    if denial := may_ask(person):
        raise denied(denial, person)
    return person


async def admit_card(services: Services, origin: str, origin_name: str = "") -> None:
    """Return when the card of a request typed in `origin` could be posted and nobody outside would read it.

    Raises NotAllowed with what to do instead, and SlackUnavailable.
    """
    channel_id = card_channel(services, origin)
    try:
        place = await channel_kind(services.slack, channel_id, origin_name if channel_id == origin else "")
    except SlackRefusal as refusal:
        raise SlackUnavailable(
            f"Slack does not tell the bot about this channel ({refusal}), so nothing was requested. "
            "Whoever runs the bot can look with `python -m bot check`."
        ) from refusal
    fixed = services.settings.approval_channel is not None
    if objection := wrong_place(place, channel_id, services.identity.bot_user, fixed=fixed):
        raise objection


async def offer(services: Services, asking: Requester, person: Person, plan: Plan, reason: str) -> Message | None:
    """Store the plan as a draft and return its preview.

    None for a command that was delivered twice: the first delivery is answering it.
    """
    targets = targets_of(plan)
    if not targets:
        return nothing_to_delete(plan)
    if sum(target.version_id is not None for target in targets) > MAX_VERSIONS:
        return too_many(targets)
    in_force = await services.policy()
    terms = in_force.terms
    decides = await services.quorum.decides_alone(person)
    if not decides and (few := await services.quorum.too_few(terms, person.user_id)) is not None:
        return too_few_approvers(title(targets), terms, few)
    draft = Draft(
        trigger=asking.trigger,
        requester=person.user_id,
        team_id=person.team_id,
        origin_channel=asking.channel_id,
        account=plan.account.username,
        terms=terms,
        targets=targets,
        versions=versions_of(plan),
        left_out=plan.left_out,
        reason=reason,
        rules=plan.selected_by,
    )
    request_id = await services.requests.save_draft(draft)
    if request_id is None:
        return None
    request = await services.requests.get(request_id)
    wanted = ReasonWanted.REQUIRED if in_force.reason_required else ReasonWanted.OPTIONAL
    refused = plan.refused_before(await services.prior.read({target.ref for target in targets}))
    return preview(request, targets, plan, decides=decides, reason=wanted, refused=refused)


async def facts_about(services: Services, models: Iterable[ModelRef]) -> Facts:
    """Read all that verdicts on versions of these models need, and keep their schemas.

    Raises ReplicateError and DatabaseUnavailable.
    """
    facts = await read_facts(services.replicate, models, usage=True, read=services.schemas.read)
    return await with_prior(services, facts)


async def with_prior(services: Services, facts: Facts) -> Facts:
    """Return facts with what the bot's own requests say about the models. Raises DatabaseUnavailable."""
    refs = [found.model.ref for found in facts.models.values() if found]
    return replace(facts, prior=await services.prior.read(refs))


def card_channel(services: Services, origin: str) -> str:
    """Return where the card of a request typed in `origin` goes."""
    return services.settings.approval_channel or origin


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
