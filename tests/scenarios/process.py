"""The bot as a process of its own whose clock is ahead, as that of one started so many seconds later.

python -m tests.scenarios.process SECONDS|FILE [LEASE]

`FILE`: a file with the seconds, which may become more while the bot runs.
`LEASE`: the seconds after which others go on with its work once it has died.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from bot.app import LEASE
from bot.clock import Clock
from bot.logs import configure_logging
from bot.run import run
from bot.settings import Settings, load_settings
from tests.beside import beside
from tests.scenarios.shared_clock import FollowingClock


async def _following(settings: Settings, clock: FollowingClock, lease: float) -> None:
    async with beside(clock.follow()):
        await run(settings, clock, lease=lease)


def _main(ahead: str, lease: float) -> None:
    settings = load_settings()
    configure_logging(settings)
    if Path(ahead).is_file():
        asyncio.run(_following(settings, FollowingClock(Path(ahead)), lease))
    else:
        asyncio.run(run(settings, Clock(shift=float(ahead)), lease=lease))


_main(sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else LEASE)
