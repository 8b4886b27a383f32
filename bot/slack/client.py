"""Asking Slack: one client for the Web API, and one place where its failures become ours."""

from __future__ import annotations

import logging
from collections.abc import Awaitable

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot.errors import SlackUnavailable
from bot.network.connections import Network
from bot.slack.error_codes import RefusalKind, kind_of
from bot.slack.retries import RateLimitRetry, StrictWebClient, retry_after
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

    def __init__(self, text: str, retry_after: float) -> None:
        self.retry_after = retry_after
        super().__init__(text)


class SlackUnreachable(SlackUnavailable):
    """A certificate was not accepted, or a proxy refuses the connection: trying again does not help."""


def web_client(token: str, base_url: str, network: Network | None = None) -> AsyncWebClient:
    """Return a client for questions, which waits once when Slack says so.

    Questions may be repeated safely; posts are made through `posting_client`.
    """
    client = posting_client(token, base_url, network)
    client.retry_handlers.append(RateLimitRetry(max_retry_count=1))
    return client


def posting_client(token: str, base_url: str, network: Network | None = None) -> StrictWebClient:
    """Return a client that sends everything once: repeating a post that did arrive would post it twice."""
    return StrictWebClient(network or Network(), token=token, base_url=base_url, timeout=_TIMEOUT)


async def call_slack(call: Awaitable[AsyncSlackResponse], *, is_logged: bool = True) -> AsyncSlackResponse:
    """Await a Web API call and return its answer, whose `ok` is true.

    Raises SlackRefusal with Slack's code, SlackBusy when it limits the rate, and SlackUnavailable when it
    does not answer, is not well, or cannot be reached. A call without an answer is logged, unless the caller does that
    itself.
    """
    try:
        return await call
    except SlackApiError as exc:
        raise _said_no(exc) from exc
    except SlackConnectionError as exc:
        if is_logged:
            _log.warning("Slack could not be reached: %s", exc)
        error = SlackUnreachable if exc.is_lasting else SlackUnavailable
        raise error(f"Slack could not be reached, so nothing was changed. {exc}") from exc
    except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError) as exc:
        if is_logged:
            _log.warning("Slack did not answer: %s", type(exc).__name__)
        raise SlackUnavailable("Slack did not answer, so nothing was changed. Please try again.") from exc


def _said_no(exc: SlackApiError) -> Exception:
    response = exc.response
    code = str(response.get("error", "")) if isinstance(response.data, dict) else ""
    if response.status_code == 429 or code in _LIMITED:  # noqa: PLR2004 - the HTTP status
        wait = retry_after(response.headers.get("Retry-After"))
        return SlackBusy(
            "Slack is limiting how often the bot may ask, so nothing was changed. Please try again in a minute.", wait
        )
    if response.status_code >= 500 or not code or kind_of(code) is RefusalKind.TEMPORARY:  # noqa: PLR2004 - the HTTP status
        _log.warning("Slack is not well: %s", code or f"HTTP {response.status_code}")
        return SlackUnavailable("Slack is having trouble at the moment, so nothing was changed. Please try again.")
    return SlackRefusal(code, str(response.get("needed") or ""))
