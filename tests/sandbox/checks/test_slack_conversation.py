"""The way of a command: typed, acknowledged, answered, clicked, updated; over a socket and over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, connected, listening
from tests.sandbox.checks.small_blocks import actions, button, words
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import ChannelKind, PersonKind
from tests.sandbox.slack.stand_in import StandInSlack

Connect = Callable[[StandInSlack, AsyncApp], AbstractAsyncContextManager[object]]


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack() as slack:
        slack.add_person("U1", name="Ana")
        slack.add_person("U2", name="Ben")
        slack.add_person("U3", name="Gus", kind=PersonKind.GUEST)
        slack.add_person("U4", name="Eve", kind=PersonKind.EXTERNAL)
        slack.add_channel("C1", name="ml-ops", members=["U1", "U2", "U4"], shared_with_other_company=True)
        slack.add_channel("C2", name="closed", kind=ChannelKind.PRIVATE, members=["U1"], bot_is_member=False)
        yield slack


def shopkeeper(slack: StandInSlack, heard: list[dict[str, Any]]) -> AsyncApp:
    """Answers a command with an ephemeral question, and a click with a card it then updates."""
    app = bolt(slack)

    @app.command("/delete-version")
    async def asked(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond) -> None:
        await ack()
        heard.append(body)
        await respond(text="Sure?", blocks=[words("*Sure?*"), actions(button("Ask", "ask", value="7"))])

    @app.action("ask")
    async def clicked(ack: AsyncAck, body: dict[str, Any], respond: AsyncRespond, client: AsyncWebClient) -> None:
        await ack()
        heard.append(body)
        await respond(text="Asked.", replace_original=True)
        card = await client.chat_postMessage(
            channel="C1", text="Please decide", blocks=[words("Please decide"), actions(button("Yes", "yes"))]
        )
        await client.chat_update(
            channel="C1",
            ts=card["ts"],
            text="Decide now",
            blocks=[words("Decide now"), actions(button("Yes", "yes", style="primary", value="9"))],
        )

    @app.action("yes")
    async def decided(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        heard.append(body)
        await client.chat_update(channel="C1", ts=body["container"]["message_ts"], text="Decided")

    return app


def one(slack: StandInSlack, user: str, text: str) -> Message | None:
    """The message with this text, once this person sees it."""
    return next((message for message in slack.sees(user, "C1") if message.text == text), None)


@pytest.mark.parametrize("connect", [connected, listening])
async def test_command_leads_to_a_card_that_a_click_decides(slack: StandInSlack, connect: Connect) -> None:
    """A command, its ephemeral answer, a click that posts a card, and a click that decides it."""
    heard: list[dict[str, Any]] = []
    async with connect(slack, shopkeeper(slack, heard)):
        typed = await slack.type_command("U1", "C1", "/delete-version", "acme/flux:5c7d")
        question = await slack.until(lambda: slack.sees("U1", "C1")[0])
        assert typed.acked
        assert question.ephemeral_to == "U1"
        assert question.buttons == ["Ask"]
        assert slack.sees("U2", "C1") == []
        await slack.click("U1", question, "Ask")
        card = await slack.until(lambda: one(slack, "U2", "Decide now"))
        await slack.click("U4", card, "Yes")
        await slack.until(lambda: slack.sees("U2", "C1")[0].text == "Decided")
    command, asked, decided = heard
    assert command["text"] == "acme/flux:5c7d"
    assert (command["channel_name"], command["team_domain"]) == ("ml-ops", "sandbox")
    assert asked["container"]["is_ephemeral"]
    assert "message" not in asked
    assert asked["actions"][0]["value"] == "7"
    assert decided["message"]["text"] == "Decide now"
    assert (decided["user"]["team_id"], decided["team"]["id"]) == ("T0PARTNER", "T0SANDBOX")
    assert [message.text for message in slack.sees("U1", "C1")] == ["Asked.", "Decided"]
    assert slack.sees("U1", "C1")[1].buttons == []
