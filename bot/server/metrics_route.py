"""The route `GET /metrics`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.hdrs import ACCEPT, CONTENT_TYPE

Expose = Callable[[str], Awaitable[tuple[bytes, str]]]
"""Returns the metrics and their content type, in a format of those that an Accept header names."""


def metrics_route(expose: Expose) -> web.RouteDef:
    """Return the route, which answers whoever can reach the port."""

    async def metrics(request: web.Request) -> web.Response:
        body, content_type = await expose(request.headers.get(ACCEPT, ""))
        return web.Response(body=body, headers={CONTENT_TYPE: content_type})

    return web.get("/metrics", metrics)
