"""What the bot asked of Slack, what it was told, and the failures a test has ordered for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Arguments = dict[str, Any]
Hook = Callable[[str, Arguments], Awaitable[None]]


class Dropped(Exception):
    """Raised by a hook to break the connection instead of answering."""


class Refused(Exception):
    """Slack's answer `{"ok": false, "error": ...}`, with whatever belongs beside it."""

    def __init__(self, error: str, **beside: object) -> None:
        super().__init__(error)
        self.error = error
        self.beside = beside


@dataclass(frozen=True)
class Answer:
    """What goes back over HTTP."""

    body: dict[str, Any] | str
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def as_response(self) -> web.Response:
        """The HTTP response: JSON for an object, plain text for a string."""
        if isinstance(self.body, str):
            return web.Response(text=self.body, status=self.status, headers=self.headers)
        return web.json_response(self.body, status=self.status, headers=self.headers)


def too_many(retry_after: int) -> Answer:
    """HTTP 429 as Slack sends it: https://docs.slack.dev/apis/web-api/rate-limits."""
    return Answer({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(retry_after)})


@dataclass(frozen=True)
class Call:
    """One call of the bot's. `answer` is None when the connection was broken before one could be sent."""

    method: str
    arguments: Arguments
    answer: dict[str, Any] | str | None
    time: float


@dataclass
class Failure:
    """A failure ordered for the next calls of one method."""

    method: str
    times: int
    answer: Answer | None
    """None: the connection breaks."""
    after: bool
    """The call is carried out all the same; only its answer is lost or replaced."""


def failing_answer(error: str | None, status: int | None, retry_after: int) -> Answer | None:
    """The answer a test orders by `error`, by `status`, or by neither: then the connection breaks."""
    if error == "ratelimited":
        return too_many(retry_after)
    if error is not None:
        return Answer({"ok": False, "error": error}, status or 200)
    return None if status is None else Answer("the stand-in was told to fail", status)


class Calls:
    """Carries out each call of the bot's: hooks, ordered failures, the record."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.record: list[Call] = []
        self.before: Hook | None = None
        self.after: Hook | None = None
        self._clock = clock
        self._failures: list[Failure] = []

    def order(self, failure: Failure) -> None:
        """Let the next calls of a method fail; failures of one method are taken in the order given."""
        self._failures.append(failure)

    def heal(self) -> None:
        """Forget every failure that was ordered."""
        self._failures.clear()

    async def carry_out(
        self, request: web.Request, method: str, arguments: Arguments, handle: Callable[[], Answer]
    ) -> web.Response:
        """Run one call and answer it, unless a hook or an ordered failure breaks the connection."""
        try:
            if self.before:
                await self.before(method, arguments)
            answer = self._answer(method, arguments, handle)
            if self.after:
                await self.after(method, arguments)
        except Dropped:
            return _broken(request)
        return answer.as_response() if answer else _broken(request)

    def _answer(self, method: str, arguments: Arguments, handle: Callable[[], Answer]) -> Answer | None:
        failure = self._next_failure(method)
        answer: Answer | None = None
        if failure is None or failure.after:
            answer = handle()
        if failure is not None:
            answer = failure.answer
        self.record.append(Call(method, arguments, answer.body if answer else None, self._clock()))
        return answer

    def _next_failure(self, method: str) -> Failure | None:
        for failure in self._failures:
            if failure.method == method and failure.times > 0:
                failure.times -= 1
                return failure
        return None


def _broken(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
