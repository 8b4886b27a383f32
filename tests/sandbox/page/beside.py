"""What stands on the page beside Slack, and the routes by which it is operated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiohttp import web


class Beside(Protocol):
    """What a demo shows and offers beside Slack."""

    def state(self) -> Mapping[str, Any]:
        """What the page shows of it, as JSON."""
        ...

    def reset(self) -> None:
        """Begin everything anew, soon."""
        ...

    def switch(self, name: str, *, on: bool) -> None:
        """Turn a trouble on or off. Raises `KeyError` for one that does not exist."""
        ...

    def kill_bot(self) -> None:
        """Kill the bot's process."""
        ...

    def make_cleanup_due(self) -> None:
        """Have the time of the cleanup rule come."""
        ...


def routes(beside: Beside) -> list[web.RouteDef]:
    """Return where the page sends what is done with it."""

    async def reset(_request: web.Request) -> web.Response:
        return answered(beside.reset)

    async def switch(request: web.Request) -> web.Response:
        asked = await request.json()
        return answered(lambda: beside.switch(asked["name"], on=bool(asked["on"])))

    async def kill(_request: web.Request) -> web.Response:
        return answered(beside.kill_bot)

    async def cleanup(_request: web.Request) -> web.Response:
        return answered(beside.make_cleanup_due)

    return [
        web.post("/sandbox/reset", reset),
        web.post("/sandbox/switch", switch),
        web.post("/sandbox/kill", kill),
        web.post("/sandbox/cleanup", cleanup),
    ]


def answered(doing: Callable[[], None]) -> web.Response:
    """Whether it could be done, and if not why."""
    try:
        doing()
    except KeyError as unknown:
        return web.json_response({"ok": False, "error": f"nothing here is called {unknown}"})
    return web.json_response({"ok": True})
