"""Payloads that the bot's own messages and windows never cause: signed by Slack, and odd all the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.sandbox.slack.messages import Message
from tests.scenarios.models import FLUX
from tests.scenarios.picker_steps import BY_RULES, NEXT, opened, pick
from tests.scenarios.stage import ANA, BEN, OPS, Stage
from tests.scenarios.window_steps import window_says

Payload = dict[str, Any]
ODD: dict[str, object] = {
    "missing": None,
    "empty": "",
    "unknown": "R-ZZZZZ",
    "no id": "<!channel> & everybody",
    "NUL": "R-\x00AAAA",
    "half a pair": "R-\ud83d",
    "huge": "R-" + "A" * 100_000,
    "a number": 5,
    "a list": ["R-AAAAA"],
    "an object": {"id": "R-AAAAA"},
}
WORDS = "in the bot's database, so nothing was changed"


async def requested(stage: Stage) -> Message:
    stage.replicate.add_model("acme/empty")
    return await stage.request("acme/empty", command="/delete-model")


def unharmed(stage: Stage) -> None:
    """Nothing was decided, and nobody was told that something went wrong inside the bot."""
    assert stage.rows("SELECT user_id FROM decisions") == []
    assert stage.rows("SELECT DISTINCT state FROM requests") == [("awaiting",)]
    assert not [m.text for m in stage.slack.every_message if "inside the bot" in m.text]
    assert not [m.text for m in stage.slack.every_message if "<!channel>" in m.text]


def with_action(**changes: object) -> Callable[[Payload], Payload]:
    """Change what was pressed; None takes a field away."""

    def rewrite(payload: Payload) -> Payload:
        action = {**payload["actions"][0], **changes}
        return {**payload, "actions": [{name: value for name, value in action.items() if value is not None}]}

    return rewrite


def named(button: str, request: object) -> dict[str, object]:
    """Return what names a request when this is pressed, or chosen in the card's menu."""
    return {"selected_option": {"value": f"withdraw:{request}"}} if button == "Withdraw" else {"value": request}


def with_view(**changes: object) -> Callable[[Payload], Payload]:
    """Change the window that was submitted or clicked in."""
    return lambda payload: {**payload, "view": {**payload["view"], **changes}}


@pytest.mark.parametrize(("button", "user"), [("Approve", BEN), ("Reject", BEN), ("Withdraw", ANA)])
async def test_a_click_that_names_no_request_is_answered(anywhere: Stage, button: str, user: str) -> None:
    """A click whose value names no request is answered like one about a request that is not there."""
    async with anywhere.bot():
        card = await requested(anywhere)
        for odd in ODD.values():
            anywhere.slack.delivery.rewrite = with_action(**named(button, odd))
            assert WORDS in await anywhere.told(user, lambda: anywhere.press(user, card, button))
    unharmed(anywhere)


METADATA: dict[str, object] = {
    **ODD,
    "another object": json.dumps({"id": "R-AAAAA"}),
    "more than there is": json.dumps({"request_id": "R-AAAAA", "channel_id": OPS, "user_id": BEN}),
    "other types": json.dumps({"request_id": 5, "channel_id": [OPS]}),
    "foreign ids": json.dumps({"request_id": "R-\x00", "channel_id": "<!channel>"}),
    "deep": "[" * 50_000,
}


async def test_a_submission_with_foreign_metadata_is_answered(anywhere: Stage) -> None:
    """A submission whose metadata is not the bot's stays, and says that there is no such request."""
    async with anywhere.bot():
        card = await requested(anywhere)
        for odd in METADATA.values():
            anywhere.slack.delivery.rewrite = None
            anywhere.clock.shift += 30  # a person who takes some time, as Slack limits how often windows are opened
            await anywhere.slack.click(BEN, card, "Reject")
            await anywhere.slack.until(lambda: anywhere.slack.modal(BEN))
            anywhere.slack.delivery.rewrite = with_view(private_metadata=odd)
            assert (await anywhere.slack.submit(BEN, {"reason": "no"})).acked
            await anywhere.slack.until(lambda: WORDS in str((view := anywhere.slack.modal(BEN)) and view.errors))
            await anywhere.slack.close_modal(BEN)
    unharmed(anywhere)


