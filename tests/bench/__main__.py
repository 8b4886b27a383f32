"""`python -m tests.bench`: measure the bot between its stand-ins, beside the official client and a bare Bolt app.

The stand-ins run in this process; the bot, the client and the bare app each in one of its own. Everything
is measured in one run on one machine, so the ratios say more than the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.requests.request import MAX_VERSIONS
from tests.bench import aging, clicking, deleting, home, idling, recording, starting, tables
from tests.bench.aging import Aged
from tests.bench.deleting import Deletion
from tests.bench.places import postgres_server

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is measured: `official` are the numbers of versions that the official client really deletes."""

    versions: Sequence[int]
    official: Sequence[int]
    waiting: Sequence[int]
    idle_seconds: float
    starts: int
    clicks: int
    homes: Sequence[tuple[int, int]]
    entries: int
    history: Sequence[int]
    ages: int


HOMES = ((100, 10), (10_000, 1_000))
"""Numbers of requests and of known models with which Home is drawn."""

TOGETHER = (1, 10, 100)
"""Entries of the audit trail that are written in one transaction."""

HISTORY = (100, 100_000, 1_000_000)
"""Numbers of ended requests, each of ten targets, with which the bot is measured; a million take many minutes."""

USUAL = Effort(
    (100, 1000, MAX_VERSIONS),
    (100, 1000),
    (0, 100, 1000),
    idle_seconds=20,
    starts=4,
    clicks=15,
    homes=HOMES,
    entries=4000,
    history=(100, 100_000),
    ages=7,
)
QUICK = Effort(
    (100,),
    (100,),
    (0, 100),
    idle_seconds=5,
    starts=2,
    clicks=3,
    homes=HOMES[:1],
    entries=400,
    history=(100,),
    ages=2,
)
FULL = Effort(
    USUAL.versions,
    USUAL.versions,
    USUAL.waiting,
    idle_seconds=60,
    starts=9,
    clicks=25,
    homes=HOMES,
    entries=20_000,
    history=HISTORY,
    ages=9,
)


def main() -> int:
    """Measure, and print each table as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    efforts = parser.add_mutually_exclusive_group()
    efforts.add_argument("--quick", dest="effort", action="store_const", const=QUICK, help="100 versions, some minutes")
    efforts.add_argument("--full", dest="effort", action="store_const", const=FULL, help="nothing estimated, an hour")
    efforts.add_argument(
        "--history", type=int, nargs="+", metavar="N", help="only what so many ended requests cost; each number in turn"
    )
    options = parser.parse_args()
    effort = options.effort or USUAL
    began = time.monotonic()
    print(_machine(), flush=True)
    with postgres_server() as server:
        asyncio.run(_measure_aged(effort, options.history, server) if options.history else _measure(effort, server))
    print(f"\nMeasured in {time.monotonic() - began:.0f} s.")
    return 0


async def _measure(effort: Effort, server: str) -> None:
    works = [await _told(f"the bot deletes {n:,}", deleting.by_bot(n)) for n in effort.versions]
    bare, bot = await _told("starts", starting.side_by_side(effort.starts))
    same = await _told("clicks, one process", clicking.in_the_same_process(server, effort.clicks))
    other = await _told("clicks, two processes", clicking.in_another_process(server, effort.clicks))
    homes = [await _told(f"Home, {n:,} requests", home.drawn(server, n, k, effort.clicks)) for n, k in effort.homes]
    records = [await _told(f"entries, {n} together", recording.recorded(server, n, effort.entries)) for n in TOGETHER]
    aged = await _aged(effort, effort.history, server)
    # The client's loop waits nearly all the time, and an idle bot's CPU time is its own: neither disturbs the other.
    idle, officials = await asyncio.gather(
        _told("idle", idling.idle_costs(server, effort.waiting, effort.idle_seconds)), _officials(effort)
    )
    for table in (
        tables.deletions(zip(officials, works, strict=True)),
        tables.work(works),
        tables.clicks(same, other),
        tables.homes(homes),
        tables.records(records),
        tables.starts(bare, bot),
        tables.idle(idle),
        tables.aged(aged),
        tables.listings(row.listing for row in aged),
    ):
        print(f"\n{table}", flush=True)


async def _measure_aged(effort: Effort, history: Sequence[int], server: str) -> None:
    aged = await _aged(effort, history, server)
    print(f"\n{tables.aged(aged)}\n\n{tables.listings(row.listing for row in aged)}", flush=True)


async def _aged(effort: Effort, history: Sequence[int], server: str) -> list[Aged]:
    """Measure with each of these numbers of ended requests."""
    measured = [
        await _told(f"{n:,} ended requests", aging.aged(server, n, effort.idle_seconds, effort.ages)) for n in history
    ]
    return [one for both in measured for one in both]


async def _officials(effort: Effort) -> list[Deletion]:
    """Measure the official client, and estimate from its longest run what it was not made to do."""
    measured = [
        await _told(f"the official client deletes {n:,}", deleting.by_official_client(n)) for n in effort.official
    ]
    left = effort.versions[len(measured) :]
    return [*measured, *(deleting.estimated(measured[-1], versions) for versions in left)]


async def _told(what: str, measuring: Awaitable[T]) -> T:
    """Say on the terminal what was measured, and how long that took."""
    began = time.monotonic()
    measured = await measuring
    print(f"{what}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return measured


def _machine() -> str:
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    today = datetime.now(UTC).date().isoformat()
    return f"{today}, Python {platform.python_version()}, {platform.system()}, {os.cpu_count()} cores{load}"


if __name__ == "__main__":
    sys.exit(main())
