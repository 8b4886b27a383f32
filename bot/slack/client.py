"""Asking Slack: one client for the Web API, and one place where its failures become ours."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackUnavailable
from bot.slack.retries import RateLimitRetry, StrictWebClient, retry_after

_TIMEOUT = 10
_UNWELL = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
"""Codes that say nothing about the question (https://docs.slack.dev/reference/methods/users.info#errors)."""
_log = logging.getLogger(__name__)


class SlackRefusal(Exception):
    """Slack understood the call and refused it; `code` is its reason, e.g. `channel_not_found`.

    Most codes are about the token, the workspace or the call, and say nothing about what was asked about.
    """

    def __init__(self, code: str, needed: str = "") -> None:
        self.code = code
        super().__init__(f"{code}: {needed}" if needed else code)


class SlackBusy(SlackUnavailable):
    """Slack asks to wait: `retry_after` seconds."""

    def __init__(self, text: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(text)


def web_client(token: str, base_url: str) -> AsyncWebClient:
    """Return a client for questions, which waits once when Slack says so.

    Questions may be repeated safely; posts are made through `posting_client`.
    """
    client = posting_client(token, base_url)
    client.retry_handlers.append(RateLimitRetry(max_retry_count=1))
    return client


def posting_client(token: str, base_url: str) -> AsyncWebClient:
    """Return a client that sends everything once: repeating a post that did arrive would post it twice."""
    return StrictWebClient(token=token, base_url=base_url, timeout=_TIMEOUT, retry_handlers=[])


async def call_slack(call: Awaitable[AsyncSlackResponse]) -> AsyncSlackResponse:
    """Await a Web API call and return its answer, whose `ok` is true.

    Raises SlackRefusal with Slack's code, SlackBusy when it limits the rate, and SlackUnavailable when it
    does not answer or is not well.
    """
    try:
        return await call
    except SlackApiError as exc:
        raise _said_no(exc) from exc
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as exc:
        _log.warning("Slack did not answer: %s", type(exc).__name__)
        raise SlackUnavailable("Slack did not answer, so nothing was changed. Please try again.") from exc


def _said_no(exc: SlackApiError) -> Exception:
    response = exc.response
    code = str(response.get("error", "")) if isinstance(response.data, dict) else ""
    if response.status_code == 429 or code == "ratelimited":  # noqa: PLR2004 - the HTTP status
        wait = retry_after(response.headers.get("Retry-After"))
        return SlackBusy(
            "Slack is limiting how often the bot may ask, so nothing was changed. Please try again in a minute.", wait
        )
    if response.status_code >= 500 or not code or code in _UNWELL:  # noqa: PLR2004 - the HTTP status
        return SlackUnavailable("Slack is having trouble at the moment, so nothing was changed. Please try again.")
    return SlackRefusal(code, str(response.get("needed") or ""))