async def test_an_unknown_button_is_acknowledged_and_does_nothing(stage: Stage) -> None:
    """A button of another version of the bot is acknowledged, and the person told that nothing happened."""
    async with stage.bot():
        card = await requested(stage)
        stage.slack.delivery.rewrite = with_action(action_id="promote")
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
    assert "The bot does not know this button, so nothing was changed" in told
    assert stage.slack.notices(BEN) == []
    unharmed(stage)


async def test_an_unknown_window_closes_and_does_nothing(stage: Stage) -> None:
    """A window of another version of the bot closes, and the person is told that nothing happened."""
    async with stage.bot():
        card = await requested(stage)
        await stage.slack.click(BEN, card, "Reject")
        await stage.slack.until(lambda: stage.slack.modal(BEN))
        stage.slack.delivery.rewrite = with_view(callback_id="promotion")
        acknowledged = await stage.slack.submit(BEN, {"reason": "no"})
        await stage.slack.until(lambda: [m for m in stage.slack.every_message if "does not know this" in m.text])
    assert acknowledged.acked
    unharmed(stage)


REFUSED = "SELECT count(*) FROM audit WHERE event = 'click refused' HAVING count(*) = :count"


def with_user(field: str, odd: object) -> Callable[[Payload], Payload]:
    """Change what is said of who clicked."""
    return lambda payload: {**payload, "user": {**payload["user"], field: odd}}


async def test_a_click_without_a_person_decides_nothing(anywhere: Stage) -> None:
    """A click that does not say who clicked decides nothing."""
    async with anywhere.bot():
        card = await requested(anywhere)
        for count, odd in enumerate(ODD.values(), start=1):
            anywhere.slack.delivery.rewrite = with_user("id", odd)
            await anywhere.slack.click(BEN, card, "Approve")
            await anywhere.recorded(REFUSED, count=count)
    unharmed(anywhere)


@pytest.mark.parametrize("odd", ODD)
async def test_the_workspace_that_a_click_names_does_not_matter(stage: Stage, odd: str) -> None:
    """What a click says of somebody's workspace does not matter."""
    async with stage.bot(approvals_required=2):
        card = await requested(stage)
        stage.slack.delivery.rewrite = with_user("team_id", ODD[odd])
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")


async def test_a_foreign_version_value_in_the_picker_selects_nothing(anywhere: Stage) -> None:
    """A foreign value of a button of the picker selects nothing, and the window goes on."""
    ids = anywhere.replicate.add_model(FLUX, versions=13)
    async with anywhere.bot():
        await opened(anywhere)
        for odd in ODD.values():
            anywhere.slack.delivery.rewrite = with_action(value=odd)
            await anywhere.slack.click_in_modal(ANA, NEXT)
        anywhere.slack.delivery.rewrite = None
        await pick(anywhere, ids[1], "1 of 13 selected")
    assert not [m.text for m in anywhere.slack.every_message if "inside the bot" in m.text]


async def test_an_unknown_picker_button_changes_nothing(stage: Stage) -> None:
    """A button whose name only begins like one of the picker's is said to be unknown, and changes nothing."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[0], "1 of 3 selected")
        stage.slack.delivery.rewrite = with_action(action_id="pick.select-everything")
        await stage.slack.click_in_modal(ANA, BY_RULES)
        shown = await window_says(stage, "does not know this button")
    assert "1 of 3 selected" in shown.plain


@pytest.mark.parametrize("odd", METADATA)
async def test_a_picker_submission_with_foreign_metadata_requests_nothing(stage: Stage, odd: str) -> None:
    """A submission of the picker that names none of this database's is answered in the window, and requests nothing."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        await opened(stage)
        await pick(stage, ids[0], "1 of 3 selected")
        stage.slack.delivery.rewrite = with_view(private_metadata=METADATA[odd])
        acknowledged = await stage.slack.submit(ANA)
        await stage.slack.until(lambda: WORDS in str((view := stage.slack.modal(ANA)) and view.errors))
    assert acknowledged.acked
    assert stage.rows("SELECT id FROM requests") == []
