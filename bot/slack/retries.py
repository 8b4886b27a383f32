"""How long a limited call waits for Slack, and that redirects are not followed."""

from __future__ import annotations

import asyncio
import re

import aiohttp
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient

MAX_RETRY_AFTER = 300.0
"""Seconds. Slack counts by the minute (https://docs.slack.dev/apis/web-api/rate-limits), so more is a mistake."""

_MAX_PAUSE = 30.0
"""Maximum seconds before a limited call is repeated; a person waits for its answer."""

_TOO_MANY_REQUESTS = 429
_NUMBER = re.compile(r"\d{1,9}(?:\.\d+)?", re.ASCII)


def retry_after(header: object) -> float:
    """Return the seconds that a `Retry-After` asks for, at most five minutes; 1 where it is missing or no number."""
    written = str(header).strip()
    return min(float(written), MAX_RETRY_AFTER) if _NUMBER.fullmatch(written) else 1.0


class RateLimitRetry(AsyncRetryHandler):
    """Repeats a call after a 429, when Slack says so but within half a minute, whatever `Retry-After` says."""

    async def _can_retry_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        del state, request, error
        return response is not None and response.status_code == _TOO_MANY_REQUESTS

    async def prepare_for_next_attempt_async(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> None:
        """Wait, and have the request sent again."""
        del request, error
        headers = response.headers if response is not None else {}
        named = next((value[0] for name, value in headers.items() if name.lower() == "retry-after" and value), None)
        await asyncio.sleep(min(retry_after(named), _MAX_PAUSE))
        state.next_attempt_requested = True
        state.increment_current_attempt()


class StrictWebClient(AsyncWebClient):
    """Slack's own client, which here follows no redirect: the token goes to the configured host and nowhere else."""

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, object]) -> dict[str, object]:
        answer: dict[str, object] = await super()._request(
            http_verb=http_verb, api_url=api_url, req_args={**req_args, "allow_redirects": False}
        )
        return answer


def without_redirects() -> aiohttp.TraceConfig:
    """Return what ends a request at its first redirect, for a session of aiohttp's."""

    async def refuse(*_: object) -> None:
        raise aiohttp.ClientError("a redirect, which is not followed")

    trace = aiohttp.TraceConfig()
    trace.on_request_redirect.append(refuse)
    return trace
