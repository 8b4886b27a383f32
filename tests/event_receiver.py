"""A receiver of events that is stricter than any real one, over real HTTP.

It checks signatures by its own implementation of Standard Webhooks
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), the form of each event as
CloudEvents has it (https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/cloudevents.json), and the order
of each request's events. Whatever is wrong is in `complaints`, which a test expects to be empty.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from aiohttp import web
from multidict import CIMultiDict

SECRET = "whsec_" + base64.b64encode(b"thirty-two bytes, made up by hand").decode()

_REQUIRED = {"specversion", "id", "source", "type"}
_TYPES = {"position": int}


@dataclass(frozen=True)
class Arrived:
    """A request as it came: its headers, its body's bytes, and the event in them."""

    headers: CIMultiDict[str]
    body: bytes
    event: dict[str, Any]

    @property
    def request(self) -> str:
        """The id of the request that the event is about; empty for none."""
        return str(self.event.get("subject", ""))

    @property
    def sequence(self) -> int:
        """Its number among the events of that request."""
        return int(self.event["sequence"])


Answer = Callable[[Arrived], Awaitable[web.StreamResponse]]


async def accept(_: Arrived) -> web.StreamResponse:
    """Answer as a receiver that has taken the event."""
    return web.Response(status=204)


def answering(status: int, **headers: str) -> Answer:
    """Return an answer with this status."""

    async def answer(_: Arrived) -> web.StreamResponse:
        return web.Response(status=status, headers={k.replace("_", "-"): v for k, v in headers.items()}, text="no")

    return answer


@dataclass
class EventReceiver:
    """Use as an async context manager. `answer` decides about each request whose signature is right.

    `tries` has every such request, `accepted` those that were answered with 2xx. `now` is its clock in
    seconds since 1970: it refuses what was not signed within five minutes.
    """

    secret: str = SECRET
    answer: Answer = accept
    now: Callable[[], float] = time.time
    tries: list[Arrived] = field(default_factory=list)
    accepted: list[Arrived] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    url: str = ""
    _known: dict[str, Arrived] = field(default_factory=dict)
    _last: Counter[str] = field(default_factory=Counter)
    """Of each request, the number of the last event that was accepted."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**20)
        app.router.add_route("*", "/{path:.*}", self._receive)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", int(self.url.rpartition(":")[2].partition("/")[0] or 0))
        await site.start()
        port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{port}/in?token=not-for-logs"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def until(self, is_so: Callable[[], object], within: float = 30.0) -> None:
        """Return once this is so."""
        async with asyncio.timeout(within):
            while not is_so():
                self._changed.clear()
                await self._changed.wait()

    @property
    def ids(self) -> list[str]:
        """The ids of what was accepted, in its order."""
        return [str(one.event["id"]) for one in self.accepted]

    def types(self, request: str | None = None) -> list[str]:
        """Return the types of the events that were accepted, each once, in their order, without their prefix."""
        first = {str(one.event["id"]): one for one in reversed(self.accepted)}
        once = [one for one in self.accepted if first[str(one.event["id"])] is one]
        wanted = [one for one in once if request in (None, one.request)]
        return [str(one.event["type"]).removeprefix("replicate_delete_bot.") for one in wanted]

    async def _receive(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        arrived = Arrived(request.headers.copy(), body, json.loads(body))
        self.complaints += self._wrong(request, arrived)
        if not self._is_signed(arrived):
            return web.Response(status=401)
        self.tries.append(arrived)
        self.complaints += self._out_of_order(arrived)
        self._changed.set()
        answer = await self.answer(arrived)
        if 200 <= answer.status < 300:
            self.accepted.append(arrived)
            self._known.setdefault(str(arrived.event["id"]), arrived)
            self._last[arrived.request] = max(self._last[arrived.request], arrived.sequence)
            self._changed.set()
        return answer

    def _wrong(self, request: web.Request, arrived: Arrived) -> list[str]:
        event = arrived.event
        found = {
            "method": request.method == "POST",
            "path": request.path_qs == "/in?token=not-for-logs",
            "content type": request.content_type == "application/cloudevents+json",
            "charset": request.charset == "utf-8",
            "required": event.keys() >= _REQUIRED and event["specversion"] == "1.0",
            "names": all(re.fullmatch("[a-z0-9]{1,20}", name) for name in event),
            "values": all(v and isinstance(v, _TYPES.get(k, str)) for k, v in event.items() if k != "data"),
            "source": re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", event["source"]),
            "type": re.fullmatch(r"[a-zA-Z0-9_]+(\.[a-zA-Z0-9_]+)+", event["type"]),
            "time": event["time"].endswith("Z") and datetime.fromisoformat(event["time"]),
            "id": event["id"] == arrived.headers.get("webhook-id") and "." not in event["id"],
            "sequence": re.fullmatch(r"\d{10}", event["sequence"]) and int(event["sequence"]) > 0,
            "size": len(arrived.body) < 20_000,
        }
        return [f"{name} of {arrived.body!r}" for name, is_right in found.items() if not is_right]

    def _is_signed(self, arrived: Arrived) -> bool:
        headers = arrived.headers
        if any(len(headers.getall(name, [])) != 1 for name in ("webhook-id", "webhook-timestamp", "webhook-signature")):
            return False
        if not re.fullmatch(r"\d+", headers["webhook-timestamp"]):
            return False
        if abs(int(headers["webhook-timestamp"]) - self.now()) > 300:
            return False
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        signed = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), arrived.body])
        mac = hmac.new(key, signed, sha256).digest()
        given = [one.partition(",") for one in headers["webhook-signature"].split(" ")]
        return any(kind == "v1" and base64.b64decode(value) == mac for kind, _, value in given)

    def _out_of_order(self, arrived: Arrived) -> list[str]:
        """Complain of an event that is sent although the one before it of its request was not accepted yet."""
        if (again := self._known.get(arrived.event["id"])) is not None:
            return [] if again.body == arrived.body else [f"another body: {arrived.body!r}"]
        before = self._last[arrived.request]
        follows = before + 1 == arrived.sequence
        return [] if follows else [f"{arrived.request}: {arrived.sequence} was sent after {before} was accepted"]
