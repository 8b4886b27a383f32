"""`python -m bot cleanup`: prints the cleanup rules, or what one of them would propose now. Nothing is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from bot.cleanup.rule import CleanupRule
from bot.clock import Clock
from bot.console.account_client import client_of
from bot.console.cleanup_formats import RuleStatus, evaluation_lines, status_lines
from bot.console.database_as_it_is import database_as_it_is
from bot.errors import NotNow, NotUnderstood
from bot.own_policy import OwnPolicy
from bot.policy_source import PolicySource, PolicyToday
from bot.proposals.place import Place
from bot.proposals.rule_reader import RuleReader
from bot.proposals.setup import make_evaluator
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.settings import Settings, load_settings
from bot.slack.client import web_client
from bot.slack.identity import identify
from bot.slack.people import People
from bot.store.database import Database
from bot.store.processes import ProcessStore
from bot.store.proposals import ProposalStore
from bot.store.rule_turns import RuleTurnStore
from bot.untrusted_text import on_one_line

_UNREADABLE = (
    "A process of another version has settings that this one cannot read; while both live, nothing is decided."
)


@dataclass(frozen=True, slots=True)
class CleanupQuery:
    """What to print: all rules or, by its name, what one of them would propose now."""

    name: str | None = None
    as_json: bool = False


async def cleanup(query: CleanupQuery) -> bool:
    """Print the answer; return whether the rule that was asked about could be evaluated. Raises BotError."""
    settings = load_settings()
    own = OwnPolicy(settings.policy, settings.policy_file)
    own.read()
    if query.name is None and not own.cleanups:
        print(f"There are no cleanup rules ({own.summary}).")  # noqa: T201 - this is the command line
        return True
    rule = None if query.name is None else rule_named(query.name, own.cleanups)
    async with database_as_it_is(settings, Clock()) as database:
        if rule is None:
            async for line in _statuses(own.cleanups, database, as_json=query.as_json):
                print(line)  # noqa: T201 - this is the command line
            return True
        return await _dry_run(rule, settings, own, database, as_json=query.as_json)


def rule_named(name: str, rules: Sequence[CleanupRule]) -> CleanupRule:
    """Return the rule of this name, without regard to capitals and spaces. Raises NotUnderstood with near misses."""
    by_name = {_folded(rule.name): rule for rule in rules}
    if (found := by_name.get(_folded(name))) is not None:
        return found
    near = get_close_matches(_folded(name), by_name, n=3)
    there = [by_name[one].name for one in near] or [rule.name for rule in rules]
    meant = "Did you mean" if near else "There are" if there else ""
    named = ", ".join(f'"{on_one_line(one)}"' for one in there)
    raise NotUnderstood(
        f'The policy file has no cleanup rule "{on_one_line(name[:100])}". '
        + (f"{meant} {named}{'?' if near else '.'}" if there else "It has none at all.")
    )


async def _statuses(rules: Sequence[CleanupRule], database: Database, *, as_json: bool) -> AsyncIterator[str]:
    times, proposals = await RuleTurnStore(database).next_times(rules), ProposalStore(database)
    for number, rule in enumerate(sorted(rules, key=lambda rule: times[rule.name])):
        past = await proposals.past(rule.name, rule.quiet_for)
        if number and not as_json:
            yield ""
        for line in status_lines(RuleStatus(rule, times[rule.name], past), as_json=as_json):
            yield line


async def _dry_run(rule: CleanupRule, settings: Settings, own: OwnPolicy, database: Database, *, as_json: bool) -> bool:
    """Evaluate the rule as its schedule would, and print what comes of it."""
    clock = Clock()
    slack = web_client(settings.slack_bot_token.get_secret_value(), settings.slack_api_url, settings.network)
    identity = await identify(slack)
    policy = PolicyToday(_in_force(own.policy, database), lambda: own.cleanups)
    async with client_of(settings, rule.account) as replicate:
        reader = RuleReader(lambda _: replicate, database, identity.url, remembers=False)
        people, place = People(slack, identity.team_id, clock), Place.of(settings, identity)
        evaluation = await make_evaluator(reader, slack, people, policy, clock, place).evaluate(rule)
    past = await ProposalStore(database).past(rule.name, rule.quiet_for)
    for line in evaluation_lines(evaluation, past, as_json=as_json):
        print(line)  # noqa: T201 - this is the command line
    return evaluation.trouble is None


def _in_force(own: Policy, database: Database) -> PolicySource:
    """Return a source of the strictest of this policy and those of the live processes, without joining them.

    It raises NotNow where one of these cannot be read: then nothing is proposed.
    """

    async def ask() -> PolicyInForce:
        live = await ProcessStore(database).others()
        try:
            others = [Policy.from_json(process.policy) for process in live]
        except (ValueError, KeyError, TypeError) as exc:
            raise NotNow(_UNREADABLE) from exc
        return PolicyInForce((own, *others))

    return ask


def _folded(name: str) -> str:
    return " ".join(name.lower().split())
