"""Shortcuts: where people find them, what the app is told, and the messages they are pressed on."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import Connect, Watch, bolt, connected, listening, refusal
from tests.sandbox.checks.small_blocks import modal, words
from tests.sandbox.slack.people import Shortcut
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack

LINK = "https://replicate.com/acme/flux"


class Listener:
    """A Bolt app that acknowledges both shortcuts and keeps their bodies."""

    def __init__(self, slack: StandInSlack) -> None:
        self.app = bolt(slack)
        self.bodies: list[dict[str, Any]] = []
        self.app.global_shortcut("delete")(self._take)
        self.app.message_shortcut("delete_linked")(self._take)

    async def _take(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.bodies.append(body)


@pytest.mark.parametrize("connect", [connected, listening])
async def test_a_global_shortcut_brings_a_person_and_a_trigger(
    slack: StandInSlack, api: AsyncWebClient, watch: Watch, connect: Connect
) -> None:
    """A global shortcut names who pressed it, no place and no message, and its trigger opens one modal in time."""
    listener = Listener(slack)
    async with connect(slack, listener.app):
        assert (await slack.shortcut("U1", "delete")).acked
        assert (await slack.shortcut("U1", "delete")).acked
    body, late = listener.bodies
    assert (body["type"], body["callback_id"]) == ("shortcut", "delete")
    assert body["user"] == {"id": "U1", "username": "ana", "team_id": "T0SANDBOX"}
    assert not body.keys() & {"channel", "message", "response_url", "container", "api_app_id"}
    await api.views_open(trigger_id=body["trigger_id"], view=modal(words("x")))
    assert slack.modal("U1")
    used = await refusal(api, "views.open", trigger_id=body["trigger_id"], view=modal(words("x")))
    watch.now += 3.1
    old = await refusal(api, "views.open", trigger_id=late["trigger_id"], view=modal(words("x")))
    assert (used["error"], old["error"]) == ("exchanged_trigger_id", "expired_trigger_id")


async def test_a_message_shortcut_brings_the_message(slack: StandInSlack) -> None:
    """A message shortcut brings the message as it is, its channel, and a way to answer the one who pressed."""
    listener, said = Listener(slack), f"can {LINK}?tab=a&b go, @gus?"
    async with connected(slack, listener.app):
        head = slack.say("U1", "C1", "old models")
        await slack.message_shortcut("U1", slack.say("U1", "C1", said, thread_ts=head.ts), "delete_linked")
    (body,) = listener.bodies
    message = body["message"]
    assert (body["type"], body["callback_id"]) == ("message_action", "delete_linked")
    assert body["channel"] == {"id": "C1", "name": "ml-ops"}
    assert body["message_ts"] == message["ts"]
    assert message["thread_ts"] == head.ts
    assert message["text"] == f"can <{LINK}?tab=a&amp;b> go, <@U2>?"
    assert message["blocks"][0]["elements"][0]["elements"] == [
        {"type": "text", "text": "can "},
        {"type": "link", "url": f"{LINK}?tab=a&b"},
        {"type": "text", "text": " go, "},
        {"type": "user", "user_id": "U2"},
        {"type": "text", "text": "?"},
    ]
    assert body["user"] == {"id": "U1", "username": "ana", "name": "ana", "team_id": "T0SANDBOX"}


async def test_a_shortcut_is_answered_where_the_bot_is_not(slack: StandInSlack) -> None:
    """A message shortcut works where the bot is no member, and its response URL answers there, to one person."""
    app = bolt(slack)

    @app.message_shortcut("delete_linked")
    async def answer(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="Nothing to delete there.", replace_original=True)

    async with connected(slack, app):
        for channel in ("C2", "C3", "D1"):
            await slack.message_shortcut("U1", slack.say("U1", channel, LINK), "delete_linked")
            asked, answered = await slack.until(
                lambda channel=channel: slack.sees("U1", channel)[1:] and slack.sees("U1", channel)  # type: ignore[misc]
            )
            assert (asked.text, answered.ephemeral_to) == (f"<{LINK}>", "U1")


async def test_messages_of_other_apps_and_files_have_shortcuts(slack: StandInSlack) -> None:
    """A shortcut can be pressed on what another app wrote, on a file without a word, and on the bot's own message."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        alert = slack.say_as_app("U6", "C1", text="", blocks=[words(f"<{LINK}|acme/flux> is stale")])
        for message in (alert, slack.share_file("U1", "C1", "models.txt", LINK)):
            await slack.message_shortcut("U1", message, "delete_linked")
    by_app, file = (body["message"] for body in listener.bodies)
    assert (by_app["text"], by_app["bot_id"], by_app["app_id"]) == ("", "BU6", "A0OTHER")
    assert by_app["blocks"][0]["text"]["text"] == f"<{LINK}|acme/flux> is stale"
    assert (file["text"], file["files"][0]["name"]) == ("", "models.txt")
    assert "blocks" not in file


async def test_only_what_is_there_can_be_pressed(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Nobody presses a shortcut that the manifest does not have, of the other type, or on what they do not see."""
    said = slack.say("U1", "C3", "secret")
    await api.chat_postEphemeral(channel="C1", user="U1", text="only you")
    for user, message, callback_id, why in (
        ("U1", said, "delete", "no message shortcut 'delete'"),
        ("U1", said, "other", "no message shortcut 'other'"),
        ("U2", said, "delete_linked", "does not see"),
        ("U1", slack.sees("U1", "C1")[-1], "delete_linked", "only one person sees"),
        ("U4", said, "delete_linked", "another workspace"),
        ("U6", said, "delete_linked", "cannot press"),
    ):
        with pytest.raises(Impossible, match=why):
            await slack.message_shortcut(user, message, callback_id)
    with pytest.raises(Impossible, match="no global shortcut"):
        await slack.shortcut("U1", "delete_linked")


async def test_an_unacknowledged_shortcut_is_told_of(slack: StandInSlack) -> None:
    """Where the app does not answer, Slack tells the person."""
    assert not (await slack.shortcut("U1", "delete")).acked
    assert slack.notices("U1")[0].code == "dispatch_failed"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"name": "x" * 25}, "the name of a shortcut has 1 to 24 characters, not 25"),
        ({"callback_id": "x" * 256}, "callback id"),
        ({"description": ""}, "description"),
        ({"type": "command"}, "no type of shortcut"),
    ],
)
def test_a_manifest_that_slack_refuses_has_no_shortcuts(changes: dict[str, str], why: str) -> None:
    """A shortcut that Slack would refuse in a manifest cannot be declared."""
    right = {"name": "Delete…", "type": "global", "callback_id": "delete", "description": "Delete something"}
    with pytest.raises(ValueError, match=why):
        Shortcut(**{**right, **changes})


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ("see replicate.com/acme/flux.", "see <http://replicate.com/acme/flux|replicate.com/acme/flux>."),
        ("(https://replicate.com/a/b)", "(<https://replicate.com/a/b>)"),
        ("ana@acme.com", "<mailto:ana@acme.com|ana@acme.com>"),
        ("#ml-ops & #nowhere", "<#C1|ml-ops> &amp; #nowhere"),
        ("acme/flux:5c7d <b>", "acme/flux:5c7d &lt;b&gt;"),
    ],
)
def test_typed_text_becomes_what_slack_makes_of_it(slack: StandInSlack, typed: str, text: str) -> None:
    """Addresses, domains, mail, channels and signs become Slack's entities; names of models stay words."""
    said = slack.say("U1", "C1", typed)
    assert said.text == text
    assert said.plain
