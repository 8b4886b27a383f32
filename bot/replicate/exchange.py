"""Requests and answers: each request within the rate limit, tried as its retry policy allows, its answer parsed."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

import httpx
from pydantic import SecretStr

from bot.errors import ReplicateError, ReplicateThrottled, ReplicateUnavailable
from bot.replicate.addresses import Addresses
from bot.replicate.answers import RawAnswer, exhausted, failure, parsed, seconds_to_wait
from bot.replicate.bodies import ENCODINGS, Unbounded, read_body
from bot.replicate.rate_limit import RateLimiter, Urgency
from bot.replicate.retries import MAX_HOLD, RetryPolicy, RetryState
from bot.replicate.shapes import Page, Shape

_log = logging.getLogger(__name__)

Value = TypeVar("Value")
Item = TypeVar("Item")


MAX_PAGES = 1_000
"""Pages of one list that are read: 25,000 versions, which is five times what one request can be about."""


class Exchange:
    """What is sent with one token to the addresses under one base URL, under one rate limit, and what comes back.

    Every request raises the `ReplicateError` tree, and, without a retry, what its rate limiter raises.
    """

    def __init__(
        self,
        token: str,
        addresses: Addresses,
        *,
        limiter: RateLimiter,
        urgency: Urgency,
        retry_policy: RetryPolicy,
        timeout: float,
    ) -> None:
        self._token = SecretStr(token)
        self._addresses = addresses
        self._limiter = limiter
        self.urgency = urgency
        self._retry_policy = retry_policy
        self._pool = httpx.AsyncClient(
            headers={
                "Authorization": f"Bearer {token}",
                "Accept": "application/json, text/plain",
                "Accept-Encoding": ", ".join(ENCODINGS),
            },
            timeout=httpx.Timeout(timeout, pool=None),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=64),
            follow_redirects=False,
        )

    async def aclose(self) -> None:
        """Close the connections, also those of every view."""
        await self._pool.aclose()

    def at(self, urgency: Urgency) -> Exchange:
        """A view with another urgency, over the same connections."""
        view = copy.copy(self)
        view.urgency = urgency
        return view

    def limited_by(self, limiter: RateLimiter) -> Exchange:
        """A view with another rate limiter, over the same connections."""
        view = copy.copy(self)
        view._limiter = limiter  # noqa: SLF001  # our own copy
        return view

    async def send(self, method: str, url: str) -> RawAnswer:
        """Send a request that may be repeated, and return its answer, which is some 2xx."""
        return await self._tried(lambda retry_state: self._once(method, url, retry_state))

    async def read(self, url: str, shape: Shape[Value]) -> Value:
        """Return the value at this URL. An answer of another shape counts as unreadable."""

        async def read_once(retry_state: RetryState) -> Value:
            return parsed(await self._once("GET", url, retry_state), shape)

        return await self._tried(read_once)

    async def read_all(self, url: str, shape: Shape[Page[Item]]) -> tuple[Item, ...]:
        """Return the items of every page of a list."""
        return tuple([item async for page in self.pages(url, shape) for item in page])

    async def pages(self, url: str, shape: Shape[Page[Item]]) -> AsyncIterator[Sequence[Item]]:
        """Yield the pages of a list, each read when it is asked for; raises ReplicateUnavailable after 1,000."""
        seen: set[str] = set()
        page_at: str | None = url
        while page_at is not None:
            seen.add(page_at)
            page = await self.read(page_at, shape)
            yield page.value()
            page_at = self._addresses.next_page(page_at, page.next, seen)
            if page_at is not None and len(seen) == MAX_PAGES:
                endless = f"The list did not end after {MAX_PAGES:,} pages, so no more of it was read."
                raise ReplicateUnavailable(endless, method="GET", path=self._addresses.path(url))

    async def _tried(self, attempt: Callable[[RetryState], Awaitable[Value]]) -> Value:
        retry_state = RetryState(self._retry_policy, self.urgency)
        while True:
            try:
                return await attempt(retry_state)
            except ReplicateError as error:
                wait = retry_state.next_wait(error)
                if wait is None:
                    if isinstance(error, ReplicateThrottled) and not retry_state.is_refused:
                        raise exhausted(error, retry_state.tried()) from error
                    raise
                _log.warning("%s %s is tried again in %.1f s: %s", error.method, error.path, wait, error.detail)
            await asyncio.sleep(wait)

    async def _once(self, method: str, url: str, retry_state: RetryState) -> RawAnswer:
        await retry_state.wait_for(self._limiter.acquire(self.urgency))
        try:
            async with retry_state.time_left(), self._pool.stream(method, url) as response:
                body = await read_body(response)
        except (httpx.RequestError, httpx.StreamError, TimeoutError) as exc:
            raise ReplicateUnavailable(_silence(exc), method=method, path=self._addresses.path(url)) from exc
        except Unbounded as exc:
            raise ReplicateUnavailable(str(exc), method=method, path=self._addresses.path(url)) from exc
        answer = self._raw(method, url, response, body)
        if (error := failure(answer)) is not None:
            await self._note_wait(answer, error, retry_state)
            raise error
        return answer

    async def _note_wait(self, answer: RawAnswer, error: ReplicateError, retry_state: RetryState) -> None:
        retry_state.told = seconds_to_wait(answer)
        if isinstance(error, ReplicateThrottled):
            await self._limiter.hold(min(MAX_HOLD, retry_state.told or self._retry_policy.backoff.first))

    def _raw(self, method: str, url: str, response: httpx.Response, content: bytes) -> RawAnswer:
        body = content.replace(self._token.get_secret_value().encode(), b"[token]")
        return RawAnswer(method, self._addresses.path(url), response.status_code, response.headers, body)


def _silence(exc: Exception) -> str:
    match exc:
        case httpx.ConnectError() | httpx.ConnectTimeout():
            return "No connection could be made."
        case httpx.TimeoutException() | TimeoutError():
            return "No answer came in time."
        case _:
            return "The connection was dropped before the whole answer came."
