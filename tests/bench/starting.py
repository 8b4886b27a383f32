"""The bot beside a bare Bolt app: how soon it is connected, what memory it holds, how fast it acknowledges."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from statistics import median

from tests.bench.places import on_sqlite
from tests.bench.running import connected
from tests.scenarios.stage import ANA, OPS, Stage

BARE, BOT = "tests.bench.bare", "bot"
_COMMANDS = 30
_BETWEEN = 0.05
"""Seconds between two commands, so that one is not measured while the one before is still being answered."""


@dataclass(frozen=True, slots=True)
class Start:
    """One app, each figure the median of its starts or commands."""

    seconds: float
    memory_mib: float
    acknowledged_ms: float


async def side_by_side(times: int) -> tuple[Start, Start]:
    """Start a bare Bolt app and the bot in turn, so many times each; return what was seen of the two."""
    bare: list[Start] = []
    bot: list[Start] = []
    for _ in range(times):
        bare.append(await _seen(BARE))
        bot.append(await _seen(BOT))
    return _typical(bare), _typical(bot)


async def _seen(module: str) -> Start:
    async with on_sqlite() as stage:
        async with connected(stage, module):
            pass  # The first start makes the tables, for which it loads what later ones do without.
        async with connected(stage, module) as app:
            milliseconds = await _acknowledged_in(stage)
            return Start(app.started_in, app.memory_mib, milliseconds)


async def _acknowledged_in(stage: Stage) -> float:
    waits: list[float] = []
    for _ in range(_COMMANDS):
        acknowledged = await stage.slack.type_command(ANA, OPS, "/delete-version", "help")
        assert acknowledged.acked, acknowledged.error
        waits.append(acknowledged.ack_ms)
        await asyncio.sleep(_BETWEEN)
    return median(waits)


def _typical(starts: list[Start]) -> Start:
    return Start(
        median(start.seconds for start in starts),
        median(start.memory_mib for start in starts),
        median(start.acknowledged_ms for start in starts),
    )
