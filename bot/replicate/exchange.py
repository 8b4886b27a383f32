"""Requests and answers: each request within the rate limit, tried as its retry policy allows, its answer parsed."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import TypeVar

import httpx

from bot.errors import (
    ReplicateError,
    ReplicateThrottled,
    ReplicateTokenRejected,
    ReplicateUnavailable,
    ReplicateUnreadable,
)
from bot.network.calls import Service
from bot.network.connections import Network
from bot.network.retry_log import log_retry
from bot.replicate.addresses import Addresses
from bot.replicate.answers import RawAnswer, exhausted, failure, parsed
from bot.replicate.bodies import Unbounded, read_body
from bot.replicate.pool import Pool
from bot.replicate.rate_limit import RateLimiter, RateLimitRefusal, Urgency
from bot.replicate.retries import MAX_ANNOUNCED, MAX_HOLD, RetryPolicy, RetryState
from bot.replicate.shapes import Page, Shape
from bot.replicate.throttling import named_rate, seconds_to_wait, seconds_until_more
from bot.replicate.transport_errors import Failure, refused_by_proxy, why_unanswered
from bot.secret_in_use import SecretInUse

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
        token: SecretInUse,
        addresses: Addresses,
        *,
        limiter: RateLimiter,
        urgency: Urgency,
        retry_policy: RetryPolicy,
        timeout: float,
        network: Network,
    ) -> None:
        self._token = token
        self._addresses = addresses
        self._limiter = limiter
        self.urgency = urgency
        self._retry_policy = retry_policy
        self._heard: Callable[[ReplicateError | None], None] = _forget
        self._proxy = network.proxies.for_url(str(addresses))
        self._calls = network.calls
        self._passed_over: set[str] = set()
        self._pool = Pool(timeout, self._proxy, network.certificates)

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

    def heard_by(self, heard: Callable[[ReplicateError | None], None]) -> Exchange:
        """A view that tells of each answer, over the same connections."""
        view = copy.copy(self)
        view._heard = heard  # noqa: SLF001  # our own copy
        return view

    async def send(self, method: str, url: str) -> RawAnswer:
        """Send a request that may be repeated, and return its answer, which is some 2xx."""
        return await self._tried(lambda retry_state: self._once(method, url, retry_state))

    async def read(self, url: str, shape: Shape[Value]) -> Value:
        """Return the value at this URL. What is not JSON is asked for again, JSON of another shape is not."""

        async def read_once(retry_state: RetryState) -> Value:
            return parsed(await self._once("GET", url, retry_state), shape, self._note)

        return await self._tried(read_once)

    def _note(self, what: str) -> None:
        """Log what was passed over in an answer, once for each kind: lists are read again and again."""
        if what not in self._passed_over:
            self._passed_over.add(what)
            _log.warning("odd answer of Replicate: %s; it is passed over, and the next of its kind not logged", what)

    async def read_all(self, url: str, shape: Shape[Page[Item]]) -> tuple[Item, ...]:
        """Return the items of every page of a list."""
        return tuple([item async for page in self.pages(url, shape) for item in page])

    async def pages(self, url: str, shape: Shape[Page[Item]]) -> AsyncGenerator[Sequence[Item], None]:
        """Yield the pages of a list, each read when it is asked for; raises ReplicateUnreadable after 1,000."""
        seen: set[str] = set()
        page_at: str | None = url
        while page_at is not None:
            seen.add(page_at)
            page = await self.read(page_at, shape)
            yield page.items
            page_at = self._addresses.next_page(page_at, page.next, seen)
            if page_at is not None and len(seen) == MAX_PAGES:
                endless = f"The list did not end after {MAX_PAGES:,} pages, so no more of it was read."
                raise ReplicateUnreadable(endless, method="GET", path=self._addresses.path(url))

    async def _tried(self, attempt: Callable[[RetryState], Awaitable[Value]]) -> Value:
        retry_state = RetryState(self._retry_policy, self.urgency)
        while True:
            try:
                return await attempt(retry_state)
            except ReplicateError as error:
                if isinstance(error, ReplicateTokenRejected) and error.is_outdated and error.method != "DELETE":
                    continue
                wait = retry_state.next_wait(error)
                if wait is None:
                    if isinstance(error, ReplicateThrottled) and not retry_state.is_refused:
                        raise exhausted(error, retry_state.tried()) from error
                    raise
                log_retry(Service.REPLICATE, error.method, error.path, wait, error.detail)
            await asyncio.sleep(wait)

    async def _once(self, method: str, url: str, retry_state: RetryState) -> RawAnswer:
        await retry_state.wait_for(self._limiter.acquire(self.urgency))
        token = self._token.value
        authorized = {"Authorization": f"Bearer {token}"}
        try:
            async with retry_state.time_left(), self._pool.client.stream(method, url, headers=authorized) as response:
                body = await read_body(response)
        except (httpx.RequestError, httpx.StreamError, TimeoutError) as exc:
            self._calls.unanswered(Service.REPLICATE)
            raise self._unreached(why_unanswered(exc, httpx.URL(url).host, self._proxy), method, url) from exc
        except Unbounded as exc:
            self._calls.unanswered(Service.REPLICATE)
            raise ReplicateUnavailable(str(exc), method=method, path=self._addresses.path(url)) from exc
        self._calls.answered(Service.REPLICATE, response.status_code)
        if (reason := refused_by_proxy(response.status_code, httpx.URL(url).host, self._proxy)) is not None:
            raise self._unreached(reason, method, url)
        answer = self._raw(method, url, response, body.replace(token.encode(), b"[token]"))
        error = failure(answer)
        if isinstance(error, ReplicateTokenRejected) and await self._token.is_replaced(token):
            error.is_outdated = True
            raise error
        self._heard(error)
        await self._note_limit(answer, error, retry_state)
        if error is not None:
            raise error
        return answer

    async def _note_limit(self, answer: RawAnswer, error: ReplicateError | None, retry_state: RetryState) -> None:
        """Tell the rate limiter what the answer says about the limit, for all requests."""
        if error is not None:
            retry_state.told = seconds_to_wait(answer)
        if isinstance(error, ReplicateThrottled):
            seconds = min(MAX_HOLD, retry_state.told or self._retry_policy.backoff.first)
            await self._limiter.refused(RateLimitRefusal(seconds, retry_state.sent_ago, named_rate(answer)))
        elif seconds := seconds_until_more(answer):
            await self._limiter.hold(min(MAX_ANNOUNCED, seconds))

    def _unreached(self, reason: Failure, method: str, url: str) -> ReplicateUnavailable:
        error, detail = reason
        return error(detail, method=method, path=self._addresses.path(url))

    def _raw(self, method: str, url: str, response: httpx.Response, content: bytes) -> RawAnswer:
        return RawAnswer(method, self._addresses.path(url), response.status_code, response.headers, content)


async def items_of(pages: AsyncGenerator[Sequence[Item], None], most_pages: int | None) -> frozenset[Item] | None:
    """Return the items of a list, or None, without reading on, if it has more than `most_pages` pages."""
    items: set[Item] = set()
    read = 0
    async with aclosing(pages):
        async for page in pages:
            if read == most_pages:
                return None
            items.update(page)
            read += 1
    return frozenset(items)


def _forget(_error: ReplicateError | None) -> None:
    """For a client whose answers nobody else hears of."""
