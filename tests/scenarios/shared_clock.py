"""A clock that several processes share: one moves it, and the others follow by a file."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.clock import Clock

_LOOK_EVERY = 0.05


def share(clock: Clock, file: Path) -> None:
    """Keep in `file` by how many seconds this clock is ahead, from now on."""

    def write() -> None:
        # Whoever reads it finds the number before or the one after, and never half of one.
        new = file.with_suffix(".new")
        new.write_text(repr(clock.shift))
        new.replace(file)

    write()
    clock.when_moved(write)


class FollowingClock(Clock):
    """A clock that is ahead by as many seconds as a shared file says."""

    def __init__(self, file: Path) -> None:
        super().__init__(float(file.read_text()))
        self._file = file

    async def follow(self) -> None:
        """Follow the file until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            if (shift := float(self._file.read_text())) != self.shift:
                self.shift = shift
