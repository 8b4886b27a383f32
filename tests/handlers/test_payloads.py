"""Payloads of any shape are typed without a failure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.buttons import MenuItem, menu
from bot.messages.modals import About
from handlers.payloads import Click, HomeOpened, Submission, TypedCommand
from handlers.picker_payloads import PickerClick
from tests.handlers.odd_bodies import odd_bodies

BODIES = odd_bodies(
    "user",
    "id",
    "team_id",
    "view",
    "state",
    "values",
    "reason",
    "rules",
    "actions",
    "value",
    "channel",
    "event",
    "selected_option",
)


@given(BODIES)
def test_a_payload_of_any_shape_is_typed(body: dict[str, Any]) -> None:
    """Whatever a payload holds, it is typed, and what is no id is nobody and nothing."""
    for read in (Click.read, Submission.read, PickerClick.read, HomeOpened.read, TypedCommand.read):
        typed = read(body)
        assert all(character.isascii() and character.isprintable() for character in typed.user_id)


@given(st.text(max_size=30))
def test_foreign_metadata_is_about_nothing(text: str) -> None:
    """Metadata that the bot did not write is about nothing."""
    assert About.read(text) == About("", "")


@pytest.mark.parametrize("about", [About("R-AAAAA", "COPS"), About("R-AAAAA", "")])
def test_metadata_written_by_the_bot_is_read_back(about: About) -> None:
    """What the bot wrote is read back as it was."""
    assert About.read(about.written()) == about


def test_the_workspace_recorded_for_a_click_is_the_persons() -> None:
    """The trail names the workspace that Slack gives for the person, not the one the app is installed in."""
    body = {"user": {"id": "W1", "team_id": "T_OTHER"}, "team": {"id": "T_HERE"}, "actions": [{"value": "R-AAAAA"}]}
    assert Click.read(body).actor.team_id == "T_OTHER"
    assert Click.read({**body, "team": None, "is_enterprise_install": True}).actor.user_id == "W1"


@pytest.mark.parametrize("written", ["\ud83d", "a\x00b"])
def test_lone_surrogates_and_nul_in_texts_are_replaced(written: str) -> None:
    """Half a surrogate pair and NUL, which UTF-8 or PostgreSQL does not take, are replaced."""
    typed = TypedCommand.read({"text": written}).text
    assert typed.encode().decode() == typed
    assert "\x00" not in typed


@pytest.mark.parametrize("item", list(MenuItem))
def test_an_entry_of_a_menu_is_read_back(item: MenuItem) -> None:
    """What is chosen from a card's menu says what it does, and with which request."""
    [option] = menu("R-AAAAA", [item]).to_dict()["options"]
    click = Click.read({"actions": [{"type": "overflow", "selected_option": option}]})
    assert (click.item, click.request_id) == (item, "R-AAAAA")


@pytest.mark.parametrize("value", ["", "withdraw", "burn:R-AAAAA", "R-AAAAA", "withdraw:<@U1>"])
def test_a_foreign_entry_of_a_menu_is_about_no_request(value: str) -> None:
    """What the bot did not put in a menu names no request, even where a value of another kind does."""
    action = {"selected_option": {"value": value}, "value": "R-AAAAA"}
    assert Click.read({"actions": [action]}).request_id == ""
