"""Overflow menus: what Slack takes, what a person can choose, and what the app is told."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.blocks import ActionsBlock, ConfirmObject, Option, OverflowMenuElement
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import Connect, bolt, connected, listening, show
from tests.sandbox.checks.small_blocks import Block, actions, button, confirming, home, mrkdwn, option, words
from tests.sandbox.slack.block_kit import findings_in
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack

HIDE, KEEP = option("Withdraw", "withdraw:7"), option("Keep some…", "keep:7")


def overflow(*options: Block, **more: object) -> Block:
    """An overflow menu."""
    return {"type": "overflow", "action_id": "more", "options": list(options), **more}


class Listener:
    """A Bolt app that acknowledges what is chosen from the menu and keeps its bodies."""

    def __init__(self, slack: StandInSlack) -> None:
        self.app = bolt(slack)
        self.bodies: list[dict[str, Any]] = []
        self.app.action("more")(self._take)

    async def _take(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        await ack()
        self.bodies.append(body)


@pytest.mark.parametrize("connect", [connected, listening])
async def test_a_chosen_option_reaches_the_app(slack: StandInSlack, api: AsyncWebClient, connect: Connect) -> None:
    """Choosing from a message's overflow menu sends the option, as Slack writes it, and a response URL."""
    listener = Listener(slack)
    blocks = [{**words("Card"), "block_id": "card", "accessory": overflow(HIDE, KEEP)}]
    await api.chat_postMessage(channel="C1", text="Card", blocks=blocks)
    card = slack.sees("U1", "C1")[-1]
    async with connect(slack, listener.app):
        acknowledged = await slack.choose("U1", card, "more", "Keep some…")
    assert acknowledged
    assert acknowledged.acked
    (body,) = listener.bodies
    (action,) = body["actions"]
    assert action.pop("action_ts")
    assert action == {
        "type": "overflow",
        "action_id": "more",
        "block_id": "card",
        "selected_option": {"text": {"type": "plain_text", "text": "Keep some…", "emoji": True}, "value": "keep:7"},
    }
    assert body["response_url"]
    assert body["state"] == {"values": {}}


async def test_rows_with_the_same_menu_are_told_apart_by_value(slack: StandInSlack, api: AsyncWebClient) -> None:
    """In a list whose rows have the same menu, the option's value says which row is meant, also on Home."""
    listener = Listener(slack)
    rows = [actions(overflow(option("Clean up…", f"clean:{number}"))) for number in (1, 2)]
    await api.views_publish(user_id="U1", view=home(*rows))
    tab = slack.home("U1")
    assert tab
    async with connected(slack, listener.app):
        with pytest.raises(Impossible, match="is there 2 times"):
            await slack.choose("U1", tab, "…", "Clean up…")
        await slack.choose("U1", tab, "…", "clean:2")
    assert listener.bodies[0]["actions"][0]["selected_option"]["value"] == "clean:2"
    assert listener.bodies[0]["container"] == {"type": "view", "view_id": tab.id}


async def test_only_what_is_before_a_person_can_be_chosen(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Nobody chooses what is not there, in a view beneath another, or in a message they do not see."""
    shown = await show(slack, actions(overflow(HIDE)))
    with pytest.raises(Impossible, match="no option 'Stop' to choose, only \\['Withdraw'\\]"):
        await slack.choose("U1", shown, "more", "Stop")
    with pytest.raises(Impossible, match="no option"):
        await slack.choose("U1", shown, "other", "Withdraw")
    await show(slack, words("Another"))
    with pytest.raises(Impossible, match="another view"):
        await slack.choose("U1", shown, "more", "Withdraw")
    await api.chat_postEphemeral(channel="C1", user="U1", text="Card", blocks=[actions(overflow(HIDE))])
    with pytest.raises(Impossible, match="does not see"):
        await slack.choose("U2", slack.sees("U1", "C1")[-1], "more", "Withdraw")


async def test_a_screen_that_is_behind_still_sends_what_it_shows(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Somebody whose screen has not caught up can choose what the message no longer offers."""
    listener = Listener(slack)
    posted = await api.chat_postMessage(channel="C1", text="Card", blocks=[actions(overflow(HIDE))])
    before = slack.sees("U1", "C1")[-1]
    await api.chat_update(channel="C1", ts=str(posted["ts"]), text="Card", blocks=[words("done")])
    async with connected(slack, listener.app):
        with pytest.raises(Impossible, match="no option"):
            await slack.choose("U1", before, "more", "Withdraw")
        await slack.choose("U1", before, "more", "Withdraw", stale=True)
    assert listener.bodies[0]["actions"][0]["selected_option"]["value"] == "withdraw:7"


async def test_the_confirm_dialog_of_a_menu_can_be_declined(slack: StandInSlack) -> None:
    """A confirm dialog comes after the choice, and nothing is sent when it is declined."""
    shown = await show(slack, actions(overflow(HIDE, confirm=confirming()["elements"][0]["confirm"])))
    assert await slack.choose("U1", shown, "more", "Withdraw", confirm=False) is None
    assert slack.notices("U1") == []


async def test_options_can_be_read_where_they_stand(slack: StandInSlack) -> None:
    """The words of a menu's options are part of what a view and its transcript say."""
    shown = await show(slack, actions(button("Go", "go"), overflow(HIDE, KEEP)))
    assert shown.options == ["Withdraw", "Keep some…"]
    assert "Withdraw" in shown.plain
    assert "Keep some…" in slack.workspace.transcript()


REFUSALS: list[tuple[Block, str]] = [
    (overflow(), "no fewer than 1 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    (overflow(*[HIDE] * 6), "no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    (overflow(HIDE, style="danger"), "invalid additional property: style [json-pointer:/blocks/0/elements/0]"),
    (
        overflow(HIDE, placeholder=HIDE["text"]),
        "invalid additional property: placeholder [json-pointer:/blocks/0/elements/0]",
    ),
    (
        overflow({**HIDE, "text": mrkdwn("x")}),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/options/0/text/type]",
    ),
    (
        overflow({**HIDE, "description": mrkdwn("x")}),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/options/0/description/type]",
    ),
    (
        overflow({**HIDE, "value": "x" * 151}),
        "must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/0/value]",
    ),
    (
        overflow({"text": HIDE["text"]}),
        "missing required field: value [json-pointer:/blocks/0/elements/0/options/0]",
    ),
    (
        overflow({**HIDE, "url": "x"}),
        "invalid url [json-pointer:/blocks/0/elements/0/options/0/url]",
    ),
]


@pytest.mark.parametrize(("element", "said"), REFUSALS)
def test_what_slack_refuses_in_an_overflow_menu_is_refused(element: Block, said: str) -> None:
    """What Slack refuses in an overflow menu is refused, with its place."""
    assert findings_in([actions(element)]) == [said]


def test_an_overflow_menu_belongs_into_sections_and_actions() -> None:
    """An overflow menu is no field of an input block."""
    block = {"type": "input", "label": HIDE["text"], "element": overflow(HIDE)}
    assert findings_in([block]) == ["unsupported type: overflow [json-pointer:/blocks/0/element/type]"]


def test_an_overflow_menu_made_by_the_sdk_is_taken() -> None:
    """An overflow menu made by Slack's own library is taken."""
    asked = ConfirmObject(title="Withdraw", text="Really", confirm="Yes", deny="No")
    menu = OverflowMenuElement(action_id="more", options=[Option(text="Withdraw", value="w")], confirm=asked)
    assert findings_in([ActionsBlock(elements=[menu]).to_dict()]) == []
