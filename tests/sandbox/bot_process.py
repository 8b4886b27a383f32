"""The bot as its users run it, `python -m bot`, and what starts it again after it was killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]

_STOPS_WITHIN = 8.0
"""Longer than the bot gives its own deletions to arrive when it is asked to stop."""

_BACK_AFTER = 3.0
"""Seconds between a kill and the next start, so that people see that the bot is gone."""

Echo = Callable[[str], None]


class BotFailed(Exception):
    """The bot did not connect, or ended by itself; the text says how and shows its last lines."""


class BotProcess:
    """One process `python -m bot`, in an environment that holds only what is given."""

    def __init__(self, process: asyncio.subprocess.Process, echo: Echo) -> None:
        self._process = process
        self._echo = echo
        self._last_lines: deque[str] = deque(maxlen=15)
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, environment: Mapping[str, str], folder: Path, echo: Echo) -> BotProcess:
        """Start it with `folder` as its working directory; `echo` gets each line it writes."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "bot",
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(CHECKOUT), **environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            # Ctrl-C in a terminal reaches a whole group of processes; the bot is told in its turn.
            start_new_session=True,
        )
        return cls(process, echo)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def ended(self) -> int:
        """Return its exit code once it has ended: negative where a signal ended it."""
        code = await self._process.wait()
        await self._reading
        return code

    def failed(self, what: str) -> BotFailed:
        """Return the failure with the lines it wrote last."""
        said = "\n".join(f"  {line}" for line in self._last_lines) or "  (nothing)"
        return BotFailed(f"{what} Its last lines:\n{said}")

    def kill(self) -> None:
        """SIGKILL: it has no moment left in which to finish anything."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def stop(self) -> None:
        """Ask it to stop, and make it when it takes too long."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOPS_WITHIN):
                await self._process.wait()
        self.kill()
        await self.ended()

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            text = line.decode(errors="replace").rstrip()
            self._last_lines.append(text)
            self._echo(text)


class KeptBot:
    """The bot, which is started again a moment after a signal ended it, as a service's supervisor would.

    `changed` is called when it is gone and when it is there again.
    """

    def __init__(
        self, environment: Mapping[str, str], folder: Path, echo: Echo, changed: Callable[[], None] = lambda: None
    ) -> None:
        self._environment = environment
        self._folder = folder
        self._echo = echo
        self._changed = changed
        self._process: BotProcess | None = None
        self._keeping: asyncio.Task[BotFailed] | None = None
        self._enough = asyncio.Event()

    async def start(self) -> None:
        """Start it, and keep it going until `stop`."""
        self._process = await BotProcess.start(self._environment, self._folder, self._echo)
        self._keeping = asyncio.create_task(self._keep())

    @property
    def pid(self) -> int | None:
        """The number of its process; None while there is none."""
        return self._process.pid if self._process else None

    def kill(self) -> None:
        """Kill the process, if there is one; the next one starts in a moment."""
        if self._process:
            self._echo(f"Killing process {self._process.pid} with SIGKILL.")
            self._process.kill()

    async def ended(self) -> BotFailed:
        """Return, once it has ended by itself, what there is to say about it."""
        assert self._keeping is not None
        return await asyncio.shield(self._keeping)

    def failed(self, what: str) -> BotFailed:
        """Return the failure with what the process wrote last."""
        return self._process.failed(what) if self._process else BotFailed(what)

    async def stop(self, *, at_once: bool = False) -> None:
        """Stop it for good: politely, or `at_once` where nobody needs its database any more."""
        self._enough.set()
        if self._process:
            if at_once:
                self._process.kill()
            await self._process.stop()
        if self._keeping:
            await self._keeping

    async def _keep(self) -> BotFailed:
        while True:
            assert self._process is not None
            code = await self._process.ended()
            if code >= 0 or self._enough.is_set():
                return self._process.failed(f"The bot ended with exit code {code}.")
            self._process = None
            self._changed()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_BACK_AFTER):
                    await self._enough.wait()
            if self._enough.is_set():
                return BotFailed("The bot was stopped before it was started again.")
            self._process = await BotProcess.start(self._environment, self._folder, self._echo)
            if self._enough.is_set():
                self._process.kill()
            self._changed()
