"""Answers that only one person sees, sent the way the question allows."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import aiohttp
from slack_sdk.errors import SlackClientError
from slack_sdk.http_retry.builtin_async_handlers import (
    AsyncConnectionErrorRetryHandler,
    AsyncRateLimitErrorRetryHandler,
)
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient
from slack_sdk.webhook.webhook_response import WebhookResponse

from bot.errors import SlackUnavailable
from bot.message import Message
from bot.slack import SlackBusy, SlackRefusal, answered

_OK, _SERVER_ERROR = 200, 500
_WAITS = (0.5, 2.0)
"""Seconds before Slack is asked again that did not take an answer."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Replaced:
    """An answer that takes the place of the message that was clicked."""

    message: Message


Answer = Message | Replaced | None
Reply = Callable[[Answer], Awaitable[None]]
Taken = TypeVar("Taken")


def to_response_url(url: str) -> Reply:
    """Answer a command or a click (https://docs.slack.dev/interactivity/handling-user-interaction, "response_url")."""

    async def reply(answer: Answer) -> None:
        if answer is None:
            return
        message = answer.message if isinstance(answer, Replaced) else answer
        try:
            response = await _send(url, message, replaces=isinstance(answer, Replaced))
        except (SlackClientError, aiohttp.ClientError, TimeoutError, OSError, ValueError) as exc:
            _log.warning("an answer could not be delivered: %s", type(exc).__name__)
            return
        if response.status_code != _OK:
            _log.warning("Slack did not take an answer: %s %s", response.status_code, response.body[:100])

    return reply


def to_person(client: AsyncWebClient, user_id: str, channel_id: str = "") -> Reply:
    """Answer where there is no `response_url`: in the channel, for this person only, else by direct message.

    Where Slack is not well, each is tried again, as what was asked for cannot be asked for again in a closed window.
    """

    async def reply(answer: Answer) -> None:
        if answer is None:
            return
        message = answer.message if isinstance(answer, Replaced) else answer
        try:
            if not (channel_id and await _whispered(client, user_id, channel_id, message)):
                await insisting(
                    lambda: client.chat_postMessage(channel=user_id, text=message.text, blocks=list(message.blocks))
                )
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("an answer could not be delivered: %s", exc)

    return reply


async def _whispered(client: AsyncWebClient, user_id: str, channel_id: str, message: Message) -> bool:
    """Post for this person's eyes only; False where that is not possible in this channel, or not now."""
    try:
        await insisting(
            lambda: client.chat_postEphemeral(
                channel=channel_id, user=user_id, text=message.text, blocks=list(message.blocks)
            )
        )
    except (SlackRefusal, SlackUnavailable):
        return False
    return True


async def insisting(ask: Callable[[], Awaitable[AsyncSlackResponse]]) -> AsyncSlackResponse:
    """Make a call that may safely reach Slack twice, again where Slack is not well; raises as `answered`."""
    for wait in _WAITS:
        try:
            return await answered(ask())
        except SlackBusy as busy:
            await asyncio.sleep(max(wait, busy.retry_after))
        except SlackUnavailable:
            await asyncio.sleep(wait)
    return await answered(ask())


async def _send(url: str, message: Message, *, replaces: bool) -> WebhookResponse:
    """Post to a `response_url`, again after a 5xx, which the SDK's own handlers do not see here."""
    client = AsyncWebhookClient(
        url,
        timeout=10,
        retry_handlers=[
            AsyncConnectionErrorRetryHandler(max_retry_count=2),
            AsyncRateLimitErrorRetryHandler(max_retry_count=2),
        ],
    )
    for wait in (*_WAITS, None):
        response = await client.send(
            text=message.text,
            blocks=list(message.blocks),
            response_type="ephemeral",
            replace_original=replaces,
            unfurl_links=False,
        )
        if wait is None or response.status_code < _SERVER_ERROR:
            break
        await asyncio.sleep(wait)
    return response
