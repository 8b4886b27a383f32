"""Whether the bot is alive, and whether it can do its work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from aiohttp import web

from bot.errors import DatabaseUnavailable
from bot.rounds import Rounds
from bot.store import Database

_PATIENCE = 3.0
"""Seconds after which a question counts as answered with no."""

Question = Callable[[], Awaitable[bool]]


class Readiness:
    """Asks everything that has to be well for the bot to do its work."""

    def __init__(self, *, slack: Question, database: Database, rounds: Sequence[Rounds]) -> None:
        self._slack = slack
        self._database = database
        self._rounds = rounds

    async def report(self) -> dict[str, bool]:
        """Return what is well and what is not."""
        slack, database = await asyncio.gather(_asked(self._slack), _asked(self._database_answers))
        return {"slack": slack, "database": database, "worker": all(r.is_well for r in self._rounds)}

    async def _database_answers(self) -> bool:
        try:
            await self._database.ping()
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


async def _asked(question: Question) -> bool:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await question()
    except TimeoutError:
        return False
