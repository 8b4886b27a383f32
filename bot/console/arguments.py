"""The commands of `python -m bot` with their arguments. Light, as every start reads them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from bot import __version__
from bot.console.audit_arguments import add_arguments, unfit
from bot.durations import read_duration
from bot.untrusted_text import whole_number

VERIFY = "audit verify"
"""A command of its own, as the word after `audit` may also be the id of a request."""


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """Parse the arguments; ends the process with a usage error, exit code 2, where they cannot be carried out."""
    parser = make_parser()
    options = parser.parse_args([VERIFY, *words[2:]] if list(words[:2]) == VERIFY.split() else words)
    if options.command == "cleanup" and bool(options.name) != options.dry_run:
        parser.error(
            "only the schedule proposes; add --dry-run to see what a rule would propose now"
            if options.name
            else '--dry-run takes the name of a rule, as in: cleanup "old experiments" --dry-run'
        )
    if options.command == "audit" and (why := unfit(options)):
        parser.error(why)
    return options


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of every command with its options; `command` is None without one."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Without a command, the bot runs.")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", metavar="command")
    commands.add_parser("run", help="run the bot")
    commands.add_parser("check", help="say whether the settings would work")
    audit = commands.add_parser("audit", help="list the requests, or tell the story of one")
    add_arguments(audit)
    verify = commands.add_parser(VERIFY, help="say whether the audit trail is as it was written")
    verify.add_argument("--head", type=Path, metavar="FILE", help="store the head of its chain in a file")
    verify.add_argument("--against", type=Path, metavar="FILE", help="compare with a head that was stored earlier")
    receipt = commands.add_parser("receipt", help="say what is shown of each target of a request, and what is not")
    receipt.add_argument("request", help="the id of a request, such as R-7KQ2M")
    receipt.add_argument("--format", choices=("text", "json"), default="text", help="text when not given")
    policy = commands.add_parser("policy", help="say who may ask for models or versions, who decides, and why")
    policy.add_argument("reference", nargs="*", help="models or versions of one request, such as acme/prod-voice")
    policy.add_argument("--targets", type=_count, metavar="100", help="how many targets the request has")
    policy.add_argument("--file", type=Path, metavar="policy.toml", help="another policy file than the bot's")
    cleanup = commands.add_parser("cleanup", help="list the cleanup rules, or say what one of them would propose now")
    cleanup.add_argument("name", nargs="*", help='the name of a rule, such as "old experiments"; takes --dry-run')
    cleanup.add_argument("--dry-run", action="store_true", help="read what the rule would propose; nothing is changed")
    cleanup.add_argument("--json", action="store_true", help="one JSON object a line, for machines")
    backup = commands.add_parser("backup", help="copy the database while the bot runs, or say what does")
    backup.add_argument("file", type=Path, metavar="FILE", help="the file to make; it must not be there yet")
    commands.add_parser("restored", help="after a restore, before the bot starts: end what was open in the backup")
    prune = commands.add_parser("prune", help="export requests that ended long ago to a file, and remove them")
    prune.add_argument("--older-than", type=_long_duration, metavar="2y", required=True, help="since their end")
    prune.add_argument("--export", type=Path, metavar="FILE", required=True, help="a new file; it gets all of it first")
    return parser


def _count(text: str) -> int:
    count = whole_number(text, 6)
    if not count:
        raise argparse.ArgumentTypeError("write a number from 1 to 999999")
    return count


def _long_duration(text: str) -> int:
    try:
        return read_duration(text)
    except ValueError as exc:
        raise argparse.ArgumentTypeError(f"{exc}; write a number and a unit, such as 90d, 18 months or 2y") from exc
