"""What is known of the targets of a request is stored beside them, and completed while the request is open."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import update

from bot.requests.overview import OverviewSizes
from bot.requests.request import Target
from bot.requests.run_facts import RECENT, RecentRuns, RunFacts, RunReach, TargetFacts
from bot.requests.transitions import withdraw
from bot.store.overview import OverviewStore
from bot.store.run_facts import RunFactStore
from bot.store.tables import TARGETS
from tests.bot.stored import ANA, FLUX, TERMS, Stored, named_by, stored

MODEL = TargetFacts(5.0, 2, 7.0, "Draws \x00cats", 1_204, 3)
KNOWN = RunReach(1.0, is_complete=True, runs_seen=9)


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    """The stores over each kind of database."""
    async with stored(any_url) as opened:
        yield opened


async def test_facts_are_completed_while_a_request_is_open(stores: Stored) -> None:
    """An open request without all runs is found, completed once and drawn again; what is known of models stays."""
    facts = RunFactStore(stores.database)
    request_id = await stores.asked(*stores.versions(501))
    assert await facts.of(request_id) == RunFacts()
    assert await facts.incomplete("ACME", 10) == [request_id]
    assert await facts.incomplete("globex", 10) == []
    missing = RunReach(1.0, is_complete=False, runs_seen=2, missing_since=3.0)
    await facts.save(request_id, RunFacts(missing, dict.fromkeys(range(501), MODEL)))
    shown = await facts.of(request_id)
    assert shown.reach == missing
    assert shown.by_position[500] == TargetFacts(5.0, 2, 7.0, "Draws \ufffdcats", 1_204, 3)
    assert await facts.incomplete("acme", 10) == [request_id]
    before = await stores.requests.get(request_id)
    assert await facts.complete(request_id, RunFacts(KNOWN, {500: TargetFacts(8.0, 4)}))
    now = await facts.of(request_id)
    assert now.reach == KNOWN
    assert now.by_position[500] == TargetFacts(8.0, 4, None, "Draws \ufffdcats", 1_204, 3)
    assert await facts.incomplete("acme", 10) == []
    after = await stores.requests.get(request_id)
    assert (after.revision, after.digest) == (before.revision + 1, before.digest)


async def test_a_preview_does_not_undo_what_came_first(stores: Stored) -> None:
    """Runs that were read for a draft before its preview stored what it knows stay; what models are for is added."""
    facts = RunFactStore(stores.database)
    request_id = await stores.draft()
    assert await facts.complete(request_id, RunFacts(KNOWN, {0: TargetFacts(8.0, 4)}))
    await facts.save(request_id, RunFacts(None, {0: TargetFacts(description="Draws cats", versions=3)}))
    assert await facts.of(request_id) == RunFacts(KNOWN, {0: TargetFacts(8.0, 4, None, "Draws cats", None, 3)})


async def test_a_request_that_has_ended_is_left_as_it_is(stores: Stored) -> None:
    """A withdrawn request is neither found nor changed, and neither is one that is not there."""
    facts = RunFactStore(stores.database)
    request_id = await stores.asked()
    await stores.requests.apply(request_id, withdraw("UANA"), ANA)
    assert await facts.incomplete("acme", 10) == []
    assert not await facts.complete(request_id, RunFacts(KNOWN))
    assert not await facts.complete("R-22222", RunFacts(KNOWN))
    assert await facts.of(request_id) == RunFacts()


async def test_only_so_many_are_named_at_once(stores: Stored) -> None:
    """The oldest come first, and an expired preview is not among them."""
    facts = RunFactStore(stores.database)
    first = await stores.draft(trigger="a")
    second = await stores.draft(trigger="b")
    assert await facts.incomplete("acme", 1) == [first]
    assert await facts.incomplete("acme", 10) == [first, second]
    stores.clock.shift += 3600
    assert await facts.incomplete("acme", 10) == []


async def test_recent_runs_are_counted_by_request(stores: Stored) -> None:
    """The overview of an approver counts the versions that were run lately, without those that were taken out."""
    facts, overviews = RunFactStore(stores.database), OverviewStore(stores.database, OverviewSizes(10, 3, 1), "")
    request_id = await stores.asked(*stores.versions(4), Target(4, FLUX))
    now = (await stores.requests.get(request_id)).created_at
    ran = {0: now - 60, 1: now - RECENT - 60, 2: now - 30, 4: now - 30}
    known = RunFacts(KNOWN, {position: TargetFacts(at, 1) for position, at in ran.items()})
    await facts.save(request_id, known)

    async def recent() -> RecentRuns | None:
        [entry] = (await overviews.overview("UBEN", named_by(TERMS), TERMS)).waiting.entries
        return entry.recent

    assert await recent() == RecentRuns(2, 4, are_versions=True, newest_at=now - 30)
    assert await recent() == known.recent(await stores.requests.targets(request_id), now)
    async with stores.database.writing() as connection:
        await connection.execute(update(TARGETS).where(TARGETS.c.position == 2).values(state="skipped"))
    assert await recent() == RecentRuns(1, 3, are_versions=True, newest_at=now - 60)
