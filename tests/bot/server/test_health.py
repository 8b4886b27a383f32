"""Readiness while several probes ask at a time."""

from __future__ import annotations

import asyncio

import pytest

from bot.server.health import Readiness


@pytest.mark.parametrize("later", range(8))
async def test_a_probe_gets_the_result_of_the_check_that_it_waits_for(later: int) -> None:
    """A probe that comes as a check ends, or a few turns of the loop `later`, disturbs none that waited for it."""
    begun, ends = asyncio.Event(), asyncio.Event()

    async def check() -> str | None:
        if begun.is_set():
            return None
        begun.set()
        await ends.wait()
        return "starting"

    readiness = Readiness(database=check)
    waiting = [asyncio.create_task(readiness.problems()) for _ in range(2)]
    await begun.wait()
    ends.set()
    for _ in range(later):
        await asyncio.sleep(0)
    coming = asyncio.create_task(readiness.problems())
    assert await asyncio.gather(*waiting) == [{"database": "starting"}] * 2
    assert await coming in ({"database": "starting"}, {"database": None})
