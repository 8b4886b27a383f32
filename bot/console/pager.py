"""Prints pages of lines as they come: to a terminal through a pager, anywhere else as they are."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import IO

Write = Callable[[Sequence[str]], None]
"""Prints lines at once: whoever reads them does not wait for the next ones."""

USUAL = "less -FRX"
"""Ends by itself where all fits on the screen, shows colors, and leaves what it showed on the screen."""


@contextlib.contextmanager
def printing(pager: str | None) -> Iterator[Write]:
    """Give what prints lines, through this pager if it is there and standard output is a terminal.

    Nothing is started before the first line. The block ends quietly where the pager is left before its end, and the
    pager stays for as long as somebody reads in it. Raises BrokenPipeError where nobody reads standard output.
    """
    with contextlib.ExitStack() as opened:
        stream: IO[str] | None = None
        command = _command(pager)

        def write(lines: Sequence[str]) -> None:
            nonlocal stream
            if stream is None:
                stream = opened.enter_context(_paged(command)) if command else sys.stdout
            stream.writelines(f"{line}\n" for line in lines)
            stream.flush()

        yield write


def _command(pager: str | None) -> list[str]:
    """Return the words of a pager's command; none where it cannot be started, or nobody would see it."""
    if not pager or not sys.stdout.isatty():
        return []
    words = shlex.split(pager)
    return words if words and shutil.which(words[0]) else []


@contextlib.contextmanager
def _paged(command: Sequence[str]) -> Iterator[IO[str]]:
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, encoding=sys.stdout.encoding)  # noqa: S603 - the command that this person chose
    assert process.stdin is not None  # noqa: S101 - it was asked for
    try:
        yield process.stdin
    except BrokenPipeError:
        pass  # the pager was left
    finally:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        _wait_for(process)


def _wait_for(process: subprocess.Popen[str]) -> None:
    """Wait until the pager is left: Ctrl-C is for the pager as long as it is there."""
    while True:
        try:
            process.wait()
        except KeyboardInterrupt:
            continue
        return
