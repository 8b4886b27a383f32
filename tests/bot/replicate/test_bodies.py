"""Answers that are longer than any should be."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import resource
from collections.abc import AsyncIterator, Callable

import pytest
from aiohttp import web

from bot.errors import ReplicateUnavailable, ReplicateUnreadable
from bot.replicate.client import Replicate
from bot.replicate.exchange import MAX_PAGES
from bot.replicate.retries import RetryPolicy
from tests.bot.replicate_clients import FLUX, OpenPace

ONCE = RetryPolicy(attempts=1)


def bomb() -> bytes:
    """Some kilobytes that unpack to sixty-four megabytes."""
    return gzip.compress(b" " * 64 * 1024 * 1024, 1)


@contextlib.asynccontextmanager
async def answering(body: bytes, **headers: str) -> AsyncIterator[Replicate]:
    """A server that answers everything so, and a client of it."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        async with Replicate("r8_made_up", base_url=base_url, limiter=OpenPace(), retry_policy=ONCE) as client:
            yield client
    finally:
        await runner.cleanup()


ENDLESS: dict[str, tuple[Callable[[], bytes], dict[str, str]]] = {
    "one that is long": (lambda: b"x" * 40 * 1024 * 1024, {}),
    "one that unpacks": (bomb, {"Content-Encoding": "gzip"}),
    "one that unpacks twice": (lambda: gzip.compress(bomb()), {"Content-Encoding": "gzip, gzip"}),
    "one in another encoding": (lambda: b"x", {"Content-Encoding": "br"}),
}


@pytest.mark.parametrize("endless", ENDLESS)
async def test_an_answer_that_is_too_long_is_unreadable(endless: str) -> None:
    """An answer that is too long, or that unpacks to it, is told as unreadable, and never held in memory whole."""
    make, headers = ENDLESS[endless]
    body = make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with answering(body, **headers) as client:
        with pytest.raises(ReplicateUnavailable, match=r"longer than 32 MiB|not asked for"):
            await client.account()
        with pytest.raises(ReplicateUnavailable):
            await client.readme(FLUX)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400 * 1024


async def test_a_list_is_given_up_after_a_thousand_pages() -> None:
    """A list whose every page names another one is given up after a thousand."""
    read = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal read
        read += 1
        following = f"{request.url.origin()}/v1/trainings?cursor={read}"
        return web.Response(text=json.dumps({"next": following, "results": []}))

    app = web.Application()
    app.router.add_get("/v1/trainings", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    async with (
        asyncio.timeout(60),
        Replicate("r8_x", base_url=base_url, limiter=OpenPace(), retry_policy=ONCE) as client,
    ):
        with pytest.raises(ReplicateUnreadable, match="did not end"):
            await client.trainings()
    await runner.cleanup()
    assert read == MAX_PAGES
