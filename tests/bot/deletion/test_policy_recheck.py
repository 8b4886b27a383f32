"""Who asked, and how much, checked again just before anything is deleted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.deletion.recheck import ATTEMPTS
from bot.requests.policy import Approvers
from bot.requests.policy_rules import ModelEntry, PolicyRules
from bot.requests.request import State
from bot.requests.terms import Limits
from tests.bot.deletion.carrying_out import ML, NO_RULES, Works
from tests.bot.deletion.carrying_out import works as open_works
from tests.bot.proposals.cleaning import RULE
from tests.sandbox.replicate.faults import refusal

DAN = Approvers(users=frozenset({"UDAN"}))
ONLY_ML = PolicyRules(models=(ModelEntry(("acme/flux*",), requesters=ML),))


def limited(**limits: float) -> PolicyRules:
    return PolicyRules(limits=Limits(**limits))  # type: ignore[arg-type]  # a number each


@pytest.fixture
async def works(sqlite_url: str) -> AsyncIterator[Works]:
    async with open_works(sqlite_url) as opened:
        yield opened


async def test_without_rules_it_is_carried_out(works: Works) -> None:
    """What nothing stands against is deleted."""
    one, two, *_ = works.replicate.add_model("acme/flux", versions=4)
    request_id = await works.asked(one, two)
    await works.work()
    assert await works.ends(request_id) == [("deleted", ""), ("deleted", "")]
    assert works.deletions == 2


async def test_the_approvals_of_several_groups_are_found_in_the_trail(works: Works) -> None:
    """A request that the members of two further groups have approved is carried out."""
    groups = ML, DAN
    entries = tuple(ModelEntry(("acme/flux*",), approvers=group, approvals=1) for group in groups)
    works.rules = PolicyRules(models=entries)
    [one, _] = works.replicate.add_model("acme/flux", versions=2)
    request_id = await works.draft(one)
    await works.confirmed(request_id)
    await works.approved(request_id, "UBEN", "UDAN", "UCHLOE")
    await works.work()
    assert await works.ends(request_id) == [("deleted", "")]


# A policy that is made stricter, or looser, at each step of a request's life


STEPS = ("shown", "confirmed", "approved once", "approved", "claimed")

STRICTER = {
    "others ask": PolicyRules(models=(ModelEntry(("*/FLUX",), requesters=DAN),)),
    "fewer versions": limited(versions=1),
    "a smaller share": limited(share_of_a_model=0.4),
    "runs": limited(used_within=86_400.0),
    "more approvals": PolicyRules(models=(ModelEntry(("acme/*",), approvers=DAN),)),
}
SAYS = {
    "others ask": "only UDAN may ask for the deletion of acme/flux",
    "fewer versions": "at most 1 version, and this one has 2",
    "a smaller share": "at most 40% of a model's versions",
    "runs": "no version that this account ran within 1 day",
    "more approvals": "of UDAN under the policy in force now",
}


async def path(works: Works, ids: list[str], step: str, rules: PolicyRules) -> str:
    """Take a request from its preview to the worker, with other rules from this step on; return its id."""
    request_id = await works.draft(*ids)
    for now in STEPS:
        match now:
            case "confirmed":
                await works.confirmed(request_id)
            case "approved once":
                await works.approved(request_id, "UBEN")
            case "approved":
                await works.approved(request_id, "UCHLOE")
            case _:
                works.upcoming = {}
        if now == step == "claimed":
            works.upcoming = {1: rules}
        elif now == step:
            works.rules = rules
    return request_id


@pytest.mark.parametrize("step", STEPS)
async def test_a_policy_made_stricter_holds_from_that_step_on(works: Works, step: str) -> None:
    """Whatever was made stricter, and whenever: nothing is deleted, and the reason names what stands against it."""
    for stricter, rules in STRICTER.items():
        works.rules = NO_RULES
        ids = works.replicate.add_model("acme/flux", versions=4)[:2]
        works.replicate.predict("acme/flux", ids[0], created_at=datetime.now(UTC) - timedelta(hours=3))
        request_id = await path(works, ids, step, rules)
        await works.work()
        if stricter == "more approvals" and step not in ("approved", "claimed"):
            assert (await works.stores.requests.get(request_id)).state is State.AWAITING
        else:
            ends = await works.ends(request_id)
            assert {state for state, _ in ends} == {"skipped"}, stricter
            assert all(SAYS[stricter] in reason for _, reason in ends), ends
    assert works.deletions == 0


async def test_a_policy_made_stricter_at_any_moment_after_the_claim_holds(works: Works) -> None:
    """However late the policy is made stricter, no DELETE is sent once it is."""
    await works.asked(*works.replicate.add_model("acme/flux", versions=4)[:2])
    await works.work()
    asked_for = works.reads
    assert works.deletions == 2
    assert asked_for > 3
    for after in range(1, asked_for + 1):
        works.rules = NO_RULES
        ids = [works.replicate.add_version("acme/flux") for _ in range(2)]
        request_id = await works.asked(*ids)
        works.upcoming = {after: STRICTER["fewer versions"]}
        before = works.deletions
        await works.work()
        assert {state for state, _ in await works.ends(request_id)} == {"skipped"}, after
        assert works.deletions == before


LOOSER = {
    "everybody asks": (ONLY_ML, "only SML may ask"),
    "another share": (limited(share_of_a_model=0.5), "at most 50% of a model's versions"),
    "old runs": (limited(used_within=86_400.0), "no version that this account ran within 1 day"),
}


@pytest.mark.parametrize("step", STEPS)
async def test_a_policy_made_looser_does_not_apply(works: Works, step: str) -> None:
    """A request keeps what it was made under: what would stand against it then still does."""
    for looser, (rules, says) in LOOSER.items():
        works.rules = rules
        ids = works.replicate.add_model("acme/flux", versions=4)
        request_id = await path(works, ids[:2], step, NO_RULES)
        happens_meanwhile(works, looser, ids)
        await works.work()
        ends = await works.ends(request_id)
        assert {state for state, _ in ends} == {"skipped"}, looser
        assert any(says in reason for _, reason in ends), ends
    assert works.deletions == 0


def happens_meanwhile(works: Works, looser: str, ids: list[str]) -> None:
    """Let that happen which the rules forbid that the request was made under."""
    match looser:
        case "everybody asks":
            works.slack.workspace.groups["SML"].members.remove("UANA")
        case "another share":
            works.replicate.models["acme/flux"].versions.pop(0)
        case _:
            works.replicate.predict("acme/flux", ids[0])


# Who asked


async def test_a_requester_who_left_the_group_deletes_nothing(works: Works) -> None:
    """What somebody asked for who has left the group since is not deleted; while Slack does not tell, it waits."""
    works.rules = ONLY_ML
    request_id = await works.asked(works.replicate.add_model("acme/flux", versions=2)[0])
    works.slack.fail("usergroups.users.list", error="missing_scope")
    await works.work()
    assert await works.ends(request_id) == [("planned", "")]
    works.slack.workspace.groups["SML"].members.remove("UANA")
    await works.later()
    [(state, reason)] = await works.ends(request_id)
    assert state == "skipped"
    assert "only SML may ask for the deletion of acme/flux" in reason
    assert works.deletions == 0


async def test_what_slack_did_not_tell_at_first_is_carried_out(works: Works) -> None:
    """An outage of Slack takes nothing away from somebody who may ask."""
    works.rules = ONLY_ML
    request_id = await works.asked(works.replicate.add_model("acme/flux", versions=2)[0])
    works.slack.fail("usergroups.users.list", error="service_unavailable")
    await works.work()
    assert await works.ends(request_id) == [("planned", "")]
    await works.later()
    assert await works.ends(request_id) == [("deleted", "")]


async def test_a_disabled_group_lets_nobody_have_asked(works: Works) -> None:
    """Where the group is disabled by then, nothing is deleted."""
    works.rules = ONLY_ML
    request_id = await works.asked(works.replicate.add_model("acme/flux", versions=2)[0])
    works.slack.workspace.groups["SML"].disabled = True
    await works.work()
    [(state, _)] = await works.ends(request_id)
    assert state == "skipped"


async def test_a_rule_may_propose_what_only_some_may_ask_for(works: Works) -> None:
    """Who may ask does not concern a cleanup rule; limits do."""
    works.rules, works.cleanups = ONLY_ML, [replace(RULE, keep=None, older_than=3600)]
    ids = works.replicate.add_model("acme/flux", versions=3)
    request_id = await works.asked(ids[1], proposed_by="old experiments")
    await works.work()
    assert await works.ends(request_id) == [("deleted", "")]
    request_id = await works.asked(ids[2], proposed_by="old experiments")
    works.rules = limited(versions=0)
    await works.work()
    assert [state for state, _ in await works.ends(request_id)] == ["skipped"]


# How much


async def test_the_request_does_not_count_what_it_has_deleted_itself(works: Works) -> None:
    """Taken up again in the middle, the share is that of the whole request, though some of it has gone by then."""
    works.rules = limited(share_of_a_model=0.5, versions=2)
    ids = works.replicate.add_model("acme/flux", versions=4)
    request_id = await works.asked(*ids[:2])
    works.replicate.fail(refusal(401), method="DELETE", path=f"*/{ids[1]}")
    await works.work()
    assert [state for state, _ in await works.ends(request_id)] != ["planned", "planned"]
    await works.later()
    assert await works.ends(request_id) == [("deleted", ""), ("deleted", "")]
    assert works.replicate.count("GET", "/models/acme/flux/versions") >= 2


async def test_somebody_elses_deletions_make_the_share_larger(works: Works) -> None:
    """Two of four are half; once somebody has deleted another one by hand they are more, and nothing is deleted."""
    works.rules = limited(share_of_a_model=0.5)
    ids = works.replicate.add_model("acme/flux", versions=4)
    request_id = await works.asked(*ids[:2])
    works.replicate.models["acme/flux"].versions.pop(0)
    await works.work()
    ends = await works.ends(request_id)
    assert [state for state, _ in ends] == ["skipped", "skipped"]
    assert "it has 2 of the 3 versions of `acme/flux`, where 1 may go" in ends[0][1]


async def test_two_requests_at_once_do_not_share_what_stays(works: Works) -> None:
    """What a request that was begun has still to delete is gone for another: together they leave as much as one."""
    works.rules = limited(share_of_a_model=0.5)
    ids = works.replicate.add_model("acme/flux", versions=4)
    await works.asked(*ids[:2])
    assert await works.stores.work.claim()
    request_id = await works.asked(*ids[2:])
    await works.work()
    ends = await works.ends(request_id)
    assert [state for state, _ in ends] == ["skipped", "skipped"]
    assert "it has 2 of the 2 versions of `acme/flux`" in ends[0][1]


async def test_a_model_may_go_with_all_of_its_versions(works: Works) -> None:
    """A share of the versions does not hold where the model itself is deleted too."""
    works.rules = limited(share_of_a_model=0.5)
    request_id = await works.asked(*works.replicate.add_model("acme/flux", versions=2), model=True)
    await works.work()
    assert [state for state, _ in await works.ends(request_id)] == ["deleted"] * 3


async def test_unreadable_runs_delete_nothing(works: Works) -> None:
    """While the account's predictions cannot be read, nothing is sent, and in the end nothing is deleted."""
    works.rules = limited(used_within=86_400.0)
    request_id = await works.asked(works.replicate.add_model("acme/flux", versions=2)[0])
    works.replicate.fail(refusal(403), path="/predictions", times=None)
    await works.work()
    assert await works.ends(request_id) == [("planned", "")]
    for _ in range(ATTEMPTS):
        await works.later()
    [(state, _)] = await works.ends(request_id)
    assert state == "failed"
    assert works.deletions == 0
