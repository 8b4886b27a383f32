"""Health probes: whether the bot is alive, and whether it is ready to work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, Self

from aiohttp import web

from bot import __version__
from bot.errors import DatabaseUnavailable
from bot.poll_loop import PollLoop
from bot.shared_run import NoResult, SharedRun
from bot.store.database import Database

_TIMEOUT = 2.0
"""Seconds after which a check counts as failed; platforms wait for 3 seconds or more."""

Check = Callable[[], Coroutine[Any, Any, str | None]]
"""Returns why a part is not well, in a few words that anybody may read; None if it is well."""


class Readiness:
    """Checks everything that the bot needs for its work, each part by its name."""

    def __init__(self, **checks: Check) -> None:
        self._checks = {name: SharedRun(check) for name, check in checks.items()}
        self._troubles: Callable[[], Mapping[str, str]] = dict

    def with_troubles(self, troubles: Callable[[], Mapping[str, str]]) -> Self:
        """Tell these as well, by the Replicate account that each is about. The bot works for the other accounts."""
        self._troubles = troubles
        return self

    @property
    def troubles(self) -> Mapping[str, str]:
        """Why nothing can be done for some Replicate accounts; empty where all is well."""
        return self._troubles()

    async def problems(self) -> dict[str, str | None]:
        """Return for each part why it is not well, or None."""
        results = await asyncio.gather(*map(_result, self._checks.values()))
        return dict(zip(self._checks, results, strict=True))


def database_check(database: Database) -> Check:
    """Return a check of whether the database answers."""

    async def check() -> str | None:
        try:
            await database.ping()
        except DatabaseUnavailable:
            return "the database does not answer"
        return None

    return check


def loops_check(loops: Callable[[], Sequence[PollLoop]]) -> Check:
    """Return a check of whether the loops that are needed run, and whether each did what it does the last time."""

    async def check() -> str | None:
        if not loops():
            return "not started yet"
        ill = [loop.name for loop in loops() if loop.is_needed and not loop.is_well]
        return f"not running: {', '.join(ill)}" if ill else None

    return check


def health_routes(readiness: Readiness) -> list[web.RouteDef]:
    """Return the routes `GET /healthz`, 200 while the event loop runs, and `GET /readyz`, 200 only if all is well.

    The JSON of the latter says of each part whether it is well, and under `why` what is the matter with the others.
    Under `accounts` are Replicate accounts for which nothing can be done: one of several does not hold up the others.
    Under `version` is the bot's.
    """

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        problems = await readiness.problems()
        why = {name: problem for name, problem in problems.items() if problem is not None}
        report: dict[str, object] = {name: problem is None for name, problem in problems.items()}
        report["version"] = __version__
        if troubles := readiness.troubles:
            report["accounts"] = dict(troubles)
        return web.json_response(report | ({"why": why} if why else {}), status=503 if why else 200)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


async def _result(check: SharedRun[str | None]) -> str | None:
    """Return the result of a check, or that it failed or took too long."""
    try:
        return await check.result(_TIMEOUT)
    except TimeoutError:
        return f"no answer within {_TIMEOUT:.0f} seconds"
    except NoResult:
        return "it could not be checked"
