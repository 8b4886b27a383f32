"""The command line: `python -m bot` runs the bot; `check` looks whether it could run, `audit` what was done.

`receipt` says what became of each target of a request, `policy` who decides about one, `cleanup` what rules propose and
when. `prune` removes what ended long ago, `backup` copies the database, and `restored` ends what was open in a copy.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping

from bot.console.arguments import VERIFY, read_arguments
from bot.console.audit_arguments import query_of
from bot.errors import BotError
from bot.imports import imports_kept

# A command imports what only it needs when it begins, so a wrong setting is reported at once.


_INTERRUPTED = 130
"""The exit code of a command that Ctrl-C ended, as shells tell it: 128 and the number of SIGINT."""


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit code."""
    options = read_arguments(sys.argv[1:] if arguments is None else arguments)
    try:
        return _COMMANDS[options.command](options)
    except BotError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - this is the command line
        return 1


def _run(_: argparse.Namespace) -> int:
    with imports_kept():
        from bot.settings import load_settings  # noqa: PLC0415

        settings = load_settings()
        from bot.logs import configure_logging  # noqa: PLC0415
        from bot.run import run  # noqa: PLC0415

    configure_logging(settings)
    asyncio.run(run(settings))
    return 0


def _check(_: argparse.Namespace) -> int:
    from bot.console.check import check  # noqa: PLC0415

    with _read_by_somebody():
        return 0 if asyncio.run(check()) else 1


def _audit(options: argparse.Namespace) -> int:
    with imports_kept():
        from bot.console.audit import audit  # noqa: PLC0415

    with _read_by_somebody():
        asyncio.run(audit(query_of(options)))
    return 0


def _verify(options: argparse.Namespace) -> int:
    """Print what is wrong with the audit trail: exit code 0 for nothing, 1 for something, 2 if it cannot be told."""
    from bot.console.audit_verify import VerifyQuery, verify  # noqa: PLC0415

    try:
        with _read_by_somebody():
            return 0 if asyncio.run(verify(VerifyQuery(options.head, options.against))) else 1
    except BotError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - this is the command line
        return 2


def _receipt(options: argparse.Namespace) -> int:
    from bot.console.receipt import print_receipt  # noqa: PLC0415
    from bot.console.receipt_formats import ReceiptFormat  # noqa: PLC0415

    with _read_by_somebody():
        asyncio.run(print_receipt(options.request, ReceiptFormat(options.format)))
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


def _backup(options: argparse.Namespace) -> int:
    """Exit code 0 if a backup was made, 3 if the line was printed that makes one, 1 if none could be made."""
    from bot.console.backup import backup  # noqa: PLC0415

    return backup(options.file)


def _restored(_: argparse.Namespace) -> int:
    from bot.console.backup import restored  # noqa: PLC0415

    asyncio.run(restored())
    return 0


def _prune(options: argparse.Namespace) -> int:
    from bot.console.prune import PruneOrder, prune  # noqa: PLC0415

    with _read_by_somebody():
        asyncio.run(prune(PruneOrder(options.older_than, options.export)))
    return 0


@contextlib.contextmanager
def _read_by_somebody() -> Iterator[None]:
    """Print until the reader closes the pipe, as `head` does, or presses Ctrl-C.

    What is still to be printed then goes nowhere (https://docs.python.org/3/library/signal.html, "Note on SIGPIPE").
    """
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


_COMMANDS: Mapping[str | None, Callable[[argparse.Namespace], int]] = {
    None: _run,
    "run": _run,
    "check": _check,
    "audit": _audit,
    VERIFY: _verify,
    "receipt": _receipt,
    "policy": _policy,
    "cleanup": _cleanup,
    "backup": _backup,
    "restored": _restored,
    "prune": _prune,
}


if __name__ == "__main__":
    sys.exit(main())
