"""A tiny Bolt app and ways to connect it, for holding the stand-in against Slack's own client libraries."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest
from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from tests.sandbox.checks.small_blocks import Block, modal
from tests.sandbox.slack.people import ChannelKind, PersonKind
from tests.sandbox.slack.stand_in import SCOPES, StandInSlack
from tests.sandbox.slack.views import View

SECRET = "made-up-signing-secret"
BOT_TOKEN = "xoxb-sandbox"
APP_TOKEN = "xapp-sandbox"

Connect = Callable[[StandInSlack, AsyncApp], AbstractAsyncContextManager[object]]
"""A way to connect an app: `connected` or `listening`."""


class Watch:
    """A clock that goes on only when told."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        """Seconds since 1970."""
        return self.now


def client(slack: StandInSlack, token: str = BOT_TOKEN) -> AsyncWebClient:
    """Slack's own Web API client, pointed at the stand-in.

    slack_sdk and Bolt send even this through `HTTPS_PROXY`: it must not be set where tests run.
    """
    return AsyncWebClient(token=token, base_url=slack.api_url, retry_handlers=[])


def bolt(slack: StandInSlack) -> AsyncApp:
    """A Bolt app without listeners."""
    return AsyncApp(client=client(slack), signing_secret=SECRET, logger=logging.getLogger("small-app"))


@asynccontextmanager
async def connected(slack: StandInSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """The app with a Socket Mode connection of its own."""
    before = slack.connections
    handler = AsyncSocketModeHandler(app, APP_TOKEN, web_client=client(slack, APP_TOKEN), ping_interval=0.2)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await slack.until(lambda: slack.connections > before)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]


@asynccontextmanager
async def listening(slack: StandInSlack, app: AsyncApp) -> AsyncIterator[None]:
    """The app behind an HTTP request URL, to which the stand-in delivers."""
    server = web.AppRunner(app.web_app(path="/slack/events"), shutdown_timeout=1)
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    slack.deliver_to = f"http://127.0.0.1:{server.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        slack.deliver_to = None
        await server.cleanup()


@asynccontextmanager
async def peopled(clock: Callable[[], float], scopes: Iterable[str] = SCOPES) -> AsyncIterator[StandInSlack]:
    """A workspace with one of everything the Web API makes a difference between."""
    async with StandInSlack(clock=clock, scopes=scopes) as slack:
        slack.add_person("U1", name="Ana")
        slack.add_person("U2", name="Gus", kind=PersonKind.GUEST)
        slack.add_person("U3", name="Solo", kind=PersonKind.SINGLE_CHANNEL_GUEST)
        slack.add_person("U4", name="Eve", kind=PersonKind.EXTERNAL)
        slack.add_person("U5", name="Old", kind=PersonKind.DELETED)
        slack.add_person("U6", name="Bot", kind=PersonKind.BOT)
        slack.add_person("U7", name="Ghost", kind=PersonKind.HIDDEN)
        slack.add_channel("C1", name="ml-ops", members=["U1"])
        slack.add_channel("C2", name="random", members=["U1"], bot_is_member=False)
        slack.add_channel("C3", name="secret", kind=ChannelKind.PRIVATE, members=["U1"], bot_is_member=False)
        slack.add_channel("C4", name="leads", kind=ChannelKind.PRIVATE, members=["U1"])
        slack.add_channel("C5", name="old", members=["U1"], archived=True)
        slack.add_channel("C6", name="partners", members=["U1", "U4"], shared_with_other_company=True)
        slack.add_channel("D1", kind=ChannelKind.DM, members=["U1", "U2"], bot_is_member=False)
        slack.add_group("S1", handle="ml-leads", members=["U1", "U2"])
        yield slack


async def refusal(api: AsyncWebClient, method: str, **arguments: object) -> AsyncSlackResponse:
    """The answer with which Slack refuses this call."""
    with pytest.raises(SlackApiError) as caught:
        await api.api_call(method, json=arguments)
    answer = caught.value.response
    assert isinstance(answer, AsyncSlackResponse)
    return answer


async def show(slack: StandInSlack, *blocks: Block, **more: object) -> View:
    """Open a modal for the person U1, with a trigger id of theirs."""
    await client(slack).views_open(trigger_id=slack.triggers.issue("U1"), view=modal(*blocks, **more))
    shown = slack.modal("U1")
    assert shown
    return shown
