"""Who may carry a request out without approvals, by what Slack says at the moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.clock import Clock
from bot.errors import SlackUnavailable
from bot.policy_source import fixed_policy
from bot.requests.decisions import BreakGlass
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.requests.request import Request, State
from bot.requests.scope import Scope
from bot.slack.break_glass import may_break_glass, objection_to
from bot.slack.client import web_client
from bot.slack.people import People
from bot.slack.quorum import Quorum
from tests.bot.messages.waiting_request import WAITING
from tests.sandbox.slack.people import TEAM_ID, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

GROUP = Approvers.parse("SONCALL")
DAN = Approvers.parse("UDAN")
NOBODY = Scope((), 0, None)


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """Dan is on call, Ben is not, and Gus is a guest who is in the group all the same."""
    async with StandInSlack(rate_limits=False) as opened:
        opened.add_person("UDAN", name="Dan")
        opened.add_person("UBEN", name="Ben")
        opened.add_person("UGUS", name="Gus", kind=PersonKind.GUEST)
        opened.add_group("SONCALL", handle="on-call", members=["UDAN", "UGUS"])
        yield opened


def people_of(slack: StandInSlack) -> People:
    return People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, Clock())


def in_force(*sets: Approvers | None) -> PolicyInForce:
    """Return the policy of as many processes, each with these people."""
    return PolicyInForce(tuple(Policy(WAITING.terms, break_glass=people) for people in sets))


async def may(slack: StandInSlack, user_id: str, *sets: Approvers | None) -> bool:
    people = people_of(slack)
    return await may_break_glass(people, await people.person(user_id), in_force(*sets))


async def test_those_who_are_named_or_in_a_named_group_may(slack: StandInSlack) -> None:
    """Dan may by his id and by his group; Ben is in neither."""
    assert await may(slack, "UDAN", DAN)
    assert await may(slack, "UDAN", GROUP)
    assert not await may(slack, "UBEN", GROUP)


async def test_a_guest_never_may(slack: StandInSlack) -> None:
    """Only a full member may, whatever group they are in."""
    assert not await may(slack, "UGUS", GROUP)


async def test_everybody_is_nobody(slack: StandInSlack) -> None:
    """A process whose settings would let everybody lets nobody: such settings are refused, so it is a mistake."""
    assert not await may(slack, "UDAN", Approvers(everyone=True))


@pytest.mark.parametrize("others", [None, Approvers.parse("UBEN"), Approvers.parse("SNONE")])
async def test_it_takes_every_process(slack: StandInSlack, others: Approvers | None) -> None:
    """A process that lets nobody, somebody else, or a group that is not there, keeps Dan from it."""
    assert not await may(slack, "UDAN", DAN, others)


async def test_a_group_that_cannot_be_read_lets_nobody(slack: StandInSlack) -> None:
    """Where Slack does not say who is in the group, nothing is decided; a name of one's own needs no group."""
    slack.fail("usergroups.users.list", status=503, times=9)
    with pytest.raises(SlackUnavailable):
        await may(slack, "UDAN", GROUP)
    assert await may(slack, "UDAN", Approvers.parse("UDAN,SONCALL"))


def broken(**changes: object) -> Request:
    glass = BreakGlass("UDAN", "these weights leak customer data", is_posted=True)
    return replace(WAITING, state=State.DELETING, break_glass=glass, **changes)  # type: ignore[arg-type]


async def objection(slack: StandInSlack, policy: Policy) -> str | None:
    return await Quorum(people_of(slack), fixed_policy(policy)).objection(broken(), NOBODY)


async def test_the_quorum_takes_it_instead_of_approvals(slack: StandInSlack) -> None:
    """No approval is needed while the person may still do it, however many the policy asks for by now."""
    stricter = replace(WAITING.terms, approvals_required=5, confirm_name=True)
    assert await objection(slack, Policy(stricter, break_glass=GROUP)) is None


@pytest.mark.parametrize("now", [None, Approvers.parse("UBEN")])
async def test_it_counts_only_while_the_person_may(slack: StandInSlack, now: Approvers | None) -> None:
    """Once the settings name nobody, or others, nothing of it is deleted."""
    said = await objection(slack, Policy(WAITING.terms, break_glass=now))
    assert said == "it was carried out without approval, by somebody who may not do that any more"


async def test_who_left_counts_no_more(slack: StandInSlack) -> None:
    """Who left the group, or is not in the workspace any more, has carried out nothing."""
    slack.workspace.groups["SONCALL"].members.clear()
    assert await objection_to(people_of(slack), "UDAN", in_force(GROUP)) is not None
    assert await objection_to(people_of(slack), "UNEVER", in_force(Approvers.parse("UNEVER"))) is not None
