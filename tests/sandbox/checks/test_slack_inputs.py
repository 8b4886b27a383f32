"""Input blocks in messages: what Slack takes, what a person can enter, and what the app is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.respond.async_respond import AsyncRespond
from slack_sdk.models.blocks import InputBlock, PlainTextInputElement

from tests.sandbox.checks.small_app import Connect, bolt, client, connected, listening, refusal
from tests.sandbox.checks.small_blocks import (
    DIVIDER,
    Block,
    actions,
    button,
    field,
    option,
    plain_text,
    table,
    text_field,
    words,
)
from tests.sandbox.slack.block_kit import Surface, findings_in
from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack

REASON = text_field("Reason", "reason", multiline=True, max_length=10, optional=True)
CHOICES = [option("One", "1"), option("Two", "2")]
SENT = [{**choice, "text": {**choice["text"], "emoji": True}} for choice in CHOICES]
GO = actions(button("Go", "go"))


@pytest.fixture
async def slack() -> AsyncIterator[StandInSlack]:
    async with StandInSlack() as slack:
        slack.add_person("U1", name="Ana")
        slack.add_person("U2", name="Ben")
        slack.add_channel("C1", name="ml-ops", members=["U1", "U2"])
        yield slack


class Listener:
    """A Bolt app that acknowledges every click on "Go" and keeps its body."""

    def __init__(self, slack: StandInSlack) -> None:
        self.app = bolt(slack)
        self.heard: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.app.action("go")(self._take)

    async def _take(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        await self.heard.put(body)

    async def values(self) -> dict[str, Any]:
        """The `state.values` of the next click."""
        values = (await self.heard.get())["state"]["values"]
        assert isinstance(values, dict)
        return values


async def ask(slack: StandInSlack, *fields: Block) -> Message:
    """A message that asks for something, as Ana alone sees it."""
    await client(slack).chat_postEphemeral(channel="C1", user="U1", text="Why?", blocks=[*fields, GO])
    return slack.sees("U1", "C1")[-1]


@pytest.mark.parametrize("connect", [connected, listening])
async def test_typed_text_goes_with_the_click(slack: StandInSlack, connect: Connect) -> None:
    """What was typed into an ephemeral message arrives with the next click, and nothing before that."""
    listener = Listener(slack)
    async with connect(slack, listener.app):
        card = await ask(slack, REASON)
        slack.fill("U1", card, "reason", "too old")
        assert listener.heard.empty()
        await slack.click("U1", card, "Go")
        values = await listener.values()
    assert values == {"reason": {"typed": {"type": "plain_text_input", "value": "too old"}}}


async def test_an_empty_field_of_a_message_is_null(slack: StandInSlack) -> None:
    """An empty field is null, also when it was emptied again, and a message does not insist on it."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        card = await ask(slack, text_field("Reason", "reason"))
        for text in (None, ""):
            slack.fill("U1", card, "reason", text)
            await slack.click("U1", card, "Go")
            assert (await listener.values())["reason"]["typed"]["value"] is None


async def test_each_person_has_their_own_entry(slack: StandInSlack) -> None:
    """What one person typed into a message is not sent with another's click."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await client(slack).chat_postMessage(channel="C1", text="Why?", blocks=[REASON, GO])
        card = slack.sees("U1", "C1")[-1]
        slack.fill("U1", card, "reason", "mine")
        await slack.click("U2", card, "Go")
        assert (await listener.values())["reason"]["typed"]["value"] is None
        await slack.click("U1", card, "Go")
        assert (await listener.values())["reason"]["typed"]["value"] == "mine"


async def test_an_untouched_field_is_sent_with_its_initial_value(slack: StandInSlack) -> None:
    """A field that nobody touched is sent as it started."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await slack.click("U1", await ask(slack, text_field("Reason", "reason", initial_value="old")), "Go")
        assert (await listener.values())["reason"]["typed"]["value"] == "old"


