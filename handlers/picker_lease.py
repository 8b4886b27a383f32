"""Renews the lease of a picker while a process reads versions for it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bot.errors import DatabaseUnavailable
from bot.store.picker_rows import READING_LEASE
from bot.store.pickers import PickerStore


@contextlib.asynccontextmanager
async def being_read(pickers: PickerStore, picker_id: str) -> AsyncIterator[None]:
    """Renew, until the block ends, the lease that says that a process reads versions for this picker."""
    confirming = asyncio.create_task(_confirm(pickers, picker_id))
    try:
        yield
    finally:
        confirming.cancel()
        await asyncio.gather(confirming, return_exceptions=True)


async def _confirm(pickers: PickerStore, picker_id: str) -> None:
    while True:
        await asyncio.sleep(READING_LEASE / 3)
        with contextlib.suppress(DatabaseUnavailable):
            await pickers.still_reading(picker_id)
