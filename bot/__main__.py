"""The command line: `python -m bot` runs the bot; `check` looks whether it could run, `audit` what was done.

`policy` says who decides about a request, `cleanup` what rules propose and when, `prune` removes what ended long ago.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.durations import parse_duration, read_duration
from bot.errors import BotError
from bot.settings import load_settings
from bot.untrusted_text import whole_number

# A command imports what only it needs when it begins, so a wrong setting is reported at once.


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit code."""
    options = _options(arguments)
    try:
        match options.command:
            case "check":
                return _check()
            case "audit":
                return _audit(options)
            case "policy":
                return _policy(options)
            case "cleanup":
                return _cleanup(options)
            case "prune":
                return _prune(options)
            case _:
                return _run()
    except BotError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - this is the command line
        return 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    """Parse the arguments; ends the process with a usage error, exit code 2, where they cannot be carried out."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command == "cleanup" and bool(options.name) != options.dry_run:
        parser.error(
            "only the schedule proposes; add --dry-run to see what a rule would propose now"
            if options.name
            else '--dry-run takes the name of a rule, as in: cleanup "old experiments" --dry-run'
        )
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Without a command, the bot runs.")
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="run the bot")
    commands.add_parser("check", help="say whether the settings would work")
    audit = commands.add_parser("audit", help="list the requests, or tell the story of one")
    audit.add_argument("request", nargs="?", help="the id of a request, such as R-7KQ2M")
    audit.add_argument("--since", type=_duration, metavar="30d", help="only what happened within this time")
    audit.add_argument("--format", choices=("text", "jsonl", "csv"), default="text", help="text when not given")
    policy = commands.add_parser("policy", help="say who may ask for models or versions, who decides, and why")
    policy.add_argument("reference", nargs="*", help="models or versions of one request, such as acme/prod-voice")
    policy.add_argument("--targets", type=_count, metavar="100", help="how many targets the request has")
    policy.add_argument("--file", type=Path, metavar="policy.toml", help="another policy file than the bot's")
    cleanup = commands.add_parser("cleanup", help="list the cleanup rules, or say what one of them would propose now")
    cleanup.add_argument("name", nargs="*", help='the name of a rule, such as "old experiments"; takes --dry-run')
    cleanup.add_argument("--dry-run", action="store_true", help="read what the rule would propose; nothing is changed")
    cleanup.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
    prune = commands.add_parser("prune", help="export requests that ended long ago to a file, and remove them")
    prune.add_argument("--older-than", type=_long_duration, metavar="2y", required=True, help="since their end")
    prune.add_argument("--export", type=Path, metavar="FILE", required=True, help="a new file; it gets all of it first")
    return parser


def _count(text: str) -> int:
    count = whole_number(text, 6)
    if not count:
        raise argparse.ArgumentTypeError("write a number from 1 to 999999")
    return count


def _duration(text: str) -> int:
    try:
        return parse_duration(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(str(exc)) from exc


def _long_duration(text: str) -> int:
    try:
        return read_duration(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{exc}; write a number and a unit, such as 90d, 18 months or 2y") from exc


def _run() -> int:
    from bot.logs import configure_logging  # noqa: PLC0415
    from bot.run import run  # noqa: PLC0415

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


def _policy(options: argparse.Namespace) -> int:
    """Print who decides; exit code 2 for a policy file, a setting or a reference that cannot be used."""
    from bot.console.policy import PolicyQuestion, print_policy  # noqa: PLC0415

    try:
        with _read_by_somebody():
            print_policy(PolicyQuestion(tuple(options.reference), options.targets, options.file))
    except BotError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - this is the command line
        return 2
    return 0


def _cleanup(options: argparse.Namespace) -> int:
    from bot.console.cleanup import CleanupQuery, cleanup  # noqa: PLC0415

    query = CleanupQuery(" ".join(options.name) or None, options.json)
    with _read_by_somebody():
        return 0 if asyncio.run(cleanup(query)) else 1


def _prune(options: argparse.Namespace) -> int:
    from bot.console.prune import PruneOrder, prune  # noqa: PLC0415

    with _read_by_somebody():
        asyncio.run(prune(PruneOrder(options.older_than, options.export)))
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
