"""Whether Slack says that somebody is among those who may ask."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.clock import Clock
from bot.errors import SlackUnavailable
from bot.refs import ModelRef
from bot.requests.policy import Approvers
from bot.requests.requesters import Denied, Restriction
from bot.slack.client import web_client
from bot.slack.entitlement import Entitlement
from bot.slack.people import People
from tests.sandbox.slack.people import TEAM_ID, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

PROD, VOICE = ModelRef("acme", "prod"), ModelRef("acme", "voice")


def only(text: str, *refs: ModelRef) -> Restriction:
    return Restriction(Approvers.parse(text), refs or (PROD,))


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """A workspace of two full members and a guest, with a group of one of them and the guest."""
    async with StandInSlack(rate_limits=False) as opened:
        opened.add_person("UANA", name="Ana")
        opened.add_person("UDAN", name="Dan")
        opened.add_person("UGUS", name="Gus", kind=PersonKind.GUEST)
        opened.add_group("SML", handle="ml", members=["UANA", "UGUS"])
        opened.add_group("SOPS", handle="ops", members=["UDAN"])
        yield opened


@pytest.fixture
def people(slack: StandInSlack) -> People:
    return People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, Clock())


async def denied(people: People, user: str, *restrictions: Restriction) -> tuple[Denied, ...]:
    return await Entitlement(people).denied(await people.person(user), restrictions)


async def test_every_restriction_has_to_name_them(people: People) -> None:
    """Somebody may ask only where each restriction names them, by id, by a group or as a full member."""
    assert await denied(people, "UANA", only("SML"), only("UANA,UDAN"), only("*")) == ()
    assert await denied(people, "UDAN", only("SML"), only("UANA,UDAN"), only("SML", VOICE)) == (
        Denied(only("SML")),
        Denied(only("SML", VOICE)),
    )


async def test_guests_in_a_group_may_not_ask(people: People) -> None:
    """A guest may not ask, in whatever group they are."""
    assert await denied(people, "UGUS", only("SML")) == (Denied(only("SML")),)


@pytest.mark.parametrize("gone", ["disabled", "removed"])
async def test_a_group_that_is_not_there_lets_nobody_in(slack: StandInSlack, people: People, gone: str) -> None:
    """A disabled group has no members for the bot, and neither has one that does not exist; the answer names it."""
    if gone == "disabled":
        slack.workspace.groups["SML"].disabled = True
    else:
        del slack.workspace.groups["SML"]
    assert await denied(people, "UANA", only("SML,SOPS")) == (Denied(only("SML,SOPS"), empty=("SML",)),)


TROUBLES: dict[str, dict[str, Any]] = {
    "who is in the group SML (missing_scope)": {"error": "missing_scope"},
    "who is in the group SML (plan_upgrade_required)": {"error": "plan_upgrade_required"},
    "limiting how often the bot may ask": {"error": "ratelimited"},
    "having trouble": {"status": 503},
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_group_that_cannot_be_read_lets_nobody_in(slack: StandInSlack, people: People, trouble: str) -> None:
    """Where Slack does not tell who is in the group, nobody is, and it is known that this was not found out."""
    slack.fail("usergroups.users.list", times=100, **TROUBLES[trouble])
    [one] = await denied(people, "UANA", only("SML"))
    assert one.unread is not None
    assert trouble in str(one.unread)
    with pytest.raises(SlackUnavailable):
        await Entitlement(people).objection("UANA", (only("SML"),))


async def test_who_is_named_by_id_needs_no_readable_group(slack: StandInSlack, people: People) -> None:
    """Somebody whom a restriction names by id may ask while its group cannot be read."""
    slack.fail("usergroups.users.list", times=100, error="missing_scope")
    assert await denied(people, "UANA", only("SML,UANA")) == ()


async def test_an_objection_that_is_clear_does_not_wait(slack: StandInSlack, people: People) -> None:
    """Where one restriction clearly does not name the requester, it does not matter that another cannot be read."""
    slack.fail("usergroups.users.list", times=100, error="missing_scope")
    objection = await Entitlement(people).objection("UANA", (only("UDAN", PROD, VOICE), only("SML")))
    assert objection == (
        "by the policy that holds for this request only UDAN may ask for the deletion of acme/prod, acme/voice, and "
        "whoever asked for it is not among them"
    )


async def test_somebody_whom_slack_does_not_know_may_not_have_asked(slack: StandInSlack, people: People) -> None:
    """What somebody asked for whom Slack does not know any more is not carried out where only some may ask."""
    slack.workspace.people["UANA"].kind = PersonKind.HIDDEN
    assert await Entitlement(people).objection("UANA", ()) is None
    assert await Entitlement(people).objection("UANA", (only("UANA"),))
