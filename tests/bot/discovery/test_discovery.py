"""What is found in the background, how often it is asked for, and what a death or a refusal costs."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from bot.discovery.discovery import Discovery
from bot.inventory.known_model import Source
from bot.inventory.run_reading import RunReading
from bot.refs import ModelRef
from bot.replicate.exchange import MAX_PAGES
from bot.requests.outcomes import Outcome
from bot.requests.request import Target, TargetState
from bot.store.known_run_rows import stored_run_reading
from bot.store.known_tables import SOURCE_READINGS
from bot.store.source_readings import CLAIM
from tests.bot.discovery.reading import ACME, DAY, Reading, reading
from tests.sandbox.replicate.faults import Instead, LostAnswer, html_error, throttled
from tests.sandbox.replicate.limit import LOW_CREDIT, Limiter
from tests.sandbox.replicate.stand_in import StandInReplicate

FLUX, SDXL = ModelRef("acme", "flux"), ModelRef("acme", "sdxl")


NOT_FOUND = Instead(404, '{"detail": "Not found."}', "application/problem+json")


@pytest.fixture
async def begun(sqlite_url: str) -> AsyncIterator[Reading]:
    """A discovery over SQLite that has read nothing yet."""
    async with reading(sqlite_url) as opened:
        yield opened


@pytest.fixture
async def begun_anywhere(any_url: str) -> AsyncIterator[Reading]:
    """The same over each kind of database."""
    async with reading(any_url) as opened:
        yield opened


def runs(replicate: StandInReplicate, count: int) -> Counter[str]:
    """Let the account run two models by turns, once a minute, and return how often each version ran."""
    ids = [replicate.add_model(ref, versions=1)[0] for ref in ("acme/flux", "acme/sdxl")]
    return Counter(ran(replicate, ids, count))


def ran(replicate: StandInReplicate, ids: list[str], count: int) -> list[str]:
    now = replicate.clock()
    for n in range(count):
        ref = ("acme/flux", "acme/sdxl")[n % 2]
        replicate.predict(ref, ids[n % 2], created_at=now - timedelta(minutes=count - n))
    return [ids[n % 2] for n in range(count)]


async def test_exactly_the_models_that_can_be_known_are_found(begun: Reading) -> None:
    """Of 40 private models the 31 that something names are found; nobody else's model is, and none is invented."""
    replicate = begun.replicate
    names = [f"acme/m{n:02}" for n in range(40)]
    for name in names:
        replicate.add_model(name, versions=2)
    for public in ("stability-ai/sdxl", "meta/llama"):
        replicate.add_model(public, visibility="public", versions=1)
    for name in names[:8]:
        replicate.deploy(name)
    for base, made in zip(names[8:12], names[12:16], strict=True):
        replicate.train(base, output=f"{made}:{replicate.newest(made)}")
    for made in names[16:20]:
        replicate.train("stability-ai/sdxl", output=f"{made}:{replicate.newest(made)}", owner=ACME)
    for name in names[20:26]:
        replicate.predict(name)
    replicate.predict(names[26], told="hidden")
    replicate.predict("meta/llama", by=ACME)
    await begun.stores.asked(*(Target(n, ModelRef("acme", f"m{27 + n}")) for n in range(2)), trigger="2")
    await begun.models.note(ACME, [ModelRef("acme", "m29"), ModelRef("acme", "mistyped")], Source.TYPED)
    await begun.models.note(ACME, [ModelRef("acme", "m30")], Source.ADDED)
    await begun.all_due()
    assert await begun.names() == set(names[:31])
    assert await begun.models.count(ACME) == 31
    assert await begun.models.gone(ACME, 10) == ()


