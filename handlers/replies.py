"""Answers that only one person sees, sent the way the question allows."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.http_retry.async_handler import AsyncRetryHandler
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.backoff import Backoff
from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.network.calls import Service
from bot.network.connections import Network
from bot.network.retry_log import log_retry
from bot.slack.client import SlackBusy, SlackRefusal, call_slack
from bot.slack.retries import RESPONSE_URL, RateLimitRetry
from bot.slack.session import SlackConnectionError, slack_session

_OK, _SERVER_ERROR = 200, 500
_TIMEOUT = 10.0
_ATTEMPTS = 3
_BACKOFF = Backoff(first=0.5, longest=2.0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replaced:
    """An answer that takes the place of the message that was clicked."""

    message: Message


class Reached(enum.Enum):
    """Where a message for one person came to be."""

    IN_CHANNEL = enum.auto()
    DIRECTLY = enum.auto()
    NOWHERE = enum.auto()


Answer = Message | Replaced | None
Reply = Callable[[Answer], Awaitable[None]]
Taken = TypeVar("Taken")


def to_response_url(url: str, slack_api_url: str, network: Network | None = None) -> Reply:
    """Answer a command or a click (https://docs.slack.dev/interactivity/handling-user-interaction, "response_url").

    Nothing is sent to an address that is not Slack's, which `slack_api_url` may be.
    """

    async def reply(answer: Answer) -> None:
        if answer is None:
            return
        if not _is_slacks(url, slack_api_url):
            _log.warning("an answer was not sent: the address for it is not one of Slack's")
            return
        message = answer.message if isinstance(answer, Replaced) else answer
        try:
            response = await _send(network or Network(), url, message, replaces=isinstance(answer, Replaced))
        except SlackConnectionError as exc:
            _log.warning("an answer could not be delivered: %s", exc)
            return
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            _log.warning("an answer could not be delivered: %s", type(exc).__name__)
            return
        if response.status_code != _OK:
            _log.warning("Slack did not take an answer: %s %s", response.status_code, response.body[:100])

    return reply


def to_person(client: AsyncWebClient, user_id: str, channel_id: str = "") -> Reply:
    """Answer where there is no `response_url`: in the channel, for this person only, else by direct message."""

    async def reply(answer: Answer) -> None:
        if answer is not None:
            message = answer.message if isinstance(answer, Replaced) else answer
            await tell(client, user_id, channel_id, message)

    return reply


async def tell(client: AsyncWebClient, user_id: str, channel_id: str, message: Message) -> Reached:
    """Send a message into the channel, if one is given, for this person only, else to them directly.

    Calls are retried if Slack is not well: the person cannot ask again in a window that is closed.
    """
    if channel_id and await _whispered(client, user_id, channel_id, message):
        return Reached.IN_CHANNEL
    try:
        await with_retries(
            lambda: client.chat_postMessage(channel=user_id, text=message.text, blocks=list(message.blocks))
        )
    except SlackRefusal as refusal:
        _log.log(refusal.log_level, "an answer could not be delivered: %s", refusal)
    except SlackUnavailable as exc:
        _log.warning("an answer could not be delivered: %s", exc)
    else:
        return Reached.DIRECTLY
    return Reached.NOWHERE


async def _whispered(client: AsyncWebClient, user_id: str, channel_id: str, message: Message) -> bool:
    """Post for this person's eyes only; False where that is not possible in this channel, or not now."""
    try:
        await with_retries(
            lambda: client.chat_postEphemeral(
                channel=channel_id, user=user_id, text=message.text, blocks=list(message.blocks)
            )
        )
    except (SlackRefusal, SlackUnavailable):
        return False
    return True


async def with_retries(ask: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """Make a call that may safely reach Slack twice, up to three times if Slack is not well; raises as `call_slack`."""
    for failures in range(1, _ATTEMPTS):
        try:
            return await call_slack(ask(), is_logged=False)
        except SlackUnavailable as exc:
            named = exc.retry_after if isinstance(exc, SlackBusy) else 0.0
            wait = max(_BACKOFF.wait(failures), named)
            log_retry(Service.SLACK, "POST", exc.path, wait, exc.cause)
            await asyncio.sleep(wait)
    return await call_slack(ask())


async def _send(network: Network, url: str, message: Message, *, replaces: bool) -> WebhookResponse:
    """Post to a `response_url`, again after a 5xx, which the SDK's own handlers do not see here."""
    async with slack_session(network, _TIMEOUT) as session:
        # Given a proxy, the SDK does not read the environment for one; the session chooses it.
        client = AsyncWebhookClient(url, session=session, retry_handlers=_retries(), proxy=url)
        for failures in range(1, _ATTEMPTS + 1):
            response = await client.send(
                text=message.text,
                blocks=list(message.blocks),
                response_type="ephemeral",
                replace_original=replaces,
                unfurl_links=False,
            )
            if failures == _ATTEMPTS or response.status_code < _SERVER_ERROR:
                break
            wait = _BACKOFF.wait(failures)
            log_retry(Service.SLACK, "POST", RESPONSE_URL, wait, f"HTTP {response.status_code}")
            await asyncio.sleep(wait)
    return response


def _retries() -> list[AsyncRetryHandler]:
    broken = [
        aiohttp.ServerConnectionError,
        aiohttp.ServerDisconnectedError,
        aiohttp.ClientOSError,
        SlackConnectionError,
    ]
    return [
        AsyncConnectionErrorRetryHandler(max_retry_count=2, error_types=broken),
        RateLimitRetry(max_retry_count=2),
    ]


def _is_slacks(url: str, slack_api_url: str) -> bool:
    """Whether an address is one of Slack's, or at the host that stands for Slack.

    Slack's are at hooks.slack.com (https://docs.slack.dev/interactivity/handling-user-interaction), and for
    governments at slack-gov.com (https://docs.slack.dev/govslack).
    """
    asked, api = urlsplit(url), urlsplit(slack_api_url)
    if asked.netloc == api.netloc:
        return asked.scheme == api.scheme
    host = asked.hostname or ""
    return asked.scheme == "https" and asked.port in (None, 443) and host.endswith((".slack.com", ".slack-gov.com"))
