"""The command line: `python -m bot` runs the bot; `check` looks whether it could run, `audit` what was done."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator

from bot.durations import parse_duration
from bot.errors import BotError
from bot.settings import load_settings

# A command imports what only it needs when it begins, so a wrong setting is reported at once.


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        match options.command:
            case "check":
                return _check()
            case "audit":
                return _audit(options)
            case _:
                return _run()
    except BotError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - this is the command line
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Without a command, the bot runs.")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="run the bot")
    commands.add_parser("check", help="say whether the settings would work")
    audit = commands.add_parser("audit", help="list the requests, or tell the story of one")
    audit.add_argument("request", nargs="?", help="the id of a request, such as R-7KQ2M")
    audit.add_argument("--since", type=_duration, metavar="30d", help="only what happened within this time")
    audit.add_argument("--format", choices=("text", "jsonl", "csv"), default="text", help="text when not given")
    return parser


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


def _run() -> int:
    from bot.app import run  # noqa: PLC0415
    from bot.logs import configure_logging  # noqa: PLC0415

    settings = load_settings()
    configure_logging(settings)
    asyncio.run(run(settings))
    return 0


def _check() -> int:
    from bot.console.check import check  # noqa: PLC0415

    with _read_by_somebody():
        return 0 if asyncio.run(check()) else 1


def _audit(options: argparse.Namespace) -> int:
    from bot.console.audit import AuditQuery, audit  # noqa: PLC0415
    from bot.console.audit_formats import Format  # noqa: PLC0415

    with _read_by_somebody():
        asyncio.run(audit(AuditQuery(options.request, options.since, Format(options.format))))
    return 0


@contextlib.contextmanager
def _read_by_somebody() -> Iterator[None]:
    """Print until the reader closes the pipe, as `head` does.

    What is still to be printed then goes nowhere (https://docs.python.org/3/library/signal.html, "Note on SIGPIPE").
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


if __name__ == "__main__":
    sys.exit(main())