async def test_what_is_known_of_a_model(begun_anywhere: Reading) -> None:
    """A model carries who sees it, its versions, what needs them, when it was last run, and when that was read."""
    replicate = begun_anywhere.replicate
    newest, middle, oldest = replicate.add_model("acme/flux", versions=3, description="A fast one")
    replicate.add_model("acme/open", visibility="public", versions=1)
    replicate.deploy("acme/flux", newest, name="live")
    replicate.train("acme/flux", oldest)
    replicate.train("acme/flux", oldest)
    replicate.predict("acme/open")
    replicate.predict("acme/flux", middle, told=f"dp-{'0a' * 16}", deployment="live")
    await begun_anywhere.all_due()
    (flux,) = await begun_anywhere.models.stalest(ACME, 10)
    assert (flux.ref, flux.visibility, flux.description) == (FLUX, "private", "A fast one")
    assert (flux.versions, flux.unused_versions) == (3, 1)
    assert flux.used_by == "deployment acme/live and 2 trainings"
    assert flux.sources == {Source.DEPLOYMENT, Source.TRAINING, Source.PREDICTION}
    assert flux.newest_at == replicate.models["acme/flux"].version(newest).created_at.timestamp()  # type: ignore[union-attr]
    assert flux.last_run_at == pytest.approx(flux.read_at, abs=60)
    known = await begun_anywhere.runs.of(ACME, [newest, middle, oldest])
    assert (known.counts, known.is_complete, known.runs_seen) == ({}, True, 2)
    assert (await begun_anywhere.runs.of_models(ACME, [FLUX])).counts == {"acme/flux": 1}


async def test_killed_while_reading_it_goes_on_where_it_was(begun_anywhere: Reading) -> None:
    """However often it dies, in the middle of a page too, every prediction is counted once and no page is skipped."""
    begun_anywhere.replicate.long_page_size = 10
    counts = runs(begun_anywhere.replicate, 95)
    for _ in range(10):
        process = begun_anywhere.another()
        await process.step()
        await process.step()
        await die_while_reading(process, begun_anywhere.replicate)
        begun_anywhere.clock.shift += CLAIM + 1
    read = begun_anywhere.replicate.count("GET", "/predictions")
    await begun_anywhere.all_due(3600, begun_anywhere.another())
    known = await begun_anywhere.runs.of(ACME, list(counts))
    assert known.counts == counts
    assert (known.is_complete, known.runs_seen) == (True, 95)
    assert 0 < read < begun_anywhere.replicate.count("GET", "/predictions")


async def die_while_reading(dying: Discovery, replicate: StandInReplicate) -> None:
    """Let a process die after Replicate has received its request, and before it has stored anything."""
    arrived = asyncio.Event()

    async def after(_: object) -> None:
        arrived.set()
        await asyncio.Event().wait()

    replicate.after = after
    step = asyncio.create_task(dying.step())
    waiting = asyncio.create_task(arrived.wait())
    await asyncio.wait({step, waiting}, return_when=asyncio.FIRST_COMPLETED)
    replicate.after = None
    for task in (step, waiting):
        task.cancel()
    await asyncio.gather(step, waiting, return_exceptions=True)


async def test_later_readings_count_only_what_is_new(begun: Reading) -> None:
    """A day later only predictions since the last reading are read, also those that came while it was reading."""
    begun.replicate.long_page_size = 10
    counts = runs(begun.replicate, 40)
    await begun.all_due()
    first = begun.replicate.count("GET", "/predictions")
    assert first == 4
    for _ in range(15):
        counts[begun.replicate.newest("acme/sdxl")] += 1
        begun.replicate.predict("acme/sdxl")
        begun.clock.shift += 60
    await begun.all_due(DAY)
    assert (await begun.runs.of(ACME, list(counts))).counts == counts
    assert begun.replicate.count("GET", "/predictions") == first + 2


