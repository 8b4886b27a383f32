"""Something that goes on beside a block of a test, for as long as the block lasts."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine


@contextlib.asynccontextmanager
async def beside(going_on: Coroutine[object, object, None]) -> AsyncIterator[None]:
    """Run this until the block ends, and cancel it then."""
    task = asyncio.create_task(going_on)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
