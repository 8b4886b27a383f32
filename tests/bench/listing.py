"""How soon `python -m bot audit` prints its first line, and all of them, with a long history."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

from tests.scenarios.stage import Stage, _inherited


@dataclass(frozen=True, slots=True)
class Listing:
    """Seconds until the first line and until the last one, and the most memory, in MiB, of a list of all requests.

    `start` is the time until the first line of a database without requests: what a start takes by itself.
    """

    requests: int
    place: str
    start: float
    first_line: float
    of_one_model: float
    whole: float
    memory_mib: float


async def start_of(stage: Stage) -> float:
    """Return the seconds until the first line where there are no requests yet; the tables are there."""
    return min([(await _run(stage, "--format", "csv"))[0] for _ in range(3)])


async def listed(stage: Stage, place: str, requests: int, start: float) -> Listing:
    """List so many requests, the bot being stopped; `start` is what `start_of` returned before they were made."""
    first = min([(await _run(stage, until_first=True))[0] for _ in range(3)])
    model = min([(await _run(stage, "--model", "acme/model-7", until_first=True))[0] for _ in range(3)])
    _, whole, memory = await _run(stage)
    return Listing(requests, place, start, first, model, whole, memory)


async def _run(stage: Stage, *arguments: str, until_first: bool = False) -> tuple[float, float, float]:
    """Run it; return when its first and its last line came, in seconds, and the most memory that it took, in MiB."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", *arguments),
        env={**_inherited(), **stage.environment},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    watched = psutil.Process(process.pid)
    await process.stdout.readline()
    first = time.perf_counter() - began
    memory = 0.0
    if until_first:
        with contextlib.suppress(ProcessLookupError):  # a short list may be at its end
            process.terminate()
    while await process.stdout.read(1 << 20):
        with contextlib.suppress(psutil.Error):
            memory = max(memory, watched.memory_info().rss / 2**20)
    await process.wait()
    return first, time.perf_counter() - began, memory
