"""Acknowledge first, let a handler run, and answer the one person who asked, whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from bot.active_handlers import ActiveHandlers
from bot.command_limit import CommandLimit
from bot.network.connections import Network
from handlers.error_replies import explain_errors
from handlers.replies import Answer, Reply, to_person, to_response_url


class FromPerson(Protocol):
    """Something that somebody did."""

    @property
    def user_id(self) -> str:
        """Who did it."""


Done = TypeVar("Done", bound=FromPerson)


class Answering:
    """What everything needs that attaches handlers to a Bolt app. One person has few previews made at a time.

    Slack waits 3 seconds for an acknowledgement (https://docs.slack.dev/interactivity/handling-user-interaction).
    """

    def __init__(
        self,
        app: AsyncApp,
        slack: AsyncWebClient,
        slack_api_url: str,
        network: Network,
        active: ActiveHandlers,
        limit: CommandLimit,
    ) -> None:
        self._app = app
        self._slack = slack
        self._slack_api_url = slack_api_url
        self._network = network
        self._active = active
        self._limit = limit

    def _at_once(
        self,
        read: Callable[[Mapping[str, Any]], Done],
        run: Callable[[Done], Awaitable[Answer]],
        reply: Callable[[Done], Reply],
    ) -> Callable[..., Awaitable[None]]:
        """Return a listener for Bolt that acknowledges a payload at once and then answers what `run` returns."""

        async def listener(ack: AsyncAck, body: dict[str, Any]) -> None:
            await ack()
            with self._active.track():
                done = read(body)
                await reply(done)(await explain_errors(run(done)))

        return listener

    def _limited(self, run: Callable[[Done], Coroutine[Any, Any, Answer]]) -> Callable[[Done], Awaitable[Answer]]:
        """Return `run`, unless the same person has too many running."""
        return lambda done: self._limit.apply(done.user_id, run(done))

    def _at(self, response_url: str) -> Reply:
        """Return how to answer at a response URL."""
        return to_response_url(response_url, self._slack_api_url, self._network)

    def _to(self, user_id: str, channel_id: str = "") -> Reply:
        """Return how to answer a person, in this channel or directly."""
        return to_person(self._slack, user_id, channel_id)
