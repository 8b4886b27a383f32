"""What the worker makes of interruptions: of its process, of its database, and by what it cannot ask."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest

from bot.deletion.recheck import ATTEMPTS, OUTDATED_AFTER
from bot.requests.policy_rules import PolicyRules
from bot.requests.request import Event, State
from bot.requests.terms import Limits
from tests.bot.deletion.carrying_out import Works
from tests.bot.deletion.carrying_out import works as open_works
from tests.sandbox.replicate.faults import LostAnswer, html_error
from tests.sandbox.replicate.stand_in import Recorded

A_DAY = 86_400.0


@pytest.fixture
async def works(any_url: str) -> AsyncIterator[Works]:
    async with open_works(any_url) as opened:
        yield opened


async def starts(works: Works, request_id: str) -> list[str]:
    """Return the details of the entries by which a worker began, or went on."""
    return [one.detail for one in await works.stores.trail.entries(request_id) if one.event is Event.STARTED]


async def test_processes_that_went_away_fail_no_request(works: Works) -> None:
    """However many processes lost their leases, a request that fails once for a passing reason is tried again."""
    [one, _] = works.replicate.add_model("acme/flux", versions=2)
    request_id = await works.asked(one)
    for _ in range(ATTEMPTS - 1):
        assert await works.stores.work.claim()
        works.stores.clock.shift += works.stores.work.lease + 1
    works.replicate.fail(html_error(502), method="GET", path="/deployments", times=5)
    await works.work()
    assert await works.ends(request_id) == [("planned", "")]
    await works.later()
    assert await works.ends(request_id) == [("deleted", "")]


async def test_a_request_that_waits_for_slack_has_begun_once(works: Works) -> None:
    """While Slack does not say who may approve, each wait is longer, and the trail has one entry of a start."""
    [one, _] = works.replicate.add_model("acme/flux", versions=2)
    request_id = await works.asked(one)
    works.slack.fail("users.info", status=503, times=1_000)
    works.stores.clock.shift += 1800  # what is known of people is as old
    waits = []
    for _ in range(5):
        await works.work()
        waits.append(await works.stores.work.wait() or 0.0)
        works.stores.clock.shift += waits[-1]
    assert [round(wait) for wait in waits] == [5, 10, 20, 40, 60]
    assert await starts(works, request_id) == ["attempt 1"]


async def test_a_check_that_others_outlast_is_made_again(sqlite_url: str) -> None:
    """Where reading who ran what takes longer than a check of the targets lasts, they are checked again and deleted."""
    async with open_works(sqlite_url, lease=A_DAY) as works:
        works.rules = PolicyRules(limits=Limits(used_within=30 * A_DAY))
        [one, _] = works.replicate.add_model("acme/flux", versions=2)
        request_id = await works.asked(one)

        async def take_long(asked: Recorded) -> None:
            if asked.path.startswith("/predictions") and _reaches_back(works, asked):
                await _quiet(works)
                works.stores.clock.shift += OUTDATED_AFTER + 1

        works.replicate.before = take_long
        async with asyncio.timeout(60):
            await works.work()
        works.replicate.before = None
        assert await works.ends(request_id) == [("deleted", "")]


def _reaches_back(works: Works, asked: Recorded) -> bool:
    """Whether these are the predictions of the last thirty days, and not those since the preview."""
    [after] = parse_qs(asked.query).get("created_after", [""])
    now = datetime.now(UTC) + timedelta(seconds=works.stores.clock.shift)
    return bool(after) and datetime.fromisoformat(after) < now - timedelta(days=29)


async def _quiet(works: Works) -> None:
    """Return once nothing else is asked of Replicate."""
    known = -1
    while known != (known := len(works.replicate.requests)):  # noqa: ASYNC110
        await asyncio.sleep(0.5)  # longer than anything here takes between two requests


async def test_a_model_goes_with_a_version_whose_answer_was_lost(works: Works) -> None:
    """A version whose DELETE was carried out without an answer counts as deleted by the bot, and its model follows."""
    [one] = works.replicate.add_model("acme/flux", versions=1)
    works.replicate.fail(LostAnswer(), method="DELETE")
    request_id = await works.asked(one, model=True)
    await works.work()
    assert [state for state, _ in await works.ends(request_id)] == ["already gone", "deleted"]
    assert (await works.stores.requests.get(request_id)).state is State.FINISHED
