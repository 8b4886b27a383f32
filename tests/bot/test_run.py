"""SIGHUP has the policy file read again, unless it says that the terminal was closed."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from bot import run

LISTENS = """
import asyncio, os
from bot.run import _on_signal, _when_hung_up

async def main():
    stopping, reloading = asyncio.Event(), asyncio.Event()
    _on_signal("SIGHUP", _when_hung_up(stopping, reloading))
    os.write({pipe}, b"listens ")
    events = [asyncio.create_task(event.wait()) for event in (stopping, reloading)]
    await asyncio.wait(events, return_when=asyncio.FIRST_COMPLETED)
    os.write({pipe}, b"stops" if stopping.is_set() else b"reloads")

asyncio.run(main())
"""


@pytest.mark.parametrize(("is_closed", "does"), [(False, b"reloads"), (True, b"stops")])
def test_a_closed_terminal_stops_what_it_ran(is_closed: bool, does: bytes) -> None:  # noqa: FBT001 - a parameter of a test
    """A process whose terminal is closed gets SIGHUP as well, and stops; sent by somebody, it is a reload."""
    terminal, inside = pty.openpty()
    reading, writing = os.pipe()
    process = subprocess.Popen(  # noqa: S603 - what runs is above
        [sys.executable, "-c", LISTENS.format(pipe=writing)],
        cwd=Path(__file__).parents[2],
        pass_fds=(writing, inside),
        preexec_fn=lambda: os.login_tty(inside),  # noqa: PLW1509 - this process has no other threads
    )
    for end in (writing, inside):
        os.close(end)
    with os.fdopen(reading, "rb") as told:
        assert told.read(8) == b"listens "
        os.close(terminal) if is_closed else process.send_signal(signal.SIGHUP)
        assert told.read() == does
    process.wait()
    if not is_closed:
        os.close(terminal)


async def test_platforms_without_a_signal_run_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no SIGHUP, or the event loop takes no handlers, as on Windows, the bot runs all the same."""
    run._on_signal("SIGNOTHING", lambda: None)

    def refuses(*_: object) -> None:
        raise NotImplementedError

    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", refuses)
    run._on_signal("SIGTERM", lambda: None)
