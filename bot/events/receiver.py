"""Posts an event to the receiver, and says whether it was accepted or why not.

What counts as accepted, the length of the wait for an answer, and that redirects are not followed, are as in
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Delivery success and
failure" and "Request timeouts".
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlsplit

import httpx

from bot.event_destination import EventDestination
from bot.events.cloud_event import CONTENT_TYPE
from bot.network.connections import Network
from bot.network.failures import is_lasting
from bot.replicate.pool import for_httpx
from bot.replicate.transport_errors import refused_by_proxy, why_unanswered
from bot.webhook_signatures import signatures

ANSWER_WITHIN = 20.0
"""Seconds within which the status of an answer has to be there."""

_BODY_WITHIN = 1.0
_MOST_BYTES = 4_096
"""How much of an answer's body is read, so that the connection can be used again; nothing in it is of use."""


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """Why an event was not accepted, in words without the receiver's address or text.

    `retry_after` is how many seconds the receiver asks to wait, and `is_lasting` whether the same request would hardly
    be answered otherwise soon.
    """

    why: str
    retry_after: float | None = None
    is_lasting: bool = False


class Receiver:
    """What events are posted to, at one destination. An answer is waited for `answer_within` seconds."""

    def __init__(
        self, destination: EventDestination, network: Network, *, answer_within: float = ANSWER_WITHIN
    ) -> None:
        self.destination = destination
        self._answer_within = answer_within
        self._url = destination.url.get_secret_value()
        self._host = urlsplit(self._url).hostname or ""
        self._network = network
        self._proxy = network.proxies.for_url(self._url)

    def __str__(self) -> str:
        return f"the receiver of events at {self._host}"

    @property
    def route(self) -> str:
        """The receiver's host, and how it is reached."""
        return f"to {self._host} {f'through {self._proxy}' if self._proxy else 'directly'}"

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Post]:
        """Yield what posts an event, over connections that last as long as the block."""
        certificates = self._network.certificates
        async with httpx.AsyncClient(
            timeout=httpx.Timeout(self._answer_within, pool=None),
            follow_redirects=False,
            proxy=for_httpx(self._proxy, certificates),
            verify=certificates,
            trust_env=False,  # the proxy variables are the settings' to read
        ) as client:
            yield partial(self._post, client)

    async def _post(self, client: httpx.AsyncClient, event_id: str, body: bytes, now: float) -> NotAccepted | None:
        timestamp = int(now)
        headers = {
            "Content-Type": CONTENT_TYPE,
            "User-Agent": "replicate-delete-bot",
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signatures(self.destination.secrets, event_id, timestamp, body),
        }
        request = client.build_request("POST", self._url, headers=headers, content=body)
        try:
            async with asyncio.timeout(self._answer_within):
                response = await client.send(request, stream=True)
        except (httpx.HTTPError, httpx.StreamError, TimeoutError) as exc:
            return NotAccepted(why_unanswered(exc, self._host, self._proxy)[1])
        await _finish(response)
        return self._judged(response, now)

    def _judged(self, response: httpx.Response, now: float) -> NotAccepted | None:
        if response.is_success:
            return None
        if (refused := refused_by_proxy(response.status_code, self._host, self._proxy)) is not None:
            return NotAccepted(refused[1], is_lasting=True)
        waits = _retry_after(response.headers.get("retry-after", ""), now)
        where = ", and redirects are not followed" if response.is_redirect else ""
        said = f"It answered HTTP {response.status_code}{where}."
        return NotAccepted(said, waits, is_lasting=response.is_redirect or is_lasting(response.status_code))


Post = Callable[[str, bytes, float], Awaitable[NotAccepted | None]]
"""Posts an event by its id, its body and the time now in seconds since 1970; returns None if it was accepted."""


async def _finish(response: httpx.Response) -> None:
    """Read a little of the body, which lets the connection be used again; the answer is already there."""
    read = 0
    with contextlib.suppress(httpx.HTTPError, httpx.StreamError, TimeoutError):
        async with asyncio.timeout(_BODY_WITHIN):
            async for piece in response.aiter_raw():
                read += len(piece)
                if read > _MOST_BYTES:
                    break
    with contextlib.suppress(httpx.HTTPError, httpx.StreamError):
        await response.aclose()


def _retry_after(value: str, now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for, as a number or a date (RFC 9110, 10.2.3); None for neither."""
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return max(0.0, date.timestamp() - now) if date.tzinfo else None
