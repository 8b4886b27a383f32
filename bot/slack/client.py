"""Asking Slack: one client for the Web API, and one place where its failures become ours."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

import aiohttp
from pydantic import SecretStr
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackUnavailable
from bot.network.calls import Service
from bot.network.connections import Network
from bot.secret_in_use import SecretInUse
from bot.slack.error_codes import RefusalKind, kind_of
from bot.slack.retries import SLACK_ASKS_TO_WAIT, RateLimitRetry, StrictWebClient, retry_after
from bot.slack.session import SlackConnectionError

_TIMEOUT = 10
_LIMITED = ("ratelimited", "rate_limited")
"""How Slack says that it is asked too often; the second only on the page of chat.postMessage."""

_log = logging.getLogger(__name__)


class SlackRefusal(Exception):
    """Slack understood the call and refused it; `code` is its reason, e.g. `channel_not_found`, `kind` what that means.

    Most codes are about the token, the workspace or the call, not about the person or channel that was asked about. For
    a TEMPORARY code SlackUnavailable is raised instead.
    """

    def __init__(self, code: str, needed: str = "") -> None:
        self.code = code
        self.kind = kind_of(code)
        super().__init__(f"{code}: {needed}" if needed else code)

    @property
    def log_level(self) -> int:
        """How loudly it is logged: as an error where whoever runs or wrote the bot has to act."""
        is_ours = self.kind in (RefusalKind.NOT_SET_UP, RefusalKind.OUR_MISTAKE)
        return logging.ERROR if is_ours else logging.WARNING


class SlackBusy(SlackUnavailable):
    """Slack asks to wait: `retry_after` seconds."""

    cause = SLACK_ASKS_TO_WAIT

    def __init__(self, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(
            "Slack is limiting how often the bot may ask, so nothing was changed. Please try again in a minute."
        )


class SlackUnreachable(SlackUnavailable):
    """A certificate was not accepted, or a proxy refuses the connection: trying again does not help."""


def web_client(token: SecretInUse | SecretStr | str, base_url: str, network: Network | None = None) -> AsyncWebClient:
    """Return a client for questions, which waits once when Slack says so.

    Questions may be repeated safely; posts are made through `posting_client`.
    """
    client = posting_client(token, base_url, network)
    client.retry_handlers.append(RateLimitRetry(max_retry_count=1))
    return client


def posting_client(
    token: SecretInUse | SecretStr | str, base_url: str, network: Network | None = None
) -> StrictWebClient:
    """Return a client that sends everything once: repeating a post that did arrive would post it twice.

    A token that is a `SecretInUse` can be replaced at any time: what Slack refused with the old one is sent again.
    """
    in_use = token if isinstance(token, SecretInUse) else SecretInUse(token)
    return StrictWebClient(network or Network(), token=in_use, base_url=base_url, timeout=_TIMEOUT)


async def call_slack(call: Awaitable[AsyncSlackResponse], *, is_logged: bool = True) -> AsyncSlackResponse:
    """Await a Web API call and return its answer, whose `ok` is true.

    Raises SlackRefusal with Slack's code, SlackBusy when it limits the rate, and SlackUnavailable when it
    does not answer, is not well, or cannot be reached. The last is logged, unless the caller does that itself.
    """
    path = _path_of(call)
    try:
        return await call
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as exc:
        error = _said_no(exc) if isinstance(exc, SlackApiError) else _no_answer(exc)
        if isinstance(error, SlackUnavailable):
            error.path = path
            if is_logged and not isinstance(error, SlackBusy):
                _log.warning("Slack gave no answer", extra={"service": Service.SLACK, "path": path, "why": error.cause})
        raise error from exc


def _path_of(call: Awaitable[AsyncSlackResponse]) -> str:
    """Return the path of a call of the SDK's client, whose methods are named like Slack's, with `_` for each dot."""
    return f"/api/{getattr(call, '__name__', 'unknown').replace('_', '.')}"


def _no_answer(exc: Exception) -> SlackUnavailable:
    if not isinstance(exc, SlackConnectionError):
        error = SlackUnavailable("Slack did not answer, so nothing was changed. Please try again.")
        error.cause = type(exc).__name__
        return error
    kind = SlackUnreachable if exc.is_lasting else SlackUnavailable
    error = kind(f"Slack could not be reached, so nothing was changed. {exc}")
    error.cause = str(exc)
    return error


def _said_no(exc: SlackApiError) -> SlackUnavailable | SlackRefusal:
    response = exc.response
    code = str(response.get("error", "")) if isinstance(response.data, dict) else ""
    if response.status_code == 429 or code in _LIMITED:  # noqa: PLR2004 - the HTTP status
        return SlackBusy(retry_after(response.headers.get("Retry-After")))
    if response.status_code >= 500 or not code or kind_of(code) is RefusalKind.TEMPORARY:  # noqa: PLR2004 - the HTTP status
        error = SlackUnavailable("Slack is having trouble at the moment, so nothing was changed. Please try again.")
        error.cause = code or f"HTTP {response.status_code}"
        return error
    return SlackRefusal(code, str(response.get("needed") or ""))
