"""Checkboxes and other elements that hold a value: what Slack takes, what a person can do, what the app is told."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.blocks import ActionsBlock, CheckboxesElement, InputBlock, NumberInputElement, Option
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, connected, refusal, show
from tests.sandbox.checks.small_blocks import (
    Block,
    actions,
    button,
    choosing,
    field,
    home,
    modal,
    mrkdwn,
    option,
    plain_text,
    text_field,
    words,
)
from tests.sandbox.slack.block_kit import Surface, findings_in
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack

OLD: Block = {"text": mrkdwn("*a1b2* March"), "value": "a1b2", "description": mrkdwn("not in use")}
NEW = option("c3d4 April", "c3d4")


def boxes(*options: Block, **more: object) -> Block:
    """A group of boxes."""
    return {"type": "checkboxes", "action_id": "picked", "options": list(options), **more}


def number(**more: object) -> Block:
    """A number input."""
    return {"type": "number_input", "action_id": "count", "is_decimal_allowed": False, **more}


class Listener:
    """A Bolt app that acknowledges every action and submission, and keeps its bodies."""

    def __init__(self, slack: StandInSlack) -> None:
        self.app = bolt(slack)
        self.bodies: list[dict[str, Any]] = []
        for action_id in ("picked", "count", "typed", "choose", "day", "go"):
            self.app.action(action_id)(self._take)
        self.app.view("why")(self._take)

    async def _take(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.bodies.append(body)

    @property
    def actions(self) -> list[Any]:
        """What was done, without the times."""
        done = [dict(action) for body in self.bodies for action in body.get("actions", [])]
        return [{name: value for name, value in action.items() if name != "action_ts"} for action in done]


async def test_every_click_on_a_box_is_sent_with_all_that_is_checked(slack: StandInSlack) -> None:
    """Each click on a box tells the app the whole selection of its group, and the view's state has it, too."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await show(slack, {**actions(boxes(OLD, NEW)), "block_id": "page1"})
        await slack.check("U1", "c3d4 April", "a1b2")
        await slack.uncheck("U1", "c3d4 April")
    old: Block = {"text": {**OLD["text"], "verbatim": False}, "value": "a1b2"}
    old["description"] = {**OLD["description"], "verbatim": False}
    new = {"text": {**NEW["text"], "emoji": True}, "value": "c3d4"}
    ids = {"type": "checkboxes", "action_id": "picked", "block_id": "page1"}
    assert listener.actions == [{**ids, "selected_options": chosen} for chosen in ([new], [new, old], [old])]
    values = listener.bodies[-1]["view"]["state"]["values"]
    assert values == {"page1": {"picked": {"type": "checkboxes", "selected_options": [old]}}}
    assert slack.entered("U1") == values


