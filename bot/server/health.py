"""Whether the bot is alive, and whether it can do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from aiohttp import web

from bot.errors import DatabaseUnavailable
from bot.poll_loop import PollLoop
from bot.store import Database

_TIMEOUT = 2.0
"""Seconds after which a question counts as answered with no; a platform waits for 3 or more."""

Question = Callable[[], Coroutine[Any, Any, bool]]


class Readiness:
    """Asks everything that has to be well for the bot to do its work."""

    def __init__(self, *, slack: Question, database: Database, loops: Sequence[PollLoop]) -> None:
        self._slack = _Asked(slack)
        self._database = _Asked(self._database_answers)
        self._store = database
        self._rounds = loops

    async def report(self) -> dict[str, bool]:
        """Return what is well and what is not."""
        slack, database = await asyncio.gather(self._slack.answer(), self._database.answer())
        return {"slack": slack, "database": database, "worker": all(r.is_well for r in self._rounds)}

    async def _database_answers(self) -> bool:
        try:
            await self._store.ping()
        except DatabaseUnavailable:
            return False
        return True


def health_routes(readiness: Readiness) -> list[web.RouteDef]:
    """`GET /healthz` while the loop runs at all; `GET /readyz` only while everything is well."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_request: web.Request) -> web.Response:
        report = await readiness.report()
        return web.json_response(report, status=200 if all(report.values()) else 503)

    return [web.get("/healthz", healthz), web.get("/readyz", readyz)]


class _Asked:
    """A question that is asked once at a time: whoever comes while it hangs waits for the same answer."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._asking: asyncio.Task[bool] | None = None

    async def answer(self) -> bool:
        """Return the answer, or no where there is none in time. The question is not cancelled: that may hang too."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.ensure_future(self._question())
        done, _ = await asyncio.wait({self._asking}, timeout=_TIMEOUT)
        return (
            bool(done) and not self._asking.cancelled() and self._asking.exception() is None and self._asking.result()
        )