async def test_two_processes_read_once(begun_anywhere: Reading) -> None:
    """Two processes on one database share the work: nothing is read twice, and nothing is counted twice."""
    begun_anywhere.replicate.long_page_size = 10
    counts = runs(begun_anywhere.replicate, 60)
    other = begun_anywhere.another()

    async def work(one: object) -> None:
        for _ in range(15):
            await one.step()  # type: ignore[attr-defined]

    await asyncio.gather(work(begun_anywhere.discovery), work(other))
    await begun_anywhere.all_due(60, begun_anywhere.discovery, other)
    assert (await begun_anywhere.runs.of(ACME, list(counts))).counts == counts
    assert begun_anywhere.replicate.count("GET", "/predictions") == 6
    for path in ("/deployments", "/trainings", "/models/acme/flux", "/models/acme/sdxl"):
        assert begun_anywhere.replicate.count("GET", path) == 1


async def test_a_day_with_a_thousand_models_at_rest(begun: Reading) -> None:
    """For 1,000 models it takes two requests for each model and a few more, far less than 1 % of the limit a day."""
    models = 25
    for n in range(models):
        begun.replicate.add_model(f"acme/m{n:02}", versions=5)
        begun.replicate.deploy(f"acme/m{n:02}")
    await begun.all_due()
    before = len(begun.replicate.requests)
    await begun.all_due(DAY)
    asked = len(begun.replicate.requests) - before
    assert asked == 2 * models + len(["/deployments", "/trainings", "/predictions"])
    assert 1000 / models * asked < 0.01 * 3000 * 24 * 60


async def test_a_model_that_vanished(begun: Reading) -> None:
    """A model deleted on Replicate's page is marked as gone a day later; one that is there again is known again."""
    begun.replicate.add_model("acme/flux", versions=1)
    begun.replicate.deploy("acme/flux")
    await begun.all_due()
    kept = begun.replicate.models["acme/flux"]
    begun.replicate.remove_model("acme/flux")
    begun.replicate.undeploy("flux-live", owner="acme")
    await begun.all_due(DAY)
    assert [model.ref for model in await begun.models.gone(ACME, 10)] == [FLUX]
    begun.replicate.models["acme/flux"] = kept
    await begun.all_due(DAY)
    assert await begun.names() == {"acme/flux"}


@pytest.mark.parametrize("path", ["/models/acme/flux", "*"])
async def test_a_misleading_404_marks_nothing(begun: Reading, path: str) -> None:
    """A model is not gone because one answer, or every answer of an outage, says so."""
    begun.replicate.add_model("acme/flux", versions=1)
    begun.replicate.deploy("acme/flux")
    await begun.all_due()
    begun.replicate.fail(NOT_FOUND, path=path, times=None)
    await begun.all_due(2 * DAY)
    assert await begun.names() == {"acme/flux"}
    assert await begun.models.gone(ACME, 10) == ()


async def test_a_renamed_model(begun: Reading) -> None:
    """A model is known under its new name, though predictions and deployments still use the old one."""
    begun.replicate.add_model("acme/flux", versions=1)
    begun.replicate.deploy("acme/flux")
    await begun.all_due()
    begun.replicate.rename("acme/flux", "sdxl")
    await begun.all_due(2 * DAY)
    assert await begun.names() == {"acme/sdxl"}


async def test_a_limited_account_is_left_alone(begun: Reading) -> None:
    """At the first 429 nothing more is read for an hour; an account with little credit is asked a few times an hour."""
    for n in range(20):
        begun.replicate.add_model(f"acme/m{n:02}", versions=1)
        begun.replicate.deploy(f"acme/m{n:02}")
    begun.replicate.limiter = Limiter(3000, 100, windows=LOW_CREDIT)
    await begun.all_due(3500)
    assert begun.replicate.limiter.throttled == 1
    await begun.all_due(3500)
    assert begun.replicate.limiter.throttled <= 2
    begun.replicate.limiter = Limiter(3000, 100)
    await begun.all_due(4 * 3600)
    assert await begun.models.count(ACME) == 20
    assert None not in {model.read_at for model in await begun.models.stalest(ACME, 20)}


