"""Processes that are measured from outside: how long they take to start, their CPU time, their memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]

from tests.scenarios.stage import CHECKOUT, Stage

_SAMPLED_EVERY = 0.05
_MIB = 1024 * 1024


@dataclass
class Running:
    """A process, and the most memory it was seen to hold."""

    process: asyncio.subprocess.Process
    started_in: float = 0.0
    """Seconds until it was connected to Slack."""
    peak_mib: float = 0.0

    @property
    def memory_mib(self) -> float:
        """Its resident memory now."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / _MIB

    @property
    def cpu_seconds(self) -> float:
        """The CPU time it has used so far."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    async def sample(self) -> None:
        """Keep watching its memory until it ends."""
        with contextlib.suppress(psutil.Error):
            while True:
                self.peak_mib = max(self.peak_mib, self.memory_mib)
                await asyncio.sleep(_SAMPLED_EVERY)


async def launch(stage: Stage, module: str, *arguments: str) -> asyncio.subprocess.Process:
    """Start `python -m module` with the stage's environment and no other setting; it says only what is wrong."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        env={
            "PATH": os.environ.get("PATH", ""),
            "PYTHONPATH": str(CHECKOUT),
            "LOG_LEVEL": "WARNING",
            **stage.environment,
        },
    )
    stage.processes.append(process)
    return process


@contextlib.asynccontextmanager
async def connected(stage: Stage, module: str = "bot") -> AsyncIterator[Running]:
    """Run an app as a process of its own; inside the block it is connected to Slack and its memory is watched.

    Raises RuntimeError when it ends before that.
    """
    before, began = stage.slack.connections, time.monotonic()
    running = Running(await launch(stage, module))
    watching = asyncio.create_task(running.sample())
    try:
        await _until_connected(stage, running.process, before)
        running.started_in = time.monotonic() - began
        yield running
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        with contextlib.suppress(ProcessLookupError):
            running.process.terminate()
        await running.process.wait()


async def _until_connected(stage: Stage, process: asyncio.subprocess.Process, before: int) -> None:
    ended = asyncio.create_task(process.wait())
    connecting = asyncio.create_task(stage.slack.until(lambda: stage.slack.connections > before, timeout=60))
    await asyncio.wait({ended, connecting}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        connecting.cancel()
        raise RuntimeError("it ended before it was connected; what it said is above")
    ended.cancel()
    await connecting
