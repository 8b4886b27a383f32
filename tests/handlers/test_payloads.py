"""Payloads of any shape are typed without a failure."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.modals import About
from handlers.payloads import Click, HomeOpened, PickerClick, Submission, TypedCommand

LEAVES = st.none() | st.booleans() | st.integers() | st.text(st.characters(), max_size=5)
KEYS = st.sampled_from(
    ["user", "id", "team_id", "view", "state", "values", "reason", "rules", "actions", "value", "channel", "event"]
)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4))
BODIES = st.dictionaries(KEYS, ANYTHING, max_size=6)


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
