"""Reading what limits are compared with."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.errors import ReplicateUnavailable
from bot.planning.drafts import targets_of
from bot.planning.facts import read_facts
from bot.planning.limit_numbers import read_numbers_of_plan
from bot.planning.limits import Exceeded, RunLately, TooGreatShare, UseUnknown, exceeded
from bot.planning.verdicts import plan_versions
from bot.planning.version_reading import named_of
from bot.refs import ModelRef, VersionRef
from bot.replicate.client import Replicate
from bot.requests.policy import Protected
from bot.requests.terms import Limits
from tests.sandbox.replicate.faults import refusal
from tests.sandbox.replicate.stand_in import StandInReplicate

FLUX = ModelRef("acme", "flux")
WEEK = 7 * 86_400.0
USED = Limits(used_within=WEEK)


async def beyond(client: Replicate, limits: Limits, *ids: str, most_pages: int = 10) -> tuple[Exceeded, ...]:
    """Plan to delete these versions, named by their ids, and return the limits that this exceeds."""
    refs = [VersionRef(FLUX, version_id) for version_id in ids]
    plan = plan_versions(refs, await read_facts(client, named_of(refs), usage=True), Protected())
    targets = targets_of(plan)
    numbers = await read_numbers_of_plan(client, limits, targets, plan, time.time(), most_pages=most_pages)
    return exceeded(limits, targets, numbers)


def ago(**how_long: float) -> datetime:
    return datetime.now(UTC) - timedelta(**how_long)


async def test_versions_named_by_id_are_counted_for_a_share(client: Replicate, stand_in: StandInReplicate) -> None:
    """Where a plan did not need all versions of a model, they are counted, on all pages."""
    stand_in.page_size = 2
    ids = stand_in.add_model("acme/flux", versions=5)
    assert await beyond(client, Limits(share_of_a_model=0.4), *ids[3:]) == ()
    [one] = await beyond(client, Limits(share_of_a_model=0.4), *ids[2:])
    assert isinstance(one, TooGreatShare)
    assert (one.models[0].deleted, one.models[0].count, one.models[0].most) == (3, 5, 2)


async def test_without_limits_nothing_is_read(client: Replicate, stand_in: StandInReplicate) -> None:
    """Where the policy has no such limit, neither versions nor predictions are read for one."""
    [version, *_] = stand_in.add_model("acme/flux", versions=2)
    await beyond(client, Limits(versions=5), version)
    assert stand_in.count("GET", "/predictions") == 0
    assert stand_in.count("GET", "/models/acme/flux/versions") == 1


@pytest.mark.parametrize("how", [{}, {"source": "web"}, {"deployment": "live"}, {"created_at": "3 days"}])
async def test_any_run_counts(client: Replicate, stand_in: StandInReplicate, how: dict[str, str]) -> None:
    """Runs by the API, on the website and by a deployment count, those still running and those of days ago alike."""
    old, new = stand_in.add_model("acme/flux", versions=2)[::-1]
    made = {"created_at": ago(days=3) if "created_at" in how else ago(seconds=5)}
    stand_in.predict("acme/flux", old, **{**how, **made})  # type: ignore[arg-type]  # by their names
    [one] = await beyond(client, USED, old, new)
    assert isinstance(one, RunLately)
    assert [target.version_id for target, _ in one.runs] == [old]


async def test_a_deployment_that_hides_its_version_may_have_run_any(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """A run by a deployment that tells its model and an id of its own in place of the version may be of any version."""
    [version, *_] = stand_in.add_model("acme/flux", versions=2)
    stand_in.predict("acme/flux", told=f"dp-{1:032x}", deployment="live", created_at=ago(hours=2))
    [one] = await beyond(client, USED, version)
    assert isinstance(one, RunLately)
    assert [target.version_id for target, _ in one.hidden] == [version]


async def test_older_runs_and_those_of_others_do_not_count(client: Replicate, stand_in: StandInReplicate) -> None:
    """A version that this account last ran before that time is within the limit, whoever else ran it since."""
    [version, *_] = stand_in.add_model("acme/flux", versions=2)
    stand_in.predict("acme/flux", version, created_at=ago(days=8))
    stand_in.predicted_by_others("acme/flux", version)
    assert await beyond(client, USED, version) == ()


async def test_a_run_of_half_an_hour_ago_may_still_go_on(client: Replicate, stand_in: StandInReplicate) -> None:
    """Where the limit is a minute, a run that began half an hour ago counts: it may not have ended yet."""
    [version, *_] = stand_in.add_model("acme/flux", versions=2)
    stand_in.predict("acme/flux", version, created_at=ago(minutes=31))
    assert await beyond(client, Limits(used_within=60.0), version)


async def test_predictions_that_may_not_be_read_let_nothing_through(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Where Replicate refuses to tell about predictions the limit is exceeded, with its words."""
    [version, *_] = stand_in.add_model("acme/flux", versions=2)
    stand_in.fail(refusal(403, "No."), path="/predictions", times=None)
    [one] = await beyond(client, USED, version)
    assert isinstance(one, UseUnknown)
    assert one.why == "Replicate answered 403: No."


async def test_an_outage_is_one(client: Replicate, stand_in: StandInReplicate) -> None:
    """While Replicate has a fault the plan fails as it does for any other question."""
    [version, *_] = stand_in.add_model("acme/flux", versions=2)
    stand_in.fail(refusal(503), path="/predictions", times=None)
    with pytest.raises(ReplicateUnavailable):
        await beyond(client, USED, version)


async def test_more_predictions_than_are_read_let_nothing_through(
    client: Replicate, stand_in: StandInReplicate
) -> None:
    """Where the account made more predictions in that time than the bot reads, nobody knows, so nothing goes."""
    stand_in.long_page_size = 2
    [version, other] = stand_in.add_model("acme/flux", versions=2)
    for _ in range(6):
        stand_in.predict("acme/flux", other, created_at=ago(hours=1))
    [one] = await beyond(client, USED, version, most_pages=2)
    assert isinstance(one, UseUnknown)
    assert "more predictions" in one.why
