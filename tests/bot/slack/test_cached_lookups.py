"""Questions to Slack: shared, in turn, and never more often than Slack allows."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

import pytest

from bot.clock import Clock
from bot.errors import NotAllowed, SlackUnavailable
from bot.slack.cached_lookups import CallBudget
from bot.slack.client import SlackBusy, posting_client
from bot.slack.people import People
from tests.sandbox.slack.calls import Answer, Failure
from tests.sandbox.slack.people import TEAM_ID, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

LEADS = ["SLEADS"]

COMMON = [
    "access_denied",
    "accesslimited",
    "account_inactive",
    "deprecated_endpoint",
    "ekm_access_denied",
    "enterprise_is_restricted",
    "fatal_error",
    "internal_error",
    "invalid_arg_name",
    "invalid_arguments",
    "invalid_array_arg",
    "invalid_auth",
    "invalid_charset",
    "invalid_form_data",
    "invalid_post_type",
    "is_bot",
    "method_deprecated",
    "missing_post_type",
    "missing_scope",
    "no_permission",
    "not_allowed_token_type",
    "not_authed",
    "org_login_required",
    "ratelimited",
    "request_timeout",
    "service_unavailable",
    "team_access_not_granted",
    "team_added_to_org",
    "token_expired",
    "token_revoked",
    "two_factor_setup_required",
    "user_is_restricted",
    "some_code_of_tomorrow",
]
"""What every method may answer, and one that is unknown (https://docs.slack.dev/reference/methods/users.info#errors)."""


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    """A workspace of two people and their group, with Slack's rate limits."""
    async with StandInSlack() as opened:
        opened.add_person("UANA", name="Ana")
        opened.add_person("UBEN", name="Ben")
        opened.add_group("SLEADS", handle="ml-leads", members=["UANA", "UBEN"])
        yield opened


def people_of(slack: StandInSlack, clock: Clock | None = None) -> People:
    return People(posting_client("xoxb-sandbox", slack.api_url), TEAM_ID, clock or Clock())


def sent(slack: StandInSlack, method: str) -> int:
    return sum(call.method == method for call in slack.calls)


async def test_decisions_ask_slack_again_instead_of_using_the_cache(slack: StandInSlack) -> None:
    """An answer of a moment ago is shown, and asked for again where it decides; what is shown then is the new one."""
    people = people_of(slack)
    assert (await people.person("UANA")).is_member
    slack.workspace.people["UANA"].kind = PersonKind.GUEST
    assert (await people.person("UANA", remembered=True)).is_member
    assert not (await people.person("UANA")).is_member
    assert not (await people.person("UANA", remembered=True)).is_member


async def test_simultaneous_lookups_share_one_question(slack: StandInSlack) -> None:
    """A hundred who want to know the same at once send one question, and those who come meanwhile the next one."""
    people, under_way, go_on = people_of(slack), asyncio.Event(), asyncio.Event()

    async def wait(_method: str, _arguments: dict[str, object]) -> None:
        under_way.set()
        await go_on.wait()

    slack.before_call = wait
    first = [asyncio.create_task(people.is_in_any("UANA", LEADS)) for _ in range(100)]
    await under_way.wait()
    second = [asyncio.create_task(people.is_in_any("UANA", LEADS)) for _ in range(100)]
    go_on.set()
    assert all(await asyncio.gather(*first, *second))
    assert sent(slack, "usergroups.users.list") == 2


async def test_a_lookup_after_the_question_began_asks_again(slack: StandInSlack) -> None:
    """A question that was answered before somebody left the group does not let them in afterwards."""
    people, call_slack, go_on = people_of(slack), asyncio.Event(), asyncio.Event()

    async def wait(_method: str, _arguments: dict[str, object]) -> None:
        call_slack.set()
        await go_on.wait()

    slack.after_call = wait
    before = asyncio.create_task(people.is_in_any("UANA", LEADS))
    await call_slack.wait()
    slack.workspace.groups["SLEADS"].members.remove("UANA")
    after = asyncio.create_task(people.is_in_any("UANA", LEADS))
    go_on.set()
    assert await before
    assert not await after


async def test_waiter_that_gives_up_does_not_end_the_question(slack: StandInSlack) -> None:
    """Somebody who waits no more does not end the question for the others."""
    people, under_way, go_on = people_of(slack), asyncio.Event(), asyncio.Event()

    async def wait(_method: str, _arguments: dict[str, object]) -> None:
        under_way.set()
        await go_on.wait()

    slack.before_call = wait
    gives_up, waits = (asyncio.create_task(people.person("UANA")) for _ in range(2))
    await under_way.wait()
    gives_up.cancel()
    await asyncio.gather(gives_up, return_exceptions=True)
    go_on.set()
    assert (await waits).is_member


async def test_nothing_is_sent_during_a_long_retry_after(slack: StandInSlack) -> None:
    """Until a long Retry-After is over nothing of that kind is sent, whoever it is about; then it is again."""
    clock = Clock()
    people = people_of(slack, clock)
    slack.fail("users.info", error="ratelimited", retry_after=300)
    for user in ("UANA", "UANA", "UBEN"):
        with pytest.raises(SlackBusy) as busy:
            await people.person(user)
        assert 290 < busy.value.retry_after <= 300
    assert sent(slack, "users.info") == 1
    assert await people.is_in_any("UANA", LEADS)
    clock.shift += 301
    assert (await people.person("UBEN")).is_member


async def test_a_short_retry_after_is_waited_out(slack: StandInSlack) -> None:
    """A short Retry-After is waited out by whoever asks next."""
    people = people_of(slack)
    slack.fail("users.info", error="ratelimited", retry_after=1)
    with pytest.raises(SlackBusy):
        await people.person("UANA")
    assert (await people.person("UANA")).is_member
    assert sent(slack, "users.info") == 2


async def test_sixty_group_questions_stay_within_the_rate_limit(slack: StandInSlack) -> None:
    """Sixty questions in a row about a group are answered without Slack having to say that they are too many."""
    clock = Clock()
    slack.limits.clock = clock.now
    people = people_of(slack, clock)
    for _ in range(60):
        asking = asyncio.create_task(people.is_in_any("UANA", LEADS))
        while not asking.done():
            clock.shift += 0.25
            await asyncio.wait([asking], timeout=0.01)
        assert asking.result()
    assert sent(slack, "usergroups.users.list") == 60
    assert not slack.limited


def test_questions_after_the_first_sixteen_are_spread_out() -> None:
    """After the first sixteen at once, three more are spread over the minute, and then the first ones are forgotten."""
    budget = CallBudget(per_minute=19, at_once=16, apart=0.25)
    sent = deque(n / 4 for n in range(16))
    for moment in (17.8125, 31.875, 45.9375, 60.0):
        assert budget.next_at(sent) == moment
        sent.append(moment)


@pytest.mark.parametrize("code", ["user_not_found", "user_not_visible"])
async def test_an_unknown_or_hidden_person_is_a_no(slack: StandInSlack, code: str) -> None:
    """That there is no such person, or none to be seen, is a no."""
    slack.fail("users.info", error=code)
    with pytest.raises(NotAllowed):
        await people_of(slack).person("UANA")


@pytest.mark.parametrize("code", [*COMMON, "no_such_subteam"])
async def test_other_error_codes_about_a_person_mean_not_now(slack: StandInSlack, code: str) -> None:
    """Any other code says nothing about the person: not now."""
    slack.fail("users.info", error=code)
    with pytest.raises(SlackUnavailable, match="try again"):
        await people_of(slack).person("UANA")


@pytest.mark.parametrize("code", ["no_such_subteam", "subteam_not_found"])
async def test_a_group_that_does_not_exist_has_no_members(slack: StandInSlack, code: str) -> None:
    """A group that does not exist has no members."""
    slack.fail("usergroups.users.list", error=code)
    assert not await people_of(slack).is_in_any("UANA", LEADS)


@pytest.mark.parametrize(
    "code", [*COMMON, "invalid_cursor", "plan_upgrade_required", "paid_teams_only", "permission_denied"]
)
async def test_other_error_codes_about_a_group_mean_not_now(slack: StandInSlack, code: str) -> None:
    """Any other code says nothing about who is in the group: not now."""
    slack.fail("usergroups.users.list", error=code)
    with pytest.raises(SlackUnavailable, match="try again"):
        await people_of(slack).is_in_any("UANA", LEADS)


def answer_emptily(slack: StandInSlack, method: str) -> None:
    """Let the next answer say that all is well, and nothing else."""
    slack._calls.order(Failure(method, 1, Answer({"ok": True}), after=False))


async def test_answer_without_a_user_or_members_means_not_now(slack: StandInSlack) -> None:
    """An answer without a user, or without a group's users, takes nothing away from anybody: not now."""
    people = people_of(slack)
    for method in ("users.info", "usergroups.users.list"):
        answer_emptily(slack, method)
    with pytest.raises(SlackUnavailable):
        await people.person("UANA")
    with pytest.raises(SlackUnavailable):
        await people.is_in_any("UANA", LEADS)


@pytest.mark.parametrize("user_id", ["", "TEAM", "UANA UBEN", "U" * 100, "uana"])
async def test_slack_is_not_asked_about_an_invalid_user_id(slack: StandInSlack, user_id: str) -> None:
    """Slack is not asked about what can be no user's id; it is nobody."""
    with pytest.raises(NotAllowed):
        await people_of(slack).person(user_id)
    assert sent(slack, "users.info") == 0
