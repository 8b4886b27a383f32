"""Modals: what a person can do with one, and what the app's answers change."""

from __future__ import annotations

from typing import Any

import pytest
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_sdk.web.async_client import AsyncWebClient

from tests.sandbox.checks.small_app import bolt, client, connected, listening, show
from tests.sandbox.checks.small_blocks import actions, button, confirming, modal, plain_text, text_field, words
from tests.sandbox.slack.presses import Impossible
from tests.sandbox.slack.stand_in import StandInSlack

REASON = text_field("Reason", "reason", multiline=True, min_length=3)
ALERT = {"type": "alert", "text": plain_text("Careful"), "level": "warning"}


class Listener:
    """A Bolt app that answers submissions as told, and keeps every body that has to do with a view."""

    def __init__(self, slack: StandInSlack, **answer: object) -> None:
        self.app = bolt(slack)
        self.bodies: list[dict[str, Any]] = []
        self._answer = answer
        self.app.view("why")(self._submitted)
        self.app.view_closed("why")(self._noted)
        self.app.action("go")(self._noted)

    async def _submitted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack(**self._answer)  # type: ignore[arg-type]

    async def _noted(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.bodies.append(body)
        await ack()


async def test_command_opens_a_modal_that_is_submitted(slack: StandInSlack) -> None:
    """A command opens a modal, the person fills and submits it, the app hears it, and it closes."""
    listener = Listener(slack)

    @listener.app.command("/delete-version")
    async def ask(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=modal(ALERT, REASON, private_metadata="7"))

    async with connected(slack, listener.app):
        await slack.type_command("U1", "C1", "/delete-version")
        shown = await slack.until(lambda: slack.modal("U1"))
        assert (shown.title, shown.submit, shown.close) == ("Why", "Send", "Cancel")
        assert "Careful" in shown.plain
        assert (await slack.submit("U1", {"reason": "too old"})).acked
    (body,) = listener.bodies
    assert body["type"] == "view_submission"
    assert body["user"] == {"id": "U1", "username": "ana", "name": "ana", "team_id": "T0SANDBOX"}
    assert (body["response_urls"], body["api_app_id"]) == ([], "A0SANDBOX")
    view = body["view"]
    assert (view["id"], view["hash"], view["private_metadata"]) == (shown.id, shown.hash, "7")
    assert view["state"]["values"] == {"reason": {"typed": {"type": "plain_text_input", "value": "too old"}}}
    assert slack.modal("U1") is None


async def test_a_submission_over_http_gets_its_answer(slack: StandInSlack) -> None:
    """A submission reaches an app behind a request URL, and its answer comes back the same way."""
    listener = Listener(slack, response_action="errors", errors={"reason": "Say more."})
    async with listening(slack, listener.app):
        await show(slack, REASON)
        await slack.submit("U1", {"reason": "because"})
    shown = slack.modal("U1")
    assert shown
    assert shown.errors == (("reason", "Say more."),)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "reason: Please complete"),
        ({"reason": ""}, "reason: Please complete"),
        ({"reason": "x"}, "at least 3 characters"),
        ({"reason": "x" * 3001}, "no more than 3000"),
        ({"other": "x"}, "no field 'other'"),
    ],
)
async def test_an_invalid_field_keeps_a_modal_from_being_sent(
    slack: StandInSlack, values: dict[str, str], why: str
) -> None:
    """A required field left empty, or filled badly, keeps Slack from sending anything."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await show(slack, REASON)
        with pytest.raises(Impossible, match=why):
            await slack.submit("U1", values)
    assert listener.bodies == []
    assert slack.modal("U1")


async def test_an_empty_optional_field_is_null(slack: StandInSlack) -> None:
    """An optional field may stay empty, and is null then."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await show(slack, text_field("Reason", "reason", optional=True))
        await slack.submit("U1")
    assert listener.bodies[0]["view"]["state"]["values"]["reason"]["typed"]["value"] is None


async def test_a_modal_without_a_submit_button_cannot_be_submitted(slack: StandInSlack) -> None:
    """A modal without a submit button cannot be submitted, and where there is none nothing can be done."""
    with pytest.raises(Impossible, match="sees no modal"):
        await slack.submit("U1")
    view = modal(words("Just so you know"))
    view.pop("submit")
    await client(slack).views_open(trigger_id=slack.triggers.issue("U1"), view=view)
    with pytest.raises(Impossible, match="no button that submits"):
        await slack.submit("U1")


