"""The Home tab: what the app hears when it is opened, what it publishes there, and what is clicked on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, client, connected, listening, refusal
from tests.sandbox.checks.small_blocks import Block, actions, button, home, modal, plain_text, text_field, words
from tests.sandbox.slack.people import ChannelKind, PersonKind
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack

Connect = Callable[[StandInSlack, AsyncApp], AbstractAsyncContextManager[object]]
BOTH = pytest.mark.parametrize("connect", [connected, listening])


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack() as slack:
        slack.add_person("U1", name="Ana")
        slack.add_person("U2", name="Old", kind=PersonKind.DELETED)
        slack.add_person("U3", name="Ghost", kind=PersonKind.HIDDEN)
        slack.add_channel("C1", name="ml-ops", members=["U1"])
        yield slack


class Greeter:
    """A Bolt app that publishes the Home tab of whoever opens it, and keeps the bodies it gets."""

    def __init__(self, slack: StandInSlack) -> None:
        self.app = bolt(slack)
        self.bodies: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.app.event("app_home_opened")(self._greet)
        self.app.action("go")(self._note)

    async def _greet(self, body: dict[str, Any], event: dict[str, Any], client: AsyncWebClient) -> None:
        row = {**actions(button("Go", "go", value="7")), "block_id": "row"}
        await client.views_publish(user_id=event["user"], view=home(words("Welcome"), row))
        await self.bodies.put(body)

    async def _note(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await self.bodies.put(body)


@BOTH
async def test_the_app_hears_of_each_home_tab_opening(slack: StandInSlack, connect: Connect) -> None:
    """The app hears that somebody opened its Home tab and publishes one; the next time it is told of that too."""
    greeter = Greeter(slack)
    async with connect(slack, greeter.app):
        told = await slack.open_home("U1")
        assert told
        assert told.acked
        first = await greeter.bodies.get()
        await slack.open_home("U1")
        second = await greeter.bodies.get()
    assert (first["type"], first["event"]["type"], first["event"]["tab"]) == (
        "event_callback",
        "app_home_opened",
        "home",
    )
    assert (first["event"]["user"], first["event"]["channel"]) == ("U1", "D0U1")
    assert "view" not in first["event"]
    assert second["event"]["view"]["type"] == "home"
    assert first["event_id"] != second["event_id"]
    shown = slack.home("U1")
    assert shown
    assert (shown.plain.splitlines()[0], shown.buttons) == ("Welcome", ["Go"])


async def test_opening_does_not_open_a_conversation(slack: StandInSlack) -> None:
    """The event names the conversation with the bot, the one there is if there is one, and opens none."""
    greeter = Greeter(slack)
    async with connected(slack, greeter.app):
        await slack.open_home("U1")
        assert "D0U1" not in slack.workspace.channels
        slack.add_channel("D7", kind=ChannelKind.DM, members=["U1"])
        await slack.open_home("U1")
        channels = [(await greeter.bodies.get())["event"]["channel"] for _ in range(2)]
    assert channels == ["D0U1", "D7"]


async def test_without_a_subscription_the_app_hears_of_no_opening() -> None:
    """Without the subscription the Home tab opens and the app hears nothing of it."""
    async with StandInSlack(events=()) as slack:
        slack.add_person("U1", name="Ana")
        greeter = Greeter(slack)
        async with connected(slack, greeter.app):
            assert await slack.open_home("U1") is None
        assert greeter.bodies.empty()


async def test_an_unverified_address_gets_no_events(slack: StandInSlack) -> None:
    """An address that does not repeat the challenge gets no events."""
    asked: list[dict[str, Any]] = []

    async def deaf(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", deaf)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.deliver_to = f"http://127.0.0.1:{runner.addresses[0][1]}/"
    told = await slack.open_home("U1")
    await runner.cleanup()
    assert told
    assert told.error == "url_not_verified"
    assert [body["type"] for body in asked] == ["url_verification"]


@BOTH
async def test_a_home_tab_click_has_view_and_no_message(slack: StandInSlack, connect: Connect) -> None:
    """A press on the Home tab carries the view and the container, and no message."""
    greeter = Greeter(slack)
    async with connect(slack, greeter.app):
        await slack.open_home("U1")
        await greeter.bodies.get()
        await slack.click_in_home("U1", "Go")
        body = await greeter.bodies.get()
    assert (body["type"], body["container"]["type"], body["view"]["type"]) == ("block_actions", "view", "home")
    assert body["container"]["view_id"] == body["view"]["id"]
    assert body["actions"][0]["value"] == "7"
    assert not body.keys() & {"channel", "message", "response_url"}


async def test_text_entered_on_the_home_goes_with_clicks(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Fields are allowed on the Home tab, and what was entered goes with a click."""
    greeter = Greeter(slack)
    await api.views_publish(user_id="U1", view=home(text_field("Find", "find"), actions(button("Go", "go"))))
    async with connected(slack, greeter.app):
        await slack.click_in_home("U1", "Go", values={"find": "flux"})
        body = await greeter.bodies.get()
    assert body["view"]["state"]["values"]["find"]["typed"]["value"] == "flux"


