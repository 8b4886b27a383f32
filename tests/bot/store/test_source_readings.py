"""What was read of a source is stored together with how far it was read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest

from bot.clock import Clock
from bot.inventory.known_model import Source
from bot.inventory.known_runs import KnownRuns
from bot.inventory.run_reading import PageRead, Run, RunReading, after_page
from bot.inventory.uses import Use
from bot.refs import ModelRef
from bot.requests.outcomes import Outcome
from bot.requests.request import Target, TargetState
from bot.store.database import Database
from bot.store.known_models import KnownModelStore
from bot.store.known_runs import KnownRunStore
from bot.store.model_readings import ModelClaim, ModelReadingStore
from bot.store.source_readings import CLAIM, EVERY, SourceClaim, SourceReadingStore
from tests.bot.stored import FLUX, Stored, stored

ACME = "acme"
RUNS = (Source.PREDICTION,)
V1, V2 = "1" * 64, "2" * 64


@dataclass
class Sources:
    """The stores over one database."""

    stores: Stored
    clock: Clock
    readings: SourceReadingStore
    runs: KnownRunStore
    models: KnownModelStore

    @classmethod
    def of(cls, stores: Stored) -> Sources:
        """The stores over the same database as these."""
        database: Database = stores.database
        return cls(
            stores, stores.clock, SourceReadingStore(database), KnownRunStore(database), KnownModelStore(database)
        )

    async def claimed(self, source: Source) -> SourceClaim:
        """Claim a source that is due."""
        await self.readings.begin(ACME, [source])
        claim = await self.readings.claim(ACME, [source])
        assert claim is not None
        return claim

    async def counted(self, claim: SourceClaim, runs: list[Run], next_page: str | None) -> bool:
        """Store a page of predictions."""
        page = after_page(claim.runs, runs, is_last=next_page is None, asked_at=self.clock.now())
        return await self.readings.record_runs(claim, [FLUX], page, next_page)


@pytest.fixture
async def sources(any_url: str) -> AsyncIterator[Sources]:
    """The stores over each kind of database."""
    async with stored(any_url) as stores:
        yield Sources.of(stores)


@pytest.fixture
async def sources_lite(sqlite_url: str) -> AsyncIterator[Sources]:
    """The stores over SQLite."""
    async with stored(sqlite_url) as stores:
        yield Sources.of(stores)


async def test_a_reading_goes_on_where_it_was(sources: Sources) -> None:
    """A page is stored with the address of the next; the counts grow with each, and so does what is known."""
    assert await sources.runs.of(ACME, [V1]) == KnownRuns()
    first = await sources.claimed(Source.PREDICTION)
    assert (first.cursor, first.runs) == ("", RunReading())
    assert await sources.counted(first, [Run("a", V1, "flux", 90.0), Run("b", V1, "flux", 80.0)], "page 2")
    known = await sources.runs.of(ACME, [V1, V2])
    assert (known.since, known.is_complete, known.until) == (80.0, False, None)
    second = await sources.claimed(Source.PREDICTION)
    assert second.cursor == "page 2"
    assert await sources.counted(second, [Run("c", V1, "flux", 70.0), Run("d", V2, "", 60.0)], None)
    known = await sources.runs.of(ACME, [V1, V2])
    assert (known.counts, known.newest) == ({V1: 3, V2: 1}, {V1: 90.0, V2: 60.0})
    assert (known.since, known.is_complete, known.runs_seen) == (60.0, True, 4)
    assert known.until == pytest.approx(sources.clock.now(), abs=5)
    assert (await sources.runs.of_models(ACME, [FLUX])).counts == {"acme/flux": 3}


async def test_a_killed_process_loses_the_page_and_nothing_else(sources: Sources) -> None:
    """A page that was read and not stored is read again, once the claim has run out."""
    await sources.claimed(Source.PREDICTION)
    assert await sources.readings.claim(ACME, RUNS) is None
    assert await sources.readings.until_due(ACME) == pytest.approx(CLAIM, abs=5)
    sources.clock.shift += CLAIM + 1
    claim = await sources.claimed(Source.PREDICTION)
    assert await sources.counted(claim, [Run("a", V1, "flux", 90.0)], None)
    assert (await sources.runs.of(ACME, [V1])).counts == {V1: 1}


async def test_a_page_that_two_processes_have_read_counts_once(sources: Sources) -> None:
    """Where a claim ran out while its holder was still reading, only the first of the two stores the page."""
    slow = await sources.claimed(Source.PREDICTION)
    sources.clock.shift += CLAIM + 1
    quick = await sources.claimed(Source.PREDICTION)
    runs = [Run("a", V1, "flux", 90.0)]
    assert sorted(await asyncio.gather(*(sources.counted(claim, runs, None) for claim in (slow, quick)))) == [
        False,
        True,
    ]
    assert (await sources.runs.of(ACME, [V1])).counts == {V1: 1}


async def test_a_page_that_cannot_be_stored_leaves_no_trace(sources: Sources) -> None:
    """If storing fails in the middle, neither the counts nor the place in the list have changed."""
    claim = await sources.claimed(Source.PREDICTION)
    good = after_page(claim.runs, [Run("a", V1, "flux", 90.0)], is_last=False, asked_at=1.0)
    bad: PageRead = replace(good, tallies=(*good.tallies, replace(good.tallies[0], runs=None)))  # type: ignore[arg-type]
    with pytest.raises(Exception, match=r"(?i)null"):
        await sources.readings.record_runs(claim, [FLUX], bad, "page 2")
    sources.clock.shift += CLAIM + 1
    assert (await sources.claimed(Source.PREDICTION)).cursor == ""
    assert (await sources.runs.of(ACME, [V1])).counts == {}


async def test_a_source_is_read_once_a_day(sources_lite: Sources) -> None:
    """The next reading begins a day after the beginning of the last one."""
    await sources_lite.counted(await sources_lite.claimed(Source.PREDICTION), [], None)
    assert await sources_lite.readings.claim(ACME, RUNS) is None
    assert await sources_lite.readings.until_due(ACME) == pytest.approx(EVERY, abs=5)
    sources_lite.clock.shift += EVERY + 1
    assert (await sources_lite.claimed(Source.PREDICTION)).reading == 2


async def test_a_clock_that_was_set_back_puts_nothing_off_for_long(sources_lite: Sources) -> None:
    """A time that was stored by a clock far ahead is not waited for."""
    sources_lite.clock.shift += 30 * EVERY
    await sources_lite.counted(await sources_lite.claimed(Source.PREDICTION), [], None)
    sources_lite.clock.shift -= 30 * EVERY
    assert await sources_lite.readings.claim(ACME, RUNS) is not None


async def test_uses_that_are_no_longer_listed_are_forgotten(sources: Sources) -> None:
    """What needs a version is known from the last whole reading, also while the next one is in progress."""
    live = Use(Source.DEPLOYMENT, "acme/live", "flux", V1)
    beta = Use(Source.DEPLOYMENT, "acme/beta", "flux", V2)
    await sources.readings.record_uses(await sources.claimed(Source.DEPLOYMENT), [FLUX], [live, beta], None)
    sources.clock.shift += EVERY + 1
    moved = replace(live, version_id=V2)
    await sources.readings.record_uses(await sources.claimed(Source.DEPLOYMENT), [FLUX], [moved], "page 2")
    assert set(await uses(sources)) == {live, beta, moved}
    await sources.readings.record_uses(await sources.claimed(Source.DEPLOYMENT), [], [], None)
    assert await uses(sources) == (moved,)


async def uses(sources: Sources) -> tuple[Use, ...]:
    """Return what is known to need versions of the model."""
    sources.clock.shift += CLAIM + 1
    await sources.models.note(ACME, [FLUX], Source.TYPED)
    claim = await ModelReadingStore(sources.stores.database).claim(ACME)
    assert claim is not None
    return claim.uses


async def test_the_models_of_earlier_requests_are_noted(sources: Sources) -> None:
    """Reading the bot's own requests notes the models that they are about."""
    await sources.stores.asked()
    claim = await sources.claimed(Source.REQUEST)
    assert await sources.readings.record_requests(claim)
    assert await ModelReadingStore(sources.stores.database).claim(ACME) is not None