@pytest.mark.parametrize(
    ("element", "entered", "sent"),
    [
        ({"type": "static_select", "options": CHOICES}, "2", {"selected_option": SENT[1]}),
        ({"type": "radio_buttons", "options": CHOICES}, "1", {"selected_option": SENT[0]}),
        ({"type": "checkboxes", "options": CHOICES}, ["1", "2"], {"selected_options": SENT}),
        ({"type": "datepicker"}, "2030-01-31", {"selected_date": "2030-01-31"}),
    ],
)
async def test_each_field_kind_is_sent_in_its_documented_shape(
    slack: StandInSlack, element: Block, entered: object, sent: Block
) -> None:
    """Each kind of field is sent in the shape that Slack documents for it."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        card = await ask(slack, field("Choose", "choice", {**element, "action_id": "chosen"}))
        slack.fill("U1", card, "choice", entered)
        await slack.click("U1", card, "Go")
        assert await listener.values() == {"choice": {"chosen": {"type": element["type"], **sent}}}


@pytest.mark.parametrize(
    ("block_id", "entered", "why"),
    [
        ("reason", "x" * 11, "no more than 10 characters"),
        ("line", "two\nlines", "single line"),
        ("reason", 7, "only text"),
        ("choice", "3", "no option '3'"),
        ("day", "tomorrow", "no date"),
        ("elsewhere", "x", "no field 'elsewhere'"),
        ("sending", "1", "sent as soon as"),
    ],
)
async def test_a_field_refuses_values_it_does_not_take(
    slack: StandInSlack, block_id: str, entered: object, why: str
) -> None:
    """A person cannot enter what the field does not take."""
    card = await ask(
        slack,
        REASON,
        text_field("Line", "line"),
        field("Choose", "choice", {"type": "static_select", "options": CHOICES}),
        field("Day", "day", {"type": "datepicker"}),
        field("Sending", "sending", {"type": "static_select", "options": CHOICES}, dispatch_action=True),
    )
    with pytest.raises(Impossible, match=why):
        slack.fill("U1", card, block_id, entered)


async def test_a_hidden_message_cannot_be_typed_into(slack: StandInSlack) -> None:
    """Nobody can type into a message that they do not see."""
    with pytest.raises(Impossible, match="does not see"):
        slack.fill("U2", await ask(slack, REASON), "reason", "x")


async def test_response_url_takes_inputs(slack: StandInSlack) -> None:
    """An input block may come through a response URL, and may be replaced through one."""
    app = bolt(slack)

    @app.command("/delete-version")
    async def answer(ack: AsyncAck, respond: AsyncRespond) -> None:
        await ack()
        await respond(text="Why?", blocks=[REASON, GO])

    async with connected(slack, app):
        await slack.type_command("U1", "C1", "/delete-version")
        card = await slack.until(lambda: slack.sees("U1", "C1")[-1])
    assert card.blocks[0]["element"]["action_id"] == "typed"


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (text_field("x" * 2001, "b"), "must be less than 2001 characters [json-pointer:/blocks/0/label/text]"),
        (
            text_field("x", "b", hint=plain_text("x" * 2001)),
            "must be less than 2001 characters [json-pointer:/blocks/0/hint/text]",
        ),
        (
            text_field("x", "b", max_length=3001),
            "must be less than 3001 [json-pointer:/blocks/0/element/max_length]",
        ),
        (text_field("x", "b", max_length=0), "must be greater than 0 [json-pointer:/blocks/0/element/max_length]"),
        (text_field("x", "b", min_length="1"), "must provide an integer [json-pointer:/blocks/0/element/min_length]"),
        (
            text_field("x", "b", min_length=3, max_length=2),
            "`min_length` must not be greater than `max_length` [json-pointer:/blocks/0/element]",
        ),
        (field("x", "b", button("Go", "go")), "unsupported type: button [json-pointer:/blocks/0/element/type]"),
        ({"type": "alert", "text": plain_text("x")}, "unsupported type: alert [json-pointer:/blocks/0/type]"),
    ],
)
async def test_invalid_input_blocks_are_refused_as_slack_does(slack: StandInSlack, block: Block, said: str) -> None:
    """What Slack refuses in an input block of a message is refused in its words."""
    answer = await refusal(client(slack), "chat.postMessage", channel="C1", text="x", blocks=[block])
    assert (answer["error"], answer["errors"]) == ("invalid_blocks", [said])


def test_only_one_field_may_take_the_focus() -> None:
    """Only one field may take the focus."""
    two = [text_field("x", name, focus_on_load=True) for name in ("a", "b")]
    assert findings_in(two) == ["only one element may have `focus_on_load` [json-pointer:/blocks]"]


@pytest.mark.parametrize(
    ("surface", "block", "taken"),
    [
        (Surface.MODAL, {"type": "alert", "text": plain_text("x"), "level": "warning"}, True),
        (Surface.HOME, {"type": "alert", "text": plain_text("x")}, False),
        (Surface.MODAL, {"type": "markdown", "text": "x"}, False),
        (Surface.HOME, table(1, 1), False),
        (Surface.HOME, REASON, True),
    ],
)
def test_blocks_are_taken_only_on_their_documented_surfaces(surface: Surface, block: Block, *, taken: bool) -> None:
    """A block is taken on the surfaces that Slack documents for it, and refused on the others."""
    assert (findings_in([block], surface) == []) is taken


def test_modals_and_home_tabs_take_a_hundred_blocks() -> None:
    """Modals and Home tabs take a hundred blocks."""
    for surface in (Surface.MODAL, Surface.HOME):
        assert findings_in([DIVIDER] * 100, surface) == []
        assert len(findings_in([DIVIDER] * 101, surface)) == 1


def test_an_input_block_made_by_the_sdk_is_taken() -> None:
    """An input block made by Slack's own library is taken."""
    made = InputBlock(label="Reason", element=PlainTextInputElement(action_id="a", multiline=True, max_length=3000))
    assert findings_in([made.to_dict(), words("x")]) == []