async def test_a_click_on_the_home_tab_opens_a_modal(slack: StandInSlack) -> None:
    """A press on the Home tab hands out a trigger id that opens a modal."""
    greeter = Greeter(slack)
    async with connected(slack, greeter.app):
        await slack.open_home("U1")
        await greeter.bodies.get()
        await slack.click_in_home("U1", "Go")
        body = await greeter.bodies.get()
    await client(slack).views_open(trigger_id=body["trigger_id"], view=modal(words("x")))
    assert slack.modal("U1")


async def test_an_unpublished_home_tab_cannot_be_clicked(slack: StandInSlack) -> None:
    """Where nothing was published nothing can be clicked."""
    assert slack.home("U1") is None
    with pytest.raises(Impossible, match="sees no home"):
        await slack.click_in_home("U1", "Go")


async def test_a_republished_home_keeps_id_and_changes_hash(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A Home tab keeps its id and gets a new hash; an outdated hash is refused, as is one from nowhere."""
    early = await refusal(api, "views.publish", user_id="U1", view=home(words("0")), hash="made-up")
    assert early["error"] == "hash_conflict"
    one = (await api.views_publish(user_id="U1", view=home(words("1"))))["view"]
    two = (await api.views_publish(user_id="U1", view=home(words("2")), hash=one["hash"]))["view"]
    assert one["id"] == two["id"]
    stale = await refusal(api, "views.publish", user_id="U1", view=home(words("3")), hash=one["hash"])
    assert stale["error"] == "hash_conflict"
    assert [view.plain for view in slack.every_view] == ["1", "2"]


async def test_a_disabled_home_tab_cannot_be_published() -> None:
    """Where the app's manifest does not enable the Home tab nothing can be published."""
    async with StandInSlack(home_tab=False) as slack:
        slack.add_person("U1", name="Ana")
        answer = await refusal(client(slack), "views.publish", user_id="U1", view=home(words("x")))
    assert answer["error"] == "not_enabled"


@pytest.mark.parametrize("user", ["U2", "U3", "U9", "U0BOT"])
async def test_home_tab_needs_a_person_visible_to_the_app(api: AsyncWebClient, user: str) -> None:
    """Only somebody the app can see has a Home tab."""
    answer = await refusal(api, "views.publish", user_id=user, view=home(words("x")))
    assert answer["response_metadata"]["messages"] == ["[ERROR] invalid `user_id`"]


@pytest.mark.parametrize(
    ("view", "said"),
    [
        (
            home({"type": "alert", "text": plain_text("x")}),
            "unsupported type: alert [json-pointer:/view/blocks/0/type]",
        ),
        (home(title=plain_text("x")), "invalid additional property: title [json-pointer:/view]"),
        (modal(words("x")), "must be one of: home [json-pointer:/view/type]"),
    ],
)
async def test_invalid_home_tabs_are_refused_as_slack_does(api: AsyncWebClient, view: Block, said: str) -> None:
    """What Slack refuses on a Home tab is refused in its words."""
    answer = await refusal(api, "views.publish", user_id="U1", view=view)
    assert f"[ERROR] {said}" in answer["response_metadata"]["messages"]
