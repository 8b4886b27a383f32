"""Puts together what makes proposals."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.clock import Clock
from bot.policy_source import PolicyToday, for_deciding
from bot.proposals.evaluator import Evaluator
from bot.proposals.permission import Permission
from bot.proposals.place import Place
from bot.proposals.proposals import Proposals, Stores
from bot.proposals.rule_reader import ReplicateOf, RuleReader
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.database import Database
from bot.store.proposals import ProposalStore
from bot.store.rule_turns import RuleTurnStore


def make_proposals(
    slack: AsyncWebClient,
    replicate_of: ReplicateOf,
    database: Database,
    people: People,
    policy: PolicyToday,
    clock: Clock,
    place: Place,
) -> Proposals:
    """Return what makes this process's proposals."""
    reader = RuleReader(replicate_of, database, place.identity.url)
    evaluator = make_evaluator(reader, slack, people, policy, clock, place)
    return Proposals(evaluator, Stores(RuleTurnStore(database), ProposalStore(database)), policy, place, clock)


def make_evaluator(
    reader: RuleReader, slack: AsyncWebClient, people: People, policy: PolicyToday, clock: Clock, place: Place
) -> Evaluator:
    """Return what says what rules would propose."""
    permission = Permission(reader, slack, Quorum(people, policy.in_force), place)
    return Evaluator(reader, for_deciding(policy.in_force), permission, clock)
