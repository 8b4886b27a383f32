"""Menus whose options the app is asked for: the question, the answers Slack takes, and what is chosen."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.models.blocks import ExternalDataSelectElement, InputBlock
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import Connect, bolt, connected, listening, show
from tests.sandbox.checks.small_blocks import Block, actions, field, home, option, plain_text, words
from tests.sandbox.slack.block_kit import Surface, findings_in
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack

FLUX, SDXL = option("acme/flux", "acme/flux"), option("acme/sdxl", "acme/sdxl")
GROUPS = [{"label": plain_text("Stale"), "options": [FLUX]}, {"label": plain_text("Used"), "options": [SDXL]}]


def search(**more: object) -> Block:
    """A menu that asks the app for its options."""
    return {"type": "external_select", "action_id": "model", "placeholder": plain_text("Find a model"), **more}


class Listener:
    """A Bolt app that answers every question as told, and keeps what it hears."""

    def __init__(self, slack: StandInSlack, **answer: object) -> None:
        self.app = bolt(slack)
        self.bodies: list[dict[str, Any]] = []
        self._answer = answer
        self.app.options("model")(self._asked)
        self.app.action("model")(self._chosen)
        self.app.view("why")(self._chosen)

    async def _asked(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack(**self._answer)  # type: ignore[arg-type]

    async def _chosen(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack()


@pytest.mark.parametrize("connect", [connected, listening])
async def test_typed_letters_ask_the_app_in_both_transports(slack: StandInSlack, connect: Connect) -> None:
    """What is typed reaches the app with the view, and neither trigger nor response URL; its answer is shown."""
    listener = Listener(slack, options=[FLUX, SDXL])
    async with connect(slack, listener.app):
        shown = await show(slack, field("Model", "which", search()))
        assert await slack.suggest("U1", "acme") == ["acme/flux", "acme/sdxl"]
        assert await slack.select("U1", "acme/sdxl") is None
        await slack.submit("U1")
    asked, submitted = listener.bodies
    assert (asked["type"], asked["value"]) == ("block_suggestion", "acme")
    assert (asked["block_id"], asked["action_id"]) == ("which", "model")
    assert asked["container"] == {"type": "view", "view_id": shown.id}
    assert asked["view"]["id"] == shown.id
    assert not asked.keys() & {"trigger_id", "response_url", "actions"}
    assert submitted["view"]["state"]["values"]["which"]["model"] == {
        "type": "external_select",
        "selected_option": {"text": {"type": "plain_text", "text": "acme/sdxl", "emoji": True}, "value": "acme/sdxl"},
    }


async def test_a_choice_in_messages_and_on_home_is_sent_at_once(slack: StandInSlack, api: AsyncWebClient) -> None:
    """Outside input blocks the app hears of the choice at once; groups of options are shown, too."""
    listener = Listener(slack, option_groups=GROUPS)
    row = {**words("Model"), "block_id": "row", "accessory": search(min_query_length=0)}
    await api.chat_postMessage(channel="C1", text="Model", blocks=[row])
    await api.views_publish(user_id="U1", view=home(row))
    card = slack.sees("U1", "C1")[-1]
    async with connected(slack, listener.app):
        assert await slack.suggest("U1", "", on=card) == ["acme/flux", "acme/sdxl"]
        assert await slack.select("U1", "acme/flux", on=card)
        with pytest.raises(Impossible, match="is not shown"):
            await slack.select("U1", "acme/flux")
        await slack.suggest("U1", "sdxl")
        await slack.select("U1", "acme/sdxl")
    in_message, chosen, at_home, chosen_at_home = listener.bodies
    assert in_message["container"]["message_ts"] == in_message["message"]["ts"] == card.ts
    assert in_message["channel"] == {"id": "C1", "name": "ml-ops"}
    assert chosen["actions"][0]["selected_option"]["value"] == "acme/flux"
    assert at_home["view"]["type"] == "home"
    assert chosen_at_home["actions"][0]["selected_option"]["value"] == "acme/sdxl"


async def test_too_few_letters_ask_nothing(slack: StandInSlack) -> None:
    """Nothing is asked for fewer letters than the menu wants, which are three where it does not say."""
    listener = Listener(slack, options=[FLUX])
    async with connected(slack, listener.app):
        await show(slack, actions(search()), actions(search(action_id="model", min_query_length=1)))
        first, second = (block["block_id"] for block in slack.every_view[-1].blocks)
        assert await slack.suggest("U1", "ac", menu=first) == []
        assert await slack.suggest("U1", "a", menu=second) == ["acme/flux"]
        with pytest.raises(Impossible, match="there are 2 of external_select"):
            await slack.suggest("U1", "acme")
    assert len(listener.bodies) == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ({}, "must define either"),
        ({"options": [FLUX] * 101}, "no more than 100 items"),
        ({"option_groups": [{"label": plain_text("All"), "options": [FLUX] * 101}]}, "no more than 100 items"),
        ({"options": [option("x" * 76)]}, "must be less than 76 characters"),
        ({"options": [option(value="x" * 151)]}, "must be less than 151 characters"),
        ({"options": [{"text": plain_text("x")}]}, "missing required field: value"),
        ({"text": "none"}, "invalid additional property: text"),
    ],
)
async def test_a_wrong_answer_shows_nothing(slack: StandInSlack, answer: dict[str, object], why: str) -> None:
    """An answer that Slack does not take shows no result, and a notice says why."""
    async with connected(slack, Listener(slack, **answer).app):
        await show(slack, actions(search()))
        assert await slack.suggest("U1", "acme") == []
    (notice,) = slack.notices("U1")
    assert notice.code == "invalid_options"
    assert why in notice.text


async def test_an_answer_without_options_is_no_mistake(slack: StandInSlack) -> None:
    """An empty list is a right answer: it shows no result."""
    async with connected(slack, Listener(slack, options=[]).app):
        await show(slack, actions(search()))
        assert await slack.suggest("U1", "acme") == []
    assert slack.notices("U1") == []


async def test_a_late_answer_shows_nothing(slack: StandInSlack) -> None:
    """An answer that comes too late shows no result."""
    app, answered = bolt(slack), asyncio.Event()

    @app.options("model")
    async def ask(ack: AsyncAck) -> None:
        await answered.wait()
        await ack(options=[FLUX])

    slack.delivery.ack_seconds = 0.05
    async with connected(slack, app):
        await show(slack, actions(search()))
        assert await slack.suggest("U1", "acme") == []
        answered.set()
    assert slack.notices("U1")[0].code == "operation_timeout"


async def test_a_choice_outlives_an_update_under_the_same_ids(slack: StandInSlack, api: AsyncWebClient) -> None:
    """What was chosen stays when the view is updated, though the menu has no options of its own."""
    async with connected(slack, Listener(slack, options=[FLUX]).app):
        shown = await show(slack, field("Model", "which", search()))
        await slack.suggest("U1", "acme")
        await slack.select("U1", "acme/flux")
        view = {**shown.definition, "blocks": [field("Model", "which", search()), words("more")]}
        await api.views_update(view_id=shown.id, view=view)
    assert slack.entered("U1")["which"]["model"]["selected_option"]["value"] == "acme/flux"


@pytest.mark.parametrize(
    ("element", "said"),
    [
        (search(options=[FLUX]), "invalid additional property: options"),
        (search(min_query_length=-1), "must be greater than -1"),
        (search(min_query_length="3"), "must provide an integer"),
        (search(placeholder=plain_text("x" * 151)), "must be less than 151 characters"),
        (search(initial_option={**FLUX, "url": "https://x.test"}), "invalid additional property: url"),
    ],
)
def test_what_slack_refuses_in_an_external_select_is_refused(element: Block, said: str) -> None:
    """What Slack refuses in a menu of external options is refused wherever it stands."""
    for block in (actions(element), {**words("x"), "accessory": element}, field("x", "b", element)):
        (found,) = findings_in([block], Surface.MODAL)
        assert found.startswith(said)


def test_only_one_element_of_any_kind_may_take_the_focus() -> None:
    """Only one element of a view may take the focus, wherever the two stand."""
    two = [actions(search(focus_on_load=True)), field("x", "b", search(focus_on_load=True))]
    assert findings_in(two, Surface.MODAL) == ["only one element may have `focus_on_load` [json-pointer:/blocks]"]


def test_an_external_select_made_by_the_sdk_is_taken() -> None:
    """A menu of external options made by Slack's own library is taken."""
    menu = ExternalDataSelectElement(action_id="model", placeholder="Find a model", min_query_length=1)
    assert findings_in([InputBlock(label="Model", element=menu).to_dict()], Surface.MODAL) == []
