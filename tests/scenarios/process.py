"""The bot as a process of its own whose clock is ahead, as that of one started so many seconds later.

python -m tests.scenarios.process SECONDS [LEASE]

`LEASE`: the seconds after which others go on with its work once it has died.
"""

import asyncio
import sys

from bot.app import LEASE
from bot.clock import Clock
from bot.run import run
from bot.settings import load_settings

lease = float(sys.argv[2]) if len(sys.argv) > 2 else LEASE
asyncio.run(run(load_settings(), Clock(shift=float(sys.argv[1])), lease=lease))