@pytest.mark.parametrize("fault", [html_error(503), LostAnswer(), throttled("Slow down.")], ids=["5xx", "lost", "429"])
async def test_a_page_that_fails_is_read_later(begun: Reading, fault: object) -> None:
    """What cannot be read is read later from the same place, and counts once."""
    begun.replicate.long_page_size = 10
    counts = runs(begun.replicate, 35)
    begun.replicate.fail(fault, path="/predictions", times=3, chance=0.5)  # type: ignore[arg-type]
    await begun.all_due(12 * 3600)
    assert (await begun.runs.of(ACME, list(counts))).counts == counts


async def test_a_list_without_an_end_holds_nothing_up(begun: Reading) -> None:
    """A list whose pages lead to each other is given up until the next day, and everything else is read meanwhile."""
    counts = runs(begun.replicate, 3)
    begun.replicate.deploy("acme/flux")
    await begun.discovery.step()
    read = stored_run_reading(RunReading(pages=MAX_PAGES - 6))
    async with begun.stores.database.writing() as connection:
        of_deployments = SOURCE_READINGS.c.source == Source.DEPLOYMENT
        await connection.execute(update(SOURCE_READINGS).where(of_deployments).values(progress=read))
    for cursor in "ababab":
        body = {"results": [], "next": f"{begun.replicate.base_url}/deployments?cursor={cursor}"}
        begun.replicate.fail(Instead(200, json.dumps(body), "application/json"), path="/deployments", times=1)
    await begun.all_due(6 * 3600)
    assert begun.replicate.count("GET", "/deployments") == 6
    assert (await begun.runs.of(ACME, list(counts))).counts == counts
    await begun.all_due(DAY)
    flux, _ = sorted(await begun.models.stalest(ACME, 10), key=lambda model: model.ref.name)
    assert flux.used_by == "deployment acme/flux-live"


async def test_an_address_that_is_refused_is_not_asked_for_again(begun: Reading) -> None:
    """Where Replicate does not know the address of the next page any more, the reading finds its place by the date."""
    begun.replicate.long_page_size = 10
    counts = runs(begun.replicate, 35)
    while begun.replicate.count("GET", "/predictions") < 2:
        await begun.discovery.step()
    begun.replicate.fail(NOT_FOUND, path="/predictions")
    await begun.all_due()
    assert (await begun.runs.of(ACME, list(counts))).counts == counts
    assert begun.replicate.count("GET", "/predictions") == 5


async def test_a_model_that_the_bot_deletes_is_marked_at_once(begun_anywhere: Reading) -> None:
    """When a request has deleted a model it is gone from the list; one that lost versions is read again soon."""
    stores = begun_anywhere.stores
    await begun_anywhere.models.note(ACME, [FLUX, SDXL], Source.DEPLOYMENT)
    claim = await stores.claimed(Target(0, SDXL, f"{1:064}", 0.0), Target(1, FLUX))
    ended = [Outcome(target, TargetState.DELETED) for target in await stores.work.verified(claim)]
    await stores.work.record(claim, ended)
    assert await begun_anywhere.names() == {"acme/sdxl"}
    assert [gone.ref for gone in await begun_anywhere.models.gone(ACME, 10)] == [FLUX]


async def test_times_are_replicate_s(begun: Reading) -> None:
    """Moments are read as they are, to the microsecond: nothing is counted twice because of rounding."""
    (version,) = begun.replicate.add_model("acme/flux", versions=1)
    at = datetime(2026, 1, 2, 3, 4, 5, 999_999, UTC)
    for _ in range(3):
        begun.replicate.predict("acme/flux", version, created_at=at)
    await begun.all_due()
    await begun.all_due(3 * DAY)
    known = await begun.runs.of(ACME, [version])
    assert (known.counts, known.newest) == ({version: 3}, {version: at.timestamp()})
