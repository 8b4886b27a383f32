"""Health probes: whether the bot is alive, and whether it is ready to work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from aiohttp import web

from bot.errors import DatabaseUnavailable
from bot.poll_loop import PollLoop
from bot.store import Database

_TIMEOUT = 2.0
"""Seconds after which a check counts as failed; platforms wait for 3 seconds or more."""

Check = Callable[[], Coroutine[Any, Any, bool]]


class Readiness:
    """Checks everything that the bot needs for its work."""

    def __init__(self, *, slack: Check, database: Database, loops: Sequence[PollLoop]) -> None:
        self._slack_check = _SharedCheck(slack)
        self._database_check = _SharedCheck(self._database_answers)
        self._database = database
        self._loops = loops

    async def report(self) -> dict[str, bool]:
        """Return for each part whether it is well."""
        slack, database = await asyncio.gather(self._slack_check.result(), self._database_check.result())
        return {"slack": slack, "database": database, "worker": all(r.is_well for r in self._loops)}

    async def _database_answers(self) -> bool:
        try:
            await self._database.ping()
        except DatabaseUnavailable:
            return False
        return True


def health_routes(readiness: Readiness) -> list[web.RouteDef]:
    """Return the routes `GET /healthz`, 200 while the event loop runs, and `GET /readyz`, 200 only if all is well."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        report = await readiness.report()
        return web.json_response(report, status=200 if all(report.values()) else 503)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


class _SharedCheck:
    """A check that runs once at a time: concurrent callers wait for the same result."""

    def __init__(self, check: Check) -> None:
        self._check = check
        self._running: asyncio.Task[bool] | None = None

    async def result(self) -> bool:
        """Return the result, or False on failure or timeout. A late check is not cancelled, as that may hang too."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._check())
        done, _ = await asyncio.wait({self._running}, timeout=_TIMEOUT)
        return (
            bool(done)
            and not self._running.cancelled()
            and self._running.exception() is None
            and self._running.result()
        )
