"""Runs the bot until it is asked to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable

from bot.app import LEASE, Bot
from bot.clock import Clock
from bot.settings import Settings

_log = logging.getLogger(__name__)


async def run(settings: Settings, clock: Clock | None = None, *, lease: float = LEASE) -> None:
    """Run the bot until SIGTERM or SIGINT; at SIGHUP it reads its policy file and its secrets again.

    Raises BotError at a bad start.
    """
    stopping, reloading = asyncio.Event(), asyncio.Event()
    _on_signal("SIGTERM", stopping.set)
    _on_signal("SIGINT", stopping.set)
    _on_signal("SIGHUP", _when_hung_up(stopping, reloading))
    bot = Bot(settings, clock, lease=lease)
    asked_to_stop = asyncio.create_task(stopping.wait())
    working = asyncio.create_task(_work(bot))
    rereading = asyncio.create_task(_reload_when_asked(bot, reloading))
    try:
        # A start may wait long for Slack or Replicate, and can be stopped while it waits.
        await asyncio.wait({working, asked_to_stop}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
            await asked_to_stop
        _log.info("stopping")
    finally:
        bot.hurry()
        tasks = (working, asked_to_stop, rereading)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await bot.stop()


async def _work(bot: Bot) -> None:
    await bot.start()
    await bot.confirmed()


async def _reload_when_asked(bot: Bot, reloading: asyncio.Event) -> None:
    """Read the policy file and the secrets again whenever it is asked for; once for all that ask meanwhile."""
    while True:
        await reloading.wait()
        reloading.clear()
        try:
            await bot.reload()
        except Exception:  # noqa: BLE001 - one failure must not end what later signals ask for
            _log.exception("policy file and secrets were not all read again; what was read before holds")


def _on_signal(name: str, act: Callable[[], None]) -> None:
    """Do this at a signal. Windows has no SIGHUP, and its event loop takes no handlers: Ctrl-C ends the process there.

    See https://docs.python.org/3/library/asyncio-platforms.html#windows.
    """
    number = getattr(signal, name, None)
    try:
        if number is not None:
            asyncio.get_running_loop().add_signal_handler(number, act)
    except NotImplementedError:
        _log.debug("no handler for %s on this platform", name)


def _when_hung_up(stopping: asyncio.Event, reloading: asyncio.Event) -> Callable[[], None]:
    """Return what SIGHUP does: it is also what a process gets whose terminal was closed, and then the bot stops."""
    had_terminal = _has_terminal()

    def act() -> None:
        (stopping if had_terminal and not _has_terminal() else reloading).set()

    return act


def _has_terminal() -> bool:
    """Return whether the process has a controlling terminal, which can be opened by this name (man 4 tty)."""
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | getattr(os, "O_NOCTTY", 0)))
    except OSError:
        return False
    return True
