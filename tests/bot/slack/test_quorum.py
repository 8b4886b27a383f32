"""For which requirements somebody's approval counts, by what Slack says of people and groups now."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.clock import Clock
from bot.errors import SlackUnavailable
from bot.policy_source import PolicySource
from bot.refs import ModelRef
from bot.requests.decisions import NAME_TYPED, Choice, Decision
from bot.requests.policy import Approvers, Denial
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.requests.policy_rules import ModelEntry, PolicyRules, SizeEntry
from bot.requests.request import Request, State
from bot.requests.scope import Scope
from bot.requests.terms import Requirement, Terms
from bot.slack.client import web_client
from bot.slack.people import People
from bot.slack.quorum import Quorum, TooFew
from tests.bot.messages.waiting_request import WAITING
from tests.sandbox.slack.people import TEAM_ID, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

TEAM, PROD = Approvers.parse("STEAM"), Approvers.parse("SPROD")
BASE, FURTHER = str(TEAM), str(PROD)
TERMS = Terms(1, TEAM, further=(Requirement(PROD, 1),))
SCOPE = Scope((ModelRef("acme", "prod"),), 2, ModelRef("acme", "prod"))
ASKS_PROD = PolicyRules(models=(ModelEntry(("acme/prod",), approvers=PROD, approvals=1),))


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """A workspace in which Ben is in the team, Dan in the group of production, Chloe in both, and a guest too."""
    async with StandInSlack(rate_limits=False) as opened:
        for user in ("UANA", "UBEN", "UCHLOE", "UDAN"):
            opened.add_person(user, name=user)
        opened.add_person("UGUS", name="Gus", kind=PersonKind.GUEST)
        opened.add_group(BASE, handle="team", members=["UBEN", "UCHLOE", "UGUS"])
        opened.add_group(FURTHER, handle="prod", members=["UDAN", "UCHLOE", "UGUS"])
        yield opened


def source(*policies: Policy) -> PolicySource:
    async def ask() -> PolicyInForce:
        return PolicyInForce(policies)

    return ask


def quorum(slack: StandInSlack, *policies: Policy) -> Quorum:
    people = People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, Clock())
    return Quorum(people, source(*(policies or (Policy(Terms(1, TEAM)),))))


async def counts_for(asked: Quorum, user: str, terms: Terms = TERMS) -> set[str]:
    return set((await asked.still_count([user], terms))[user])


def approved(terms: Terms, **given: tuple[str, ...]) -> Request:
    decisions = tuple(Decision(user, TEAM_ID, Choice.APPROVE, 1.0, counts_for=keys) for user, keys in given.items())
    return replace(WAITING, state=State.APPROVED, terms=terms, decisions=decisions)


async def test_an_approval_counts_for_each_requirement_that_names_its_giver(slack: StandInSlack) -> None:
    """Groups are looked at one by one; a guest and somebody whom Slack does not know count for nothing."""
    asked = quorum(slack)
    counted = {user: await counts_for(asked, user) for user in ("UANA", "UBEN", "UCHLOE", "UDAN", "UGUS", "UNOBODY")}
    assert counted == {
        "UANA": set(),
        "UBEN": {BASE},
        "UCHLOE": {BASE, FURTHER},
        "UDAN": {FURTHER},
        "UGUS": set(),
        "UNOBODY": set(),
    }


async def test_only_the_base_takes_the_approvers_of_every_process(slack: StandInSlack) -> None:
    """For the base somebody has to be among today's approvers of all processes too, for others only among their own."""
    asked = quorum(slack, Policy(Terms(1, TEAM)), Policy(Terms(1, Approvers.parse("UBEN"))))
    assert await counts_for(asked, "UBEN") == {BASE}
    assert await counts_for(asked, "UCHLOE") == {FURTHER}


async def test_whoever_one_requirement_names_may_decide(slack: StandInSlack) -> None:
    """One requirement is enough to decide, and a guest may not, in whatever group they are."""
    asked, people = quorum(slack), People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, Clock())
    denials = [await asked.denial(await people.person(user), TERMS) for user in ("UDAN", "UBEN", "UANA", "UGUS")]
    assert denials == [None, None, Denial.NOT_AN_APPROVER, Denial.NOT_A_MEMBER]
    assert await asked.denial(await people.person("UDAN")) is Denial.NOT_AN_APPROVER


