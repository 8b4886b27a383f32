"""A stand-in Replicate: its HTTP API, rules, pages, limits and troubles, served for real on a local port.

    async with StandInReplicate() as replicate:
        newest, *_ = replicate.add_model("acme/flux", versions=3)
        replicate.fail(LostAnswer(), method="DELETE", path="/models/acme/flux/versions/*")
        ... a client with replicate.base_url and replicate.token ...
        assert replicate.count("DELETE") == 2

Answers follow https://replicate.com/docs/reference/http. What it does not say is assumed and named where it
is decided: the statuses of refusals in `replicate_rules`; here that a second DELETE of a version still
listed is accepted again (202), and that a cursor nobody gave out is a 404.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from random import Random
from typing import Self

from aiohttp import web

from tests.sandbox.replicate import faults
from tests.sandbox.replicate.account import Clock, Holdings, real_clock
from tests.sandbox.replicate.answers import Json, snapshot
from tests.sandbox.replicate.faults import Fault, Planned
from tests.sandbox.replicate.limit import Limiter
from tests.sandbox.replicate.routes import Handler, Routes, authenticated, not_found, problem, throttled
from tests.sandbox.replicate.things import Version


@dataclass
class Recorded:
    """One request as it came in; `path` is below `/v1`.

    `status` is that of the answer, None while there is none; `lost` says that it never left. `account` is the token's,
    empty without a valid one.
    """

    method: str
    path: str
    query: str
    at: datetime
    with_token: bool
    account: str = ""
    status: int | None = None
    lost: bool = False


Hook = Callable[[Recorded], Awaitable[None]]


class StandInReplicate(Holdings):
    """A `Holdings` that answers HTTP at `base_url` while it is started.

    `latency` delays every request by so many seconds. `before` is awaited when a request has come in,
    `after` when it was handled and its answer not yet sent. `limiter` may be replaced at any time, and an account may
    have one of its own in `limiters`: limits are each account's (https://replicate.com/docs/reference/http#rate-limits).
    """

    def __init__(
        self,
        *,
        username: str = "acme",
        token: str = "r8_sandbox",  # noqa: S107  # opens nothing but this stand-in
        clock: Clock = real_clock,
        vanish_after: float = 30.0,
        page_size: int = 25,
        per_minute: float = 3000,
        burst: int = 100,
        seed: str = "sandbox",
    ) -> None:
        super().__init__(clock=clock, vanish_after=vanish_after, seed=seed)
        self.token = token
        self.page_size = page_size
        self.limiter = Limiter(per_minute, burst)
        self.limiters: dict[str, Limiter] = {}
        self.latency = 0.0
        self.before: Hook | None = None
        self.after: Hook | None = None
        self.requests: list[Recorded] = []
        self.on_request: list[Callable[[], None]] = []
        """Called for each request that arrives, before it is answered."""
        self._faults: list[Planned] = []
        self._in_flight = 0
        self._runner: web.AppRunner | None = None
        self._port = 0
        self._alarms: list[asyncio.TimerHandle] = []
        self.change_account(token, username)

    @classmethod
    async def start(cls, *, port: int = 0, **options: object) -> Self:
        """A new one, listening on the port (0: any free one); the options are those of the class."""
        stand_in = cls(**options)  # type: ignore[arg-type]  # checked by the constructor
        await stand_in.listen(port)
        return stand_in

    async def listen(self, port: int = 0) -> None:
        """Answer from now on; after a `stop`, at the same address as before."""
        app = web.Application(middlewares=[self._serve])
        Routes(self).add_to(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port or self._port).start()
        self._port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Answer nothing any more. What hangs is let go."""
        for planned in self._faults:
            if isinstance(planned.fault, faults.Hanging):
                planned.fault.released.set()
        for alarm in self._alarms:
            alarm.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
        self._runner = None

    async def __aenter__(self) -> Self:
        if self._runner is None:
            await self.listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def base_url(self) -> str:
        """What a client calls its base URL, ending in `/v1`."""
        return f"http://127.0.0.1:{self._port}/v1"

    def fail(
        self,
        fault: Fault,
        *,
        method: str = "*",
        path: str = "*",
        times: int | None = 1,
        chance: float = 1.0,
        seed: int = 0,
        account: str = "*",
    ) -> Planned:
        """Plan a fault. Of several that match a request, the one planned first strikes."""
        dice = Random(seed)  # noqa: S311  # repeatable, not secret
        planned = Planned(fault, method, path, times, chance, dice, account)
        self._faults.append(planned)
        return planned

    def heal(self) -> None:
        """Forget every planned fault."""
        self._faults.clear()

    def count(self, method: str = "*", path: str = "*", *, account: str = "*") -> int:
        """How many requests came in with such a method, path (below `/v1`) and account, with `*` wildcards."""
        return sum(
            fnmatchcase(r.method, method) and fnmatchcase(r.path, path) and fnmatchcase(r.account, account)
            for r in self.requests
        )

    @property
    def is_busy(self) -> bool:
        """Whether a request has come in and is not answered yet, and somebody still waits for it."""
        return self._in_flight > 0

    def snapshot(self) -> Json:
        """JSON of every model and version, with what is being deleted and what is in use."""
        self.sweep()
        return snapshot(self)

    def accept_deletion(self, version: Version) -> None:
        """Accept it, and carry it out when it is due even if nobody asks: listeners hear of it."""
        super().accept_deletion(version)
        loop = asyncio.get_running_loop()
        self._alarms = [alarm for alarm in self._alarms if alarm.when() > loop.time()]
        # The margin lets the clock, which may tick more coarsely than the loop's, reach the moment too.
        self._alarms.append(loop.call_later(self.vanish_after + 0.01, self.sweep))

    @web.middleware
    async def _serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._in_flight += 1
        try:
            return await self._served(request, handler)
        finally:
            self._in_flight -= 1

    async def _served(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix("/v1")
        with_token = "Authorization" in request.headers
        asking = authenticated(self, request)
        name = asking.username if asking else ""
        record = Recorded(request.method, path, request.query_string, self.clock(), with_token, name)
        self.requests.append(record)
        for listener in self.on_request:
            listener()
        if self.before is not None:
            await self.before(record)
        await asyncio.sleep(self.latency)
        self.sweep()
        fault = next((p.fault for p in self._faults if p.strikes(request.method, path, name)), None)
        if isinstance(fault, faults.Dropped):
            return _drop(request, record)
        return await self._spoilt(fault, request, record, await self._answer(fault, request, handler))

    async def _answer(self, fault: Fault | None, request: web.Request, handler: Handler) -> web.Response:
        match fault:
            case faults.Instead(status, body, content_type, headers):
                given = dict(headers)
                return web.Response(status=status, text=body, content_type=content_type, headers=given)
            case faults.Delayed(seconds):
                await asyncio.sleep(seconds)
            case faults.Hanging(released, arrived):
                arrived.set()
                await released.wait()
            case _:
                pass
        account = authenticated(self, request)
        if account is None:
            return problem(401, "Unauthenticated", "You did not pass a valid authentication token")
        now = self.clock().timestamp()
        limiter = self.limiters.get(account.username, self.limiter)
        wait = limiter.refused_for(account.username, now)
        answer = await _handled(request, handler) if wait is None else throttled(*limiter.refusal(wait, now))
        answer.headers.update(limiter.announcement(account.username, now))
        return answer

    async def _spoilt(
        self, fault: Fault | None, request: web.Request, record: Recorded, answer: web.Response
    ) -> web.StreamResponse:
        record.status = answer.status
        if self.after is not None:
            await self.after(record)
        body = answer.body if isinstance(answer.body, bytes) else b""
        match fault:
            case faults.LostAnswer():
                return _drop(request, record)
            case faults.CutOff():
                return await _cut_off(request, record, body)
            case faults.Emptied():
                return web.Response(status=answer.status)
            case faults.Reworded(change):
                return web.Response(status=answer.status, body=change(body), content_type=answer.content_type)
            case faults.Truncated():
                half = body[: len(body) // 2]
                return web.Response(status=answer.status, body=half, content_type=answer.content_type)
            case _:
                return answer


async def _handled(request: web.Request, handler: Handler) -> web.Response:
    try:
        answer = await handler(request)
    except web.HTTPMethodNotAllowed:
        return problem(405, "Method not allowed", f"Method {request.method} not allowed.")
    except web.HTTPNotFound:
        return not_found()
    assert isinstance(answer, web.Response)
    return answer


def _drop(request: web.Request, record: Recorded) -> web.Response:
    record.lost = True
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _cut_off(request: web.Request, record: Recorded, body: bytes) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Type": "application/json"})
    answer.content_length = len(body)
    await answer.prepare(request)
    await answer.write(body[: len(body) // 2])
    _drop(request, record)
    return answer
