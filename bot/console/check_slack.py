"""Tests the people and the channels that the settings and the policy file name."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace

from slack_sdk.web.async_client import AsyncWebClient

from bot.console.finding import Finding, finding
from bot.errors import BotError, NotAllowed
from bot.own_policy import OwnPolicy
from bot.plurals import counted
from bot.policy_source import fixed_policy
from bot.requests.channel_kind import ChannelKind
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy
from bot.requests.terms import Terms
from bot.settings import Settings
from bot.slack.channels import channel_kind
from bot.slack.client import SlackRefusal, call_slack
from bot.slack.people import People
from bot.slack.quorum import Quorum


def of_approvers(people: People, terms: Terms) -> list[Awaitable[Finding]]:
    """Return the tests of those whom APPROVERS names, and whether they are enough."""
    return [
        *of_people("APPROVERS", people, terms.approvers),
        finding("APPROVALS_REQUIRED", _quorum_line(people, terms, "whom APPROVERS names")),
    ]


def of_people(name: str, people: People, named: Approvers) -> list[Awaitable[Finding]]:
    """Return the tests of each user and each group that a setting or an entry names."""
    return [
        *(finding(name, _member_line(people, user_id)) for user_id in sorted(named.users)),
        *(finding(name, _group_line(people, group_id)) for group_id in sorted(named.groups)),
    ]


def of_policy_file(client: AsyncWebClient, people: People, own: OwnPolicy) -> list[Awaitable[Finding]]:
    """Return the tests of the people and the channels that the policy file and BREAK_GLASS name."""
    policy = own.policy
    tests = [] if policy.break_glass is None else of_people("BREAK_GLASS", people, policy.break_glass)
    for number, entry in enumerate(policy.rules.models, start=1):
        place = f"policy file: models[{number}]"
        for key, named in (("requesters", entry.requesters), ("approvers", entry.approvers)):
            tests += of_people(f"{place}.{key}", people, named) if named is not None else []
        if entry.approvers is not None:
            approvals = policy.terms.approvals_required if entry.approvals is None else entry.approvals
            own_terms = replace(policy.terms, approvers=entry.approvers, approvals_required=approvals)
            tests.append(finding(place, _quorum_line(people, own_terms, "whom it names")))
    for rule in own.cleanups:
        tests.append(finding(f'policy file: cleanup "{rule.name}".channel', channel_line(client, rule.channel)))
        tests.append(finding(f'policy file: cleanup "{rule.name}".owner', _member_line(people, rule.owner)))
    return tests


async def _quorum_line(people: People, terms: Terms, who: str) -> str:
    """Return that enough people may approve a request of a user who may not approve. Raises BotError if too few."""
    few = await Quorum(people, fixed_policy(Policy(terms)), remembered=True).too_few(terms, requester="")
    needed = counted(terms.base.needed, "approval")
    if few is not None:
        raise BotError(f"{needed} needed, and only {few.may_approve} of those {who} may approve")
    return f"{needed} needed, and enough people may approve"


async def _member_line(people: People, user_id: str) -> str:
    try:
        person = await people.person(user_id)
    except NotAllowed as exc:
        raise BotError(f"Slack knows no {user_id} in this workspace") from exc
    if not person.is_member:
        raise BotError(f"{user_id} is {person.standing.value}, and no full member")
    return f"{user_id} is a full member"


async def _group_line(people: People, group_id: str) -> str:
    members = await people.group(group_id)
    if not members:
        raise BotError(f"the group {group_id} does not exist or has no members")
    return f"the group {group_id} has {counted(len(members), 'member')}"


def of_channels(client: AsyncWebClient, settings: Settings) -> list[Awaitable[Finding]]:
    """Return the tests of the channels that the settings name."""
    approval_channel = settings.approval_channel
    return [
        *([finding("APPROVAL_CHANNEL", channel_line(client, approval_channel))] if approval_channel else []),
        *(
            finding("REQUEST_CHANNELS", _known_line(client, one) if approval_channel else channel_line(client, one))
            for one in settings.request_channels
        ),
    ]


async def _known_line(client: AsyncWebClient, channel_id: str) -> str:
    """Check a channel that only commands are typed in: it has to exist, as far as the bot can see."""
    if await channel_kind(client, channel_id) is ChannelKind.NOT_INVITED:
        try:
            await call_slack(client.conversations_info(channel=channel_id))
        except SlackRefusal as refusal:
            raise BotError(f"{channel_id}: there is no such channel, or the bot is not in it") from refusal
    return f"{channel_id}: known"


async def channel_line(client: AsyncWebClient, channel_id: str) -> str:
    """Return that cards may go to a channel. Raises BotError where they may not."""
    place = await channel_kind(client, channel_id)
    if place is not ChannelKind.OPEN:
        raise BotError(f"{channel_id}: {place.value}")
    return f"{channel_id}: {place.value}"
