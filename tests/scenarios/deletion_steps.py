"""Deletions under way, and those that are put off."""

from __future__ import annotations

import asyncio
import signal

from tests.scenarios.stage import BEN, Stage

SLOWLY = {"replicate_concurrency": 2}


async def under_way(stage: Stage, versions: int = 60) -> None:
    """Have Ben approve the deletion of many versions, and wait until it has begun and the card shows that."""
    ids = stage.replicate.add_model("acme/flux", versions=versions)
    card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids))
    stage.replicate.latency = 0.2
    await stage.slack.click(BEN, card, "Approve")
    await stage.card_says("Deleting: ")
    await stage.slack.until(stage.deletions)


async def stopped(process: asyncio.subprocess.Process, number: signal.Signals = signal.SIGTERM) -> int:
    """Signal the process and return its exit code, which a platform waits ten seconds for."""
    process.send_signal(number)
    async with asyncio.timeout(10):
        return await process.wait()


async def put_off(stage: Stage, attempts: int) -> None:
    """Wait until the bot has given up for now after so many attempts without progress; let its pause pass."""
    query = "SELECT id FROM requests WHERE worker IS NULL AND not_before > 0 AND attempts = :attempts"
    await stage.recorded(query, attempts=attempts)
    stage.clock.shift += 30
