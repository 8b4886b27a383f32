"""Runs are read for one request from where the stored ones end, and Replicate's trouble stops nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from bot.clock import Clock
from bot.discovery.late_facts import LateFacts
from bot.discovery.run_facts import RunFactsReader
from bot.inventory.known_model import Source
from bot.inventory.run_reading import Run, after_page
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.requests.request import Target
from bot.store.known_runs import KnownRunStore
from bot.store.run_facts import RunFactStore
from bot.store.source_readings import SourceReadingStore
from tests.bot.stored import Stored, stored
from tests.sandbox.replicate.faults import Hanging, refusal
from tests.sandbox.replicate.stand_in import StandInReplicate

FLUX = ModelRef("acme", "flux")
PAGES = 3


@dataclass
class Scene:
    """An account with one model of two versions, and what reads its runs."""

    stores: Stored
    replicate: StandInReplicate
    reader: RunFactsReader
    targets: tuple[Target, ...]

    @property
    def clock(self) -> Clock:
        """The clock of the reader."""
        return self.stores.clock

    def predict(self, version: int, minutes: float) -> None:
        """Have a version run so many minutes ago."""
        at = datetime.fromtimestamp(self.clock.now(), UTC) - timedelta(minutes=minutes)
        self.replicate.predict(str(FLUX), self.targets[version].version_id, created_at=at)

    async def store(self, *runs: Run) -> None:
        """Store runs as the reading in the background does."""
        readings = SourceReadingStore(self.stores.database)
        await readings.begin("acme", [Source.PREDICTION])
        claim = await readings.claim("acme", [Source.PREDICTION])
        assert claim is not None
        page = after_page(claim.runs, runs, is_last=True, asked_at=self.clock.now())
        assert await readings.record_runs(claim, [FLUX], page, None)


@pytest.fixture
async def scene(sqlite_url: str) -> AsyncIterator[Scene]:
    """The scene on SQLite."""
    async with stored(sqlite_url) as stores, StandInReplicate() as stand_in:
        ids = stand_in.add_model(str(FLUX), versions=2)
        async with Replicate("r8_sandbox", base_url=stand_in.base_url) as replicate:
            known = KnownRunStore(stores.database)
            reader = RunFactsReader(replicate, known, stores.clock, most_pages=PAGES)
            targets = tuple(Target(n, FLUX, version_id) for n, version_id in enumerate(ids))
            yield Scene(stores, stand_in, reader, targets)


def asked(scene: Scene) -> int:
    return scene.replicate.count("GET", "/predictions")


async def test_predictions_are_followed_from_where_the_stored_ones_end(scene: Scene) -> None:
    """What was run since is added to what is stored, with one page of predictions, and none of it is counted twice."""
    now = scene.clock.now()
    scene.predict(0, 60)
    await scene.store(*(Run(p.id, p.version_id, "flux", p.created_at.timestamp()) for p in scene.replicate.predictions))
    scene.predict(0, 3)
    facts = await scene.reader.read_within(3.0, "acme", scene.targets)
    assert asked(scene) == 1
    assert facts.is_final
    assert facts.of(scene.targets[0]).runs == 2
    assert facts.of(scene.targets[0]).last_run_at == pytest.approx(now - 180, abs=5)
    assert facts.of(scene.targets[1]).last_run_at is None
    assert facts.reach is not None
    assert facts.reach.is_complete


async def test_what_is_stored_is_told_without_asking(scene: Scene) -> None:
    """Without a request to Replicate, runs since the end of what is stored may be missing."""
    at = scene.clock.now() - 3600
    await scene.store(Run("a", str(scene.targets[1].version_id), "flux", at))
    facts = await scene.reader.stored("acme", scene.targets)
    assert asked(scene) == 0
    assert facts.of(scene.targets[1]).last_run_at == at
    assert facts.reach is not None
    assert facts.reach.missing_since == at


async def test_only_so_many_pages_are_read(scene: Scene) -> None:
    """Of an account with more predictions, runs are known since the oldest on the last page that was read."""
    scene.replicate.long_page_size = 2
    for minutes in range(10):
        scene.predict(0, minutes)
    scene.predict(1, 60)
    facts = await scene.reader.read_within(3.0, "acme", scene.targets)
    assert asked(scene) == PAGES
    assert facts.of(scene.targets[0]).runs == 2 * PAGES
    assert facts.of(scene.targets[1]).runs == 0
    assert facts.reach is not None
    assert facts.reach.since == pytest.approx(scene.clock.now() - 5 * 60, abs=5)
    assert not facts.reach.is_complete


async def test_what_was_read_in_time_is_told(scene: Scene) -> None:
    """If the second page does not come in time, what the first one told is known, and that some may be missing."""
    await scene.store(Run("a", str(scene.targets[1].version_id), "flux", scene.clock.now() - 3600))
    scene.replicate.long_page_size = 1
    scene.predict(1, 5)
    scene.predict(0, 3)
    hanging = Hanging()

    def second_page_hangs() -> None:
        if asked(scene) == 2:
            scene.replicate.fail(hanging, path="/predictions", times=None)

    scene.replicate.on_request.append(second_page_hangs)
    reading = asyncio.create_task(scene.reader.read_within(3.0, "acme", scene.targets))
    await hanging.arrived.wait()
    scene.clock.shift += 3
    facts = await reading
    assert [facts.of(target).runs for target in scene.targets] == [1, 1]
    assert facts.reach is not None
    assert facts.reach.missing_since is not None


async def test_a_refusal_is_not_the_end(scene: Scene) -> None:
    """If Replicate refuses to list predictions, nothing is known and nothing is raised."""
    scene.replicate.fail(refusal(403), path="/predictions", times=None)
    facts = await scene.reader.read_within(3.0, "acme", scene.targets)
    assert facts.reach is None


async def test_open_requests_are_completed_once_replicate_tells(scene: Scene) -> None:
    """A request without known runs is completed; after a refusal Replicate is asked again only a while later."""
    store = RunFactStore(scene.stores.database)
    late = LateFacts("acme", scene.reader, scene.stores.requests, store, scene.clock)
    request_id = await scene.stores.asked(*scene.targets)
    scene.predict(0, 3)
    scene.replicate.fail(refusal(403), path="/predictions", times=1)
    await late.step()
    await late.step()
    assert asked(scene) == 1
    scene.clock.shift += 60
    await late.step()
    assert (await store.of(request_id)).of(scene.targets[0]).runs == 1
    await late.step()
    assert asked(scene) == 2
