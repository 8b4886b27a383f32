"""How long a limited call waits for Slack, and the SDK's client without redirects, over our own session."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.file_upload_v2_result import FileUploadV2Result

from bot.network.calls import Service
from bot.network.connections import Network
from bot.network.retry_log import log_retry
from bot.secret_in_use import SecretInUse
from bot.slack.error_codes import NO_TOKEN_ANY_MORE
from bot.slack.session import slack_session

MAX_RETRY_AFTER = 300.0
"""Seconds. Slack counts by the minute (https://docs.slack.dev/apis/web-api/rate-limits), so more is a mistake."""

_MAX_PAUSE = 30.0
"""Maximum seconds before a limited call is repeated; a person waits for its answer."""

_TOO_MANY_REQUESTS = 429
SLACK_ASKS_TO_WAIT = "Slack asks to wait"
"""Why a call is made again after a 429, for the log."""

RESPONSE_URL = "response_url"
"""Stands for the path of an address to which an answer goes: whoever knows it can answer."""

_METHOD = re.compile(r"/api/[a-zA-Z.]+", re.ASCII)
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
        del error
        headers = response.headers if response is not None else {}
        named = next((value[0] for name, value in headers.items() if name.lower() == "retry-after" and value), None)
        pause = min(retry_after(named), _MAX_PAUSE)
        log_retry(Service.SLACK, request.method, _public_path(request.url), pause, SLACK_ASKS_TO_WAIT)
        await asyncio.sleep(pause)
        state.next_attempt_requested = True
        state.increment_current_attempt()


def _public_path(url: str) -> str:
    """Return the path of a method of the Web API; of any other address, which may be a secret, only what it is for."""
    path = urlsplit(url).path
    return path if _METHOD.fullmatch(path) else RESPONSE_URL


def _refuses_the_token(answer: Mapping[str, Any]) -> bool:
    body = answer.get("data")
    return isinstance(body, dict) and body.get("error") in NO_TOKEN_ANY_MORE


class StrictWebClient(AsyncWebClient):
    """Slack's own client, which here follows no redirect: the token goes to the configured host and nowhere else.

    Every call has a session of its own, as the SDK's have, made by `slack_session`.
    """

    def __init__(self, network: Network, *, token: SecretInUse, base_url: str, timeout: int) -> None:
        # Given a proxy, the SDK does not read the environment for one, nor log it. It is never used.
        super().__init__(token=token.value, base_url=base_url, timeout=timeout, retry_handlers=[], proxy=base_url)
        self.proxy = None
        self._network = network
        self._token_in_use = token

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        token = self._token_in_use.value
        answer = await self._sent_with(token, http_verb, api_url, req_args)
        if _refuses_the_token(answer) and await self._token_in_use.is_replaced(token):
            # Slack refuses a token before it does anything, so nothing is done twice.
            return await self._sent_with(self._token_in_use.value, http_verb, api_url, req_args)
        return answer

    async def _sent_with(self, token: str, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        """Send a request with this token, in place of the one that the SDK took when the client was made."""
        headers = {**req_args["headers"], "Authorization": f"Bearer {token}"}
        async with self._with_session() as client:
            answer: dict[str, Any] = await super(StrictWebClient, client)._request(
                http_verb=http_verb,
                api_url=api_url,
                req_args={**req_args, "headers": headers, "allow_redirects": False},
            )
        return answer

    async def _upload_file(self, **upload: Any) -> FileUploadV2Result:  # noqa: ANN401 - the SDK's own arguments
        async with self._with_session() as client:
            return await super(StrictWebClient, client)._upload_file(**upload)

    def websocket_session(self) -> aiohttp.ClientSession:
        """Return a session for websockets, by which they leave as the calls do; to be closed."""
        return slack_session(self._network)

    @contextlib.asynccontextmanager
    async def _with_session(self) -> AsyncIterator[Self]:
        async with slack_session(self._network, self.timeout) as session:
            client = copy.copy(self)
            client.session = session
            yield client
