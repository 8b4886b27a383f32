"""The bot as a process of its own whose clock is ahead, as that of one started so many seconds later.

python -m tests.scenarios.process SECONDS
"""

import asyncio
import sys

from bot.app import run
from bot.clock import Clock
from bot.settings import load_settings

asyncio.run(run(load_settings(), Clock(shift=float(sys.argv[1]))))
