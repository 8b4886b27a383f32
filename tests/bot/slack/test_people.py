"""Who somebody is: what Slack says about them, remembered for a minute."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator

import pytest

from bot.clock import Clock
from bot.requests.policy import Approvers
from bot.slack.client import web_client
from bot.slack.people import People
from tests.sandbox.slack.people import TEAM_ID, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

EVERYBODY = Approvers.parse("*")
FULL_MEMBERS = {"UANA", "UBEN"}


class Hasty(Clock):
    """A clock on which some seconds pass whenever somebody looks at it."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds
        self._moment = 0.0

    def elapsed(self) -> float:
        """Return a moment later than the last one."""
        self._moment += self._seconds
        return self._moment


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """A workspace of two full members, a guest, and a group of the two."""
    async with StandInSlack(rate_limits=False) as opened:
        opened.add_person("UANA", name="Ana")
        opened.add_person("UBEN", name="Ben")
        opened.add_person("UGUS", name="Gus", kind=PersonKind.GUEST)
        opened.add_group("SLEADS", handle="ml-leads", members=["UANA", "UBEN"])
        yield opened


def people_of(slack: StandInSlack, clock: Clock) -> People:
    return People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, clock)


def asked(slack: StandInSlack) -> Counter[str]:
    """Count what Slack was asked, by method."""
    return Counter(call.method for call in slack.calls)


@pytest.mark.parametrize("seconds", [1.0, 7.0, 11.0, 29.0])
async def test_an_answer_that_expires_in_between_is_asked_again(slack: StandInSlack, seconds: float) -> None:
    """Somebody, and a group, whose answer is forgotten at that very moment is asked about again."""
    people = people_of(slack, Hasty(seconds))
    for _ in range(100):
        assert (await people.person("UANA", remembered=True)).is_member
        assert await people.group("SLEADS") == FULL_MEMBERS
    assert asked(slack)["users.info"] > 1
    assert asked(slack)["usergroups.users.list"] > 1


async def full_members(people: People) -> set[str]:
    """Return the full members among everybody, each of them looked at as for a request."""
    return {user_id async for user_id in people.candidates(EVERYBODY) if await people.is_member(user_id)}


async def test_everybody_is_listed_once_a_minute(slack: StandInSlack) -> None:
    """Whoever asks who everybody is, and what each of them is, asks Slack one question a minute."""
    clock = Clock()
    people = people_of(slack, clock)
    for _ in range(5):
        assert await full_members(people) == FULL_MEMBERS
    assert asked(slack) == Counter({"users.list": 1})
    clock.shift += 61
    assert await full_members(people) == FULL_MEMBERS
    assert asked(slack) == Counter({"users.list": 2})


async def test_each_page_of_people_is_asked_for_once(slack: StandInSlack) -> None:
    """Everybody is listed, page by page, each of which is asked for once."""
    for number in range(450):
        slack.add_person(f"U{number:04}", name=f"Person {number}")
    people = people_of(slack, Clock())
    for _ in range(2):
        assert len(await full_members(people)) == 452
    assert asked(slack) == Counter({"users.list": 3})