async def test_boxes_in_a_message_and_on_home_are_sent(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Boxes beside a section's text work in messages and on Home as they do in modals."""
    listener = Listener(slack)
    row = {**words("Versions"), "block_id": "row", "accessory": boxes(OLD, NEW, initial_options=[NEW])}
    await api.chat_postMessage(channel="C1", text="Versions", blocks=[row])
    await api.views_publish(user_id="U1", view=home(row))
    async with connected(slack, listener.app):
        await slack.check("U1", "a1b2", on=slack.sees("U1", "C1")[-1])
        await slack.uncheck("U1", "c3d4")
    chosen = [[one["value"] for one in action["selected_options"]] for action in listener.actions]
    assert chosen == [["c3d4", "a1b2"], []]
    assert listener.bodies[0]["container"]["type"] == "message"
    assert listener.bodies[1]["view"]["type"] == "home"


async def test_boxes_in_an_input_block_are_sent_with_the_submission(slack: StandInSlack) -> None:
    """In an input block nothing is sent before the submission, and an empty required group cannot be submitted."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await show(slack, field("Versions", "versions", boxes(OLD, NEW)))
        with pytest.raises(Impossible, match="Please complete"):
            await slack.submit("U1")
        assert await slack.check("U1", "a1b2") is None
        assert listener.bodies == []
        await slack.submit("U1")
    (chosen,) = listener.bodies[0]["view"]["state"]["values"]["versions"]["picked"]["selected_options"]
    assert chosen["value"] == "a1b2"


async def test_a_box_cannot_be_checked_twice(slack: StandInSlack) -> None:
    """A box that is checked can only be unchecked, and the other way round; without a box there is nothing."""
    await show(slack, field("Versions", "versions", boxes(OLD)))
    with pytest.raises(Impossible, match="not checked already"):
        await slack.uncheck("U1", "a1b2")
    await slack.check("U1", "a1b2")
    with pytest.raises(Impossible, match="is checked already"):
        await slack.check("U1", "a1b2")
    with pytest.raises(Impossible, match="no option 'c3d4'"):
        await slack.check("U1", "c3d4")


async def test_an_update_keeps_what_is_checked_only_under_the_same_ids(
    slack: StandInSlack, api: AsyncWebClient
) -> None:
    """An update keeps what was checked under the same ids, and takes new initial options only under another id."""
    async with connected(slack, Listener(slack).app):
        shown = await show(slack, {**actions(boxes(OLD, NEW)), "block_id": "page"})
        await slack.check("U1", "a1b2")
        again = {**actions(boxes(OLD, NEW, initial_options=[NEW])), "block_id": "page"}
        other = {**actions(boxes(OLD, NEW, initial_options=[NEW])), "block_id": "page2"}
        await api.views_update(view_id=shown.id, view=modal(again, other))
    values = slack.entered("U1")
    assert [one["value"] for one in values["page"]["picked"]["selected_options"]] == ["a1b2"]
    assert [one["value"] for one in values["page2"]["picked"]["selected_options"]] == ["c3d4"]


async def test_an_update_ignores_another_initial_value_of_an_untouched_field(
    slack: StandInSlack, api: AsyncWebClient
) -> None:
    """What a field started with stays, too, when the view or the message is updated under the same ids."""
    shown = await show(slack, text_field("Why", "why", initial_value="old"), text_field("Who", "who"))
    new = [text_field("Why", "why", initial_value="new"), text_field("Who", "who", initial_value="new")]
    await api.views_update(view_id=shown.id, view=modal(*new, text_field("When", "when", initial_value="new")))
    values = {block_id: entry["typed"]["value"] for block_id, entry in slack.entered("U1", slack.modal("U1")).items()}
    assert values == {"why": "old", "who": None, "when": "new"}
    posted = await api.chat_postMessage(channel="C1", text="x", blocks=[text_field("Why", "why", initial_value="old")])
    await api.chat_update(channel="C1", ts=str(posted["ts"]), text="x", blocks=new)
    values = {
        block_id: entry["typed"]["value"] for block_id, entry in slack.entered("U1", slack.sees("U1", "C1")[-1]).items()
    }
    assert values == {"why": "old", "who": "new"}


async def test_options_that_are_gone_are_not_kept(slack: StandInSlack, api: AsyncWebClient) -> None:
    """A choice is lost with its option, and with the kind of element it was made in."""
    async with connected(slack, Listener(slack).app):
        shown = await show(slack, {**actions(boxes(OLD, NEW)), "block_id": "page"})
        await slack.check("U1", "a1b2", "c3d4")
        await api.views_update(view_id=shown.id, view=modal({**actions(boxes(NEW)), "block_id": "page"}))
        assert [one["value"] for one in slack.entered("U1")["page"]["picked"]["selected_options"]] == ["c3d4"]
        menu = choosing(action_id="picked", options=[NEW])
        await api.views_update(view_id=shown.id, view=modal({**menu, "block_id": "page"}))
    assert slack.entered("U1")["page"]["picked"] == {"type": "static_select", "selected_option": None}


async def test_a_menu_tells_the_app_at_once(slack: StandInSlack) -> None:
    """A menu outside input blocks, or in one with `dispatch_action`, sends what was chosen, and its placeholder."""
    listener = Listener(slack)
    menu = choosing(options=[option("Date", "date"), option("Use", "use")], placeholder=plain_text("Sort by"))
    sort = field("Order", "order", {**menu["elements"][0], "action_id": "choose"}, dispatch_action=True)
    async with connected(slack, listener.app):
        await show(slack, {**menu, "block_id": "sort"}, sort)
        await slack.choose("U1", None, "sort", "Use")
        await slack.choose("U1", slack.modal("U1"), "Order", "date")
    first, second = listener.actions
    assert first == {
        "type": "static_select",
        "action_id": "choose",
        "block_id": "sort",
        "selected_option": {"text": {"type": "plain_text", "text": "Use", "emoji": True}, "value": "use"},
        "placeholder": plain_text("Sort by"),
    }
    assert (second["block_id"], second["selected_option"]["value"]) == ("order", "date")


async def test_typed_fields_tell_the_app_as_configured(slack: StandInSlack) -> None:
    """A typed field with `dispatch_action` is sent on Enter, or with every change where it is configured so."""
    listener = Listener(slack)
    eager = {"trigger_actions_on": ["on_character_entered"]}
    async with connected(slack, listener.app):
        await show(
            slack,
            field("Keep", "keep", number(min_value="1"), dispatch_action=True),
            text_field("Find", "find", dispatch_action=True, dispatch_action_config=eager),
            field("Until", "until", {"type": "datepicker", "action_id": "day"}, dispatch_action=True),
        )
        with pytest.raises(Impossible, match="sent as soon as"):
            await slack.submit("U1", {"find": "acme"})
        await slack.enter("U1", "find", "acme")
        await slack.enter("U1", "keep", "5")
        await slack.enter("U1", "until", "2030-01-31")
        with pytest.raises(Impossible, match="must be 1 or more"):
            await slack.enter("U1", "keep", "0")
    said = [{**action} for action in listener.actions]
    assert [action.get("value", action.get("selected_date")) for action in said] == ["acme", "5", "2030-01-31"]
    assert [action["type"] for action in said] == ["plain_text_input", "number_input", "datepicker"]


@pytest.mark.parametrize(
    ("more", "entered", "why"),
    [
        ({}, "five", "no number"),
        ({}, "2.5", "only whole numbers"),
        ({"min_value": "1"}, "0", "must be 1 or more"),
        ({"max_value": "9"}, "10", "must be 9 or less"),
        ({}, "", "Please complete"),
    ],
)
async def test_a_number_that_does_not_fit_is_not_submitted(
    slack: StandInSlack, more: Block, entered: str, why: str
) -> None:
    """A number that the field does not take keeps Slack from sending anything."""
    await show(slack, field("Keep", "keep", number(**more)))
    with pytest.raises(Impossible, match=why):
        await slack.submit("U1", {"keep": entered})


async def test_a_number_is_submitted_as_text(slack: StandInSlack) -> None:
    """A number arrives as the text that was typed."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await show(slack, field("Keep", "keep", number(is_decimal_allowed=True, initial_value="3")))
        await slack.submit("U1", {"keep": "2.50"})
    assert listener.bodies[0]["view"]["state"]["values"]["keep"]["count"] == {"type": "number_input", "value": "2.50"}


def in_actions(element: Block) -> list[Block]:
    """An actions block with this element."""
    return [actions(element)]


def in_input(element: Block) -> list[Block]:
    """An input block with this element."""
    return [field("x", "b", element)]


AT = "[json-pointer:/blocks/0/elements/0"
REFUSALS: list[tuple[list[Block], str]] = [
    (in_actions(boxes()), f"no fewer than 1 items allowed {AT}/options]"),
    (in_actions(boxes(*[NEW] * 11)), f"no more than 10 items allowed {AT}/options]"),
    (in_actions(boxes(NEW, initial_options=[])), f"no fewer than 1 items allowed {AT}/initial_options]"),
    (
        in_actions(boxes(OLD, NEW, initial_options=[{**OLD, "description": mrkdwn("in use")}])),
        f"`initial_options` must match one of the options exactly {AT}/initial_options]",
    ),
    (
        in_actions(boxes(NEW, initial_options=[NEW, NEW])),
        f"`initial_options` must not name an option twice {AT}/initial_options]",
    ),
    (
        in_actions(boxes({**NEW, "url": "https://x.test"})),
        f"invalid additional property: url {AT}/options/0]",
    ),
    (in_actions(boxes(option("x" * 76))), f"must be less than 76 characters {AT}/options/0/text/text]"),
    (
        in_actions(boxes(option(description=mrkdwn("x" * 76)))),
        f"must be less than 76 characters {AT}/options/0/description/text]",
    ),
    (in_actions(boxes(NEW, placeholder=plain_text("x"))), f"invalid additional property: placeholder {AT}]"),
    (
        [choosing(options=[NEW], initial_option=option("Other"))],
        f"`initial_option` must match one of the options exactly {AT}/initial_option]",
    ),
    (
        in_actions({"type": "datepicker", "action_id": "day", "initial_date": "2030-02-30"}),
        f"must be a date in the format YYYY-MM-DD {AT}/initial_date]",
    ),
    (in_actions(number()), f"unsupported type: number_input {AT}/type]"),
]


@pytest.mark.parametrize(("blocks", "said"), REFUSALS)
def test_what_slack_refuses_in_boxes_and_menus_is_refused(blocks: list[Block], said: str) -> None:
    """What Slack refuses in boxes, menus and date pickers is refused, with its place."""
    assert findings_in(blocks, Surface.MODAL) == [said]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"min_value": 1}, "must provide a string [json-pointer:/blocks/0/element/min_value]"),
        ({"initial_value": "few"}, "must be a number [json-pointer:/blocks/0/element/initial_value]"),
        (
            {"min_value": "10", "max_value": "9"},
            "`min_value` must not be greater than `max_value` [json-pointer:/blocks/0/element]",
        ),
        ({"max_value": "1.5"}, "decimal numbers need `is_decimal_allowed` [json-pointer:/blocks/0/element]"),
        ({"confirm": {}}, "invalid additional property: confirm [json-pointer:/blocks/0/element]"),
    ],
)
def test_what_slack_refuses_in_a_number_input_is_refused(more: Block, said: str) -> None:
    """What Slack refuses in a number input is refused, with its place."""
    assert findings_in(in_input(number(**more)), Surface.MODAL) == [said]


