"""Awaits several things at the same time, and leaves none of them to run on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, TypeVar, overload

A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


@overload
def side_by_side(first: Awaitable[A], second: Awaitable[B], /) -> asyncio.Future[tuple[A, B]]: ...


@overload
def side_by_side(
    first: Awaitable[A], second: Awaitable[B], third: Awaitable[C], fourth: Awaitable[D], /
) -> asyncio.Future[tuple[A, B, C, D]]: ...


@overload
def side_by_side(*each: Awaitable[A]) -> asyncio.Future[list[A]]: ...


def side_by_side(*each: Awaitable[Any]) -> asyncio.Future[Any]:
    """Begin them all; await the results in this order, or the first exception, which cancels the others.

    `asyncio.gather` lets the others run on (https://docs.python.org/3/library/asyncio-task.html#asyncio.gather): reads
    that nobody waits for any more, each of which takes a turn within Replicate's limit.
    """
    tasks = [asyncio.ensure_future(awaited) for awaited in each]

    def end_others(_: asyncio.Future[list[Any]]) -> None:
        for task in tasks:
            task.cancel()

    results = asyncio.gather(*tasks)
    results.add_done_callback(end_others)
    return results


async def quietly(*each: Awaitable[object]) -> None:
    """Await them all, ignoring their errors."""
    await asyncio.gather(*each, return_exceptions=True)
