"""The command line: `python -m bot` runs the bot, `python -m bot check` looks whether it could run."""

from __future__ import annotations

import argparse
import asyncio
import sys

from bot.errors import BotError
from bot.settings import load_settings


def main(arguments: list[str] | None = None) -> int:
    """Carry out one command and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bot", description=__doc__)
    parser.add_argument("command", nargs="?", default="run", choices=("run", "check"))
    command = parser.parse_args(arguments).command
    try:
        return _check() if command == "check" else _run()
    except BotError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - this is the command line
        return 1


def _run() -> int:
    # Imported here: `check` needs none of it, and a wrong setting is then told at once.
    from bot.app import run  # noqa: PLC0415
    from bot.logs import configure_logging  # noqa: PLC0415

    settings = load_settings()
    configure_logging(settings)
    asyncio.run(run(settings))
    return 0


def _check() -> int:
    from bot.check import check  # noqa: PLC0415

    return 0 if asyncio.run(check()) else 1


if __name__ == "__main__":
    sys.exit(main())