async def test_a_group_that_cannot_be_read_is_never_guessed(slack: StandInSlack) -> None:
    """It keeps an approval from being counted, but not somebody whom another requirement names from rejecting."""
    asked, people = quorum(slack), People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, Clock())
    named = replace(TERMS, further=(Requirement(Approvers.parse("UDAN"), 1),))
    dan, ana = await people.person("UDAN"), await people.person("UANA")
    slack.fail("usergroups.users.list", times=100, error="missing_scope")
    assert await asked.denial(dan, named) is None
    for asking in (asked.denial(ana, named), asked.counts_for(dan, named)):
        with pytest.raises(SlackUnavailable):
            await asking


async def test_a_requester_decides_alone_only_if_every_requirement_names_them(slack: StandInSlack) -> None:
    """Where nobody else is needed, the requester has to be in each group."""
    asked, people = quorum(slack), People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, Clock())
    none = Terms(0, TEAM, further=(Requirement(PROD, 0),))
    alone = [await asked.decides_alone(await people.person(user), none) for user in ("UBEN", "UDAN", "UCHLOE")]
    assert alone == [False, False, True]
    assert not await asked.decides_alone(await people.person("UCHLOE"), replace(none, confirm_name=True))


async def test_what_was_approved_is_held_to_the_stricter_of_then_and_now(slack: StandInSlack) -> None:
    """Before deleting, each requirement of then and of today needs approvals of people who are in its group now."""
    by_ben = approved(Terms(1, TEAM), UBEN=(BASE,))
    today = quorum(slack, Policy(Terms(1, TEAM), rules=ASKS_PROD))
    assert await quorum(slack).objection(by_ben, SCOPE) is None
    assert await today.objection(by_ben, SCOPE) == (
        "it needs 1 approval of SPROD under the policy in force now, and 0 of those given still count"
    )
    assert await today.objection(approved(Terms(1, TEAM), UCHLOE=(BASE,)), SCOPE) is None
    both = approved(TERMS, UBEN=(BASE,), UDAN=(FURTHER,))
    assert await quorum(slack).objection(both, SCOPE) is None
    slack.add_group(FURTHER, handle="prod", members=["UCHLOE"])
    assert "1 approval of SPROD" in str(await quorum(slack).objection(both, SCOPE))


async def test_a_lone_confirmation_is_held_to_it_too(slack: StandInSlack) -> None:
    """What a requester decided alone needs that every requirement of today names them, and needs nobody else."""
    alone = replace(approved(Terms(0, TEAM)), requester="UBEN")
    none = Terms(0, TEAM)
    assert await quorum(slack, Policy(none)).objection(alone, SCOPE) is None
    rules = PolicyRules(models=(ModelEntry(("acme/prod",), approvers=PROD, approvals=0),))
    assert "by somebody who may not approve" in str(
        await quorum(slack, Policy(none, rules=rules)).objection(alone, SCOPE)
    )
    assert "without an approval" in str(await quorum(slack, Policy(none, rules=ASKS_PROD)).objection(alone, SCOPE))


async def test_a_name_that_today_needs_was_typed_by_somebody_who_still_counts(slack: StandInSlack) -> None:
    """Where the policy in force has the last approver type the name, an approval without it is not enough."""
    today = quorum(slack, Policy(Terms(1, TEAM), rules=PolicyRules(sizes=(SizeEntry(1, confirm_name=True),))))
    assert "types the model's name" in str(await today.objection(approved(Terms(1, TEAM), UBEN=(BASE,)), SCOPE))
    assert await today.objection(approved(Terms(1, TEAM), UBEN=(BASE, NAME_TYPED)), SCOPE) is None
    left = approved(Terms(1, TEAM), UBEN=(BASE,), UDAN=(BASE, NAME_TYPED))
    assert "types the model's name" in str(await today.objection(left, SCOPE))


async def test_each_requirement_needs_enough_people(slack: StandInSlack) -> None:
    """A request that one group could never approve is told of by that group, without its requester and guests."""
    assert await quorum(slack).too_few(TERMS, "UANA") is None
    two = Requirement(PROD, 2)
    assert await quorum(slack).too_few(replace(TERMS, further=(two,)), "UANA") is None
    assert await quorum(slack).too_few(replace(TERMS, further=(two,)), "UDAN") == TooFew(two, 1)
