"""`python -m tests.sandbox`: the real bot between a stand-in Slack and a stand-in Replicate, on a page."""

from __future__ import annotations

import argparse
import asyncio
import sys

from tests.sandbox.bot_process import BotFailed
from tests.sandbox.demo import Demo, demo, is_taken, stop_signals

PORT = 8765


def main() -> int:
    """Run the demo until Ctrl-C; the exit code is 1 when the bot failed and 0 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help=f"where the page listens (default {PORT})")
    try:
        return asyncio.run(_run(parser.parse_args().port))
    except BotFailed as failed:
        print(f"\n{failed}", file=sys.stderr, flush=True)
        return 1


async def _run(port: int) -> int:
    with stop_signals() as stopping:
        running = asyncio.create_task(_on_this_or_another_port(port))
        asked = asyncio.create_task(stopping.wait())
        await asyncio.wait({running, asked}, return_when=asyncio.FIRST_COMPLETED)
        asked.cancel()
        if stopping.is_set() and not running.done():
            print("\nStopping.", flush=True)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            return 0
        await running
    return 0


async def _on_this_or_another_port(port: int) -> None:
    print("Starting the bot in its sandbox.", flush=True)
    try:
        await _show(port)
    except OSError as problem:
        if not is_taken(problem):
            raise
        print(f"Port {port} is taken, so another one is used.", flush=True)
        await _show(0)


async def _show(port: int) -> None:
    async with demo(port=port, echo=_bot_says) as running:
        print(_welcome(running), flush=True)
        raise await running.ended()


def _bot_says(line: str) -> None:
    print(f"bot | {line}", flush=True)


def _welcome(running: Demo) -> str:
    return (
        f"\nOpen {running.slack.url}\n"
        "  The page leads through the first deletion. Or type, as Ana:\n"
        f"  {running.examples[0]['command']}\n"
        "  Ctrl-C here ends everything.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
