"""Awaiting several things at the same time."""

from __future__ import annotations

import asyncio

import pytest

from bot.side_by_side import side_by_side


async def after(event: asyncio.Event, result: str) -> str:
    await event.wait()
    return result


async def others(before: set[asyncio.Task[object]]) -> set[asyncio.Task[object]]:
    """Return the tasks that have begun since, once those that were cancelled have ended."""
    for _ in range(3):
        await asyncio.sleep(0)
    return asyncio.all_tasks() - before


async def broken() -> str:
    raise LookupError("broken")


async def test_results_come_in_the_order_of_what_was_asked() -> None:
    """The results are in the order of what was awaited, whatever was done first."""
    event = asyncio.Event()
    event.set()
    assert tuple(await side_by_side(after(event, "one"), asyncio.sleep(0, "two"))) == ("one", "two")
    assert await side_by_side() == []


async def test_one_that_fails_ends_the_others() -> None:
    """Once one has failed, its exception is raised, and none of the others runs on."""
    before = asyncio.all_tasks()
    with pytest.raises(LookupError):
        await side_by_side(after(asyncio.Event(), "never"), broken())
    assert await others(before) == set()


async def test_a_cancelled_one_leaves_nothing_running() -> None:
    """Whoever is cancelled while they wait for several things has all of them ended."""
    before = asyncio.all_tasks()
    waiting = side_by_side(after(asyncio.Event(), "never"), after(asyncio.Event(), "never"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await others(before) == set()