async def test_an_update_answer_replaces_the_submitted_view(slack: StandInSlack) -> None:
    """`update` replaces the view that was submitted, which keeps its id."""
    listener = Listener(slack, response_action="update", view=modal(words("Thank you")))
    async with connected(slack, listener.app):
        before = await show(slack, REASON)
        await slack.submit("U1", {"reason": "too old"})
    after = slack.modal("U1")
    assert after
    assert (after.id, after.plain) == (before.id, "Thank you")
    assert after.hash != before.hash
    assert [view.plain for view in slack.every_view][-1] == "Thank you"


async def test_push_adds_a_view_and_clear_closes_all(slack: StandInSlack) -> None:
    """`push` lays a view on top that gives way to the one beneath; `clear` closes them all."""
    listener = Listener(slack, response_action="push", view=modal(words("Sure?")))
    async with connected(slack, listener.app):
        first = await show(slack, REASON)
        await slack.submit("U1", {"reason": "too old"})
        second = slack.modal("U1")
        assert second
        assert (second.plain, second.previous_id, second.root_id) == ("Sure?", first.id, first.id)
        await slack.close_modal("U1")
        beneath = slack.modal("U1")
        assert beneath
        assert beneath.id == first.id
        await slack.submit("U1")
    async with connected(slack, Listener(slack, response_action="clear").app):
        await slack.submit("U1")
    assert slack.modal("U1") is None


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"elsewhere": "No."}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "errors", "errors": {"reason": ""}},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "dance"},
        {"text": "Thank you"},
    ],
)
async def test_an_invalid_answer_leaves_the_modal_open(slack: StandInSlack, answer: dict[str, object]) -> None:
    """An answer that Slack cannot follow leaves the modal open, and the person is told of trouble."""
    async with connected(slack, Listener(slack, **answer).app):
        before = await show(slack, REASON)
        await slack.submit("U1", {"reason": "too old"})
    assert slack.modal("U1") == before
    assert "trouble connecting" in slack.notices("U1")[0].text


async def test_an_unacknowledged_submission_leaves_the_modal_open(slack: StandInSlack) -> None:
    """Without an acknowledgement the modal stays open, and the person is told of trouble."""
    await show(slack, REASON)
    assert not (await slack.submit("U1", {"reason": "too old"})).acked
    assert slack.modal("U1")
    assert slack.notices("U1")[0].code == "dispatch_failed"


@pytest.mark.parametrize(("asked", "bodies"), [(True, ["view_closed"]), (False, [])])
async def test_closing_is_reported_only_with_notify_on_close(
    slack: StandInSlack, *, asked: bool, bodies: list[str]
) -> None:
    """The app hears of a closed modal only when it asked with `notify_on_close`."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await show(slack, REASON, notify_on_close=asked)
        told = await slack.close_modal("U1")
    assert (told is not None) is asked
    assert [body["type"] for body in listener.bodies] == bodies
    assert slack.modal("U1") is None


async def test_cross_and_clear_on_close_close_the_whole_modal(slack: StandInSlack, api: AsyncWebClient) -> None:
    """The cross closes the whole modal, as does any way out of a view with `clear_on_close`."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        await show(slack, words("first"), notify_on_close=True)
        await api.views_push(trigger_id=slack.triggers.issue("U1"), view=modal(words("second")))
        await slack.close_modal("U1", everything=True)
        assert slack.modal("U1") is None
        assert listener.bodies[0]["is_cleared"]
        await show(slack, words("first"))
        await api.views_push(trigger_id=slack.triggers.issue("U1"), view=modal(words("second"), clear_on_close=True))
        await slack.close_modal("U1")
        assert slack.modal("U1") is None


async def test_a_modal_click_has_view_and_no_channel(slack: StandInSlack) -> None:
    """A press on a button inside a modal carries the view and what was entered, and no channel."""
    listener = Listener(slack)
    async with connected(slack, listener.app):
        shown = await show(slack, REASON, actions(button("Go", "go", value="7")))
        assert shown.buttons == ["Go"]
        await slack.click_in_modal("U1", "Go", values={"reason": "too old"})
    (body,) = listener.bodies
    assert body["container"] == {"type": "view", "view_id": shown.id}
    assert body["view"]["state"]["values"]["reason"]["typed"]["value"] == "too old"
    assert body["actions"][0]["value"] == "7"
    assert not body.keys() & {"channel", "message", "response_url"}


async def test_a_confirm_dialog_in_a_modal_can_be_declined(slack: StandInSlack) -> None:
    """A confirm dialog inside a modal can be declined."""
    await show(slack, confirming())
    assert await slack.click_in_modal("U1", "Go", confirm=False) is None
    assert slack.notices("U1") == []
