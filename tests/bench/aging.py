"""What the bot costs with many ended requests in its database: start, rest, preview, card, click, claim and Home."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from sqlalchemy import make_url

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.store.database import Database
from bot.store.worker_claims import WorkStore
from tests.bench.deleting import PER_MINUTE
from tests.bench.history import fill, make_tables
from tests.bench.idling import log_statements, statements_logged
from tests.bench.listing import Listing, listed, start_of
from tests.bench.places import on_postgres, on_sqlite
from tests.bench.running import Running, connected
from tests.scenarios.stage import ANA, BEN, Stage

_MODEL = "acme/model-7"
"""One of those that the history is about."""

_SETTLES = 5.0
"""Seconds until a bot that has started is at rest."""


@dataclass(frozen=True, slots=True)
class Aged:
    """One database with so many ended requests. Seconds, the median of several; CPU as a share of one core.

    `statements` a second at rest are counted on PostgreSQL alone.
    """

    database: str
    requests: int
    started: float
    cpu: float
    statements: float | None
    preview: float
    card: float
    first_delete: float
    claim: float
    home: float
    listing: Listing


async def aged(server: str, requests: int, rest: float, times: int) -> list[Aged]:
    """Measure on each kind of database, at rest for `rest` seconds, everything else so many `times`."""
    limit = {"REPLICATE_RATE_LIMIT": str(PER_MINUTE)}
    log = log_statements(server)

    def logged(stage: Stage) -> int:
        return statements_logged(log, str(make_url(stage.database_url).database))

    return [
        await measured("SQLite", on_sqlite(**limit), requests, rest, times, None),
        await measured("PostgreSQL", on_postgres(server, **limit), requests, rest, times, logged),
    ]


async def measured(
    name: str,
    place: AbstractAsyncContextManager[Stage],
    requests: int,
    rest: float,
    times: int,
    logged: Callable[[Stage], int] | None,
) -> Aged:
    """Measure in one place. `logged` counts the statements that its database has logged, where it logs any."""
    async with place as stage:
        await make_tables(stage.database_url)
        start = await start_of(stage)
        await asyncio.to_thread(fill, stage.database_url, requests, time.time())
        listing = await listed(stage, name, requests, start)
        async with connected(stage) as bot:
            cpu, statements = await _at_rest(stage, bot, rest, logged)
            waits = [await _one_request(stage, number) for number in range(times + 1)][1:]
            homes = [await _home(stage) for _ in range(times + 1)][1:]
            claims = await _claims(stage, times)
        preview, card, deleted = (statistics.median(each) for each in zip(*waits, strict=True))
        home = statistics.median(homes)
        return Aged(name, requests, bot.started_in, cpu, statements, preview, card, deleted, claims, home, listing)


async def _at_rest(
    stage: Stage, bot: Running, seconds: float, logged: Callable[[Stage], int] | None
) -> tuple[float, float | None]:
    await asyncio.sleep(_SETTLES)
    before, count = bot.cpu_seconds, logged(stage) if logged else 0
    await asyncio.sleep(seconds)
    statements = (logged(stage) - count) / seconds if logged else None
    return (bot.cpu_seconds - before) / seconds, statements


async def _one_request(stage: Stage, number: int) -> tuple[float, float, float]:
    """Have one version deleted, in a channel of its own: in one channel a bot posts once a second."""
    channel = f"CAGED{number}"
    stage.slack.add_channel(channel, name=channel.lower(), members=[ANA, BEN])
    if _MODEL not in stage.replicate.models:
        stage.replicate.add_model(_MODEL, versions=50)
    version = stage.ids(_MODEL)[0]
    began = time.perf_counter()
    preview = await stage.ask(f"{_MODEL}:{version}", channel=channel)
    previewed = time.perf_counter() - began
    began = time.perf_counter()
    await stage.slack.click(ANA, preview, "Request approval")
    card = await stage.slack.until(lambda: stage.cards(channel)[0])
    drawn = time.perf_counter() - began
    await asyncio.sleep(
        0.3
    )  # Nobody clicks within the milliseconds in which the bot notes that it has posted the card.
    asked = len(stage.deletions())
    deleted = await _timed(
        stage.slack.click(BEN, card, "Approve"), stage.slack.until(lambda: len(stage.deletions()) > asked)
    )
    await stage.slack.until(lambda: "Deleted 1 of 1" in stage.cards(channel)[0].text, 60)
    return previewed, drawn, deleted


async def _home(stage: Stage) -> float:
    before = sum(call.method == "views.publish" for call in stage.slack.calls)

    def is_published() -> bool:
        return sum(call.method == "views.publish" for call in stage.slack.calls) > before

    return await _timed(stage.slack.open_home(BEN), stage.slack.until(is_published))


async def _timed(*acts: Awaitable[object]) -> float:
    """Await one after the other; return the seconds that all of them took."""
    began = time.perf_counter()
    for act in acts:
        await act
    return time.perf_counter() - began


async def _claims(stage: Stage, times: int) -> float:
    """Return how long it takes to look for a request to claim, where there is none."""
    database = Database(parse_database_url(stage.database_url), Clock())
    work = WorkStore(database, 30.0, accounts=lambda: ("acme",))
    try:
        return statistics.median([await _timed(work.claim()) for _ in range(times + 1)][1:])
    finally:
        await database.close()