async def test_runs_under_an_earlier_name_count_for_the_model(sources_lite: Sources) -> None:
    """Runs that name a model as it was called before are those of the model, and tell when it was last run."""
    sdxl = ModelRef("acme", "sdxl")
    claim = await sources_lite.claimed(Source.PREDICTION)
    await sources_lite.counted(claim, [Run("a", V1, "flux", 90.0)], None)
    await ModelReadingStore(sources_lite.stores.database).record_new_name(ModelClaim(ACME, FLUX, 0.0, ()), sdxl)
    sources_lite.clock.shift += EVERY + 1
    claim = await sources_lite.claimed(Source.PREDICTION)
    await sources_lite.counted(claim, [Run("b", V1, "flux", 99.0)], None)
    known = await sources_lite.runs.of_models(ACME, [sdxl])
    assert (known.counts, known.newest) == ({"acme/sdxl": 2}, {"acme/sdxl": 99.0})
    (model,) = await sources_lite.models.search(ACME, "")
    assert (model.ref, model.last_run_at) == (sdxl, 99.0)


async def test_those_who_note_models_at_once_do_not_stop_each_other(postgres_url: str) -> None:
    """Commands, pages and the worker change many models at once, in any order, and none of them fails for that."""
    refs = [ModelRef("acme", f"m{n:02}") for n in range(30)]
    async with stored(postgres_url) as stores:
        sources = Sources.of(stores)
        deleting = await stores.claimed(*(Target(n, ref) for n, ref in enumerate(reversed(refs))))
        ended = [Outcome(target, TargetState.DELETED) for target in await stores.work.verified(deleting)]
        claim = await sources.claimed(Source.PREDICTION)
        runs = [Run(f"r{n}", "", ref.name, 90.0) for n, ref in enumerate(refs)]
        page = after_page(claim.runs, runs, is_last=True, asked_at=99.0)
        typing = (sources.models.note(ACME, refs[n::-1] + refs[n:], Source.TYPED) for n in range(0, 30, 3))
        await asyncio.gather(
            *typing, sources.readings.record_runs(claim, refs, page, None), stores.work.record(deleting, ended)
        )
        assert (await sources.runs.of_models(ACME, refs)).counts == {str(ref): 1 for ref in refs}