def test_a_number_input_must_say_whether_it_takes_decimals() -> None:
    """A number input must say whether it takes decimal numbers."""
    element = {"type": "number_input", "action_id": "count"}
    said = "missing required field: is_decimal_allowed [json-pointer:/blocks/0/element]"
    assert findings_in(in_input(element), Surface.MODAL) == [said]


async def test_a_number_input_belongs_into_modals(api: AsyncWebClient) -> None:
    """A number input is refused in messages and on Home."""
    said = "unsupported type: number_input [json-pointer:/blocks/0/element/type]"
    answer = await refusal(api, "chat.postMessage", channel="C1", text="x", blocks=in_input(number()))
    assert (answer["error"], answer["errors"]) == ("invalid_blocks", [said])
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {said}"]
    assert len(findings_in(in_input(number()), Surface.HOME)) == 1


def test_an_option_from_a_payload_may_be_an_initial_option() -> None:
    """An option as a payload carries it matches the one that was sent: only what the app left out was added."""
    sent = {**NEW, "text": {**NEW["text"], "emoji": True}}
    assert findings_in(in_actions(boxes(NEW, initial_options=[sent]))) == []
    assert (
        findings_in(in_actions(boxes({**NEW, "text": {**NEW["text"], "emoji": False}}, initial_options=[sent]))) != []
    )


def test_elements_made_by_the_sdk_are_taken() -> None:
    """Boxes and number inputs made by Slack's own library are taken."""
    one = Option(text="One", value="1", description="the first")
    group = CheckboxesElement(action_id="picked", options=[one], initial_options=[one])
    count = NumberInputElement(action_id="count", is_decimal_allowed=False, min_value=1, initial_value=5)
    made = [ActionsBlock(elements=[group, button("Go", "go")]), InputBlock(label="Keep", element=count)]
    assert findings_in([block.to_dict() for block in made], Surface.MODAL) == []
