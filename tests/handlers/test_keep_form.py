"""The window in which people choose what to keep, as Slack sends it."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.messages.keep_window import BOXES_FIELD, NAMES_FIELD, UNTIL_FIELD, KeepState
from handlers.keep_form import KeepForm

LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=5)
KEYS = st.sampled_from(
    ["user", "id", "view", "state", "values", "blocks", "block_id", "element", "options", "value", "actions"]
)
ANYTHING = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=4))
DRAWN = f"{BOXES_FIELD}.3"


def body(*, shown: list[str], checked: list[str], state: KeepState, **values: object) -> dict[str, Any]:
    """Return the payload of a window that shows boxes of these values."""
    boxes = {"type": "checkboxes", "options": [{"value": value} for value in shown]}
    entered = {name: {name: value} for name, value in values.items()}
    chosen = {DRAWN: {BOXES_FIELD: {"selected_options": [{"value": value} for value in checked]}}}
    return {
        "user": {"id": "UANA", "team_id": "TACME"},
        "view": {
            "id": "V1",
            "private_metadata": state.written(),
            "blocks": [{"block_id": DRAWN, "element": boxes}, {"block_id": "other"}, None],
            "state": {"values": chosen | entered},
        },
    }


@given(st.dictionaries(KEYS, ANYTHING, max_size=6))
def test_a_payload_of_any_shape_is_typed(payload: dict[str, Any]) -> None:
    """Whatever a payload holds, it is typed, and what the bot did not write is about nothing."""
    form = KeepForm.read(payload)
    assert form.request_id == ""
    assert form.until is None


def test_boxes_of_the_page_that_is_shown_are_as_they_are_now() -> None:
    """What is checked now counts on the page that is shown, also what is checked no more; other pages stay."""
    state = KeepState("R-7KQ2M", "COPS", 1, 3, frozenset({2, 11, 12}))
    form = KeepForm.read(body(shown=["10", "11", "12"], checked=["10", "12"], state=state))
    assert form.state.checked == {2, 10, 12}
    assert (form.request_id, form.channel_id, form.actor.user_id) == ("R-7KQ2M", "COPS", "UANA")


def test_a_value_that_was_not_shown_chooses_nothing() -> None:
    """A choice that the window did not show, or that is no position, counts for nothing."""
    odd = ["99", "-1", "1e3", "٣", "10000000", ""]
    form = KeepForm.read(body(shown=["1", "x"], checked=odd, state=KeepState("R-7KQ2M", "COPS")))
    assert form.state.checked == frozenset()


def test_typed_ids_and_the_day_are_read() -> None:
    """Ids are separated by spaces, commas and lines; the day is read as Slack writes it, and any other text is none."""
    typed = {NAMES_FIELD: {"value": "ab12, cd34\nef56"}, UNTIL_FIELD: {"selected_date": "2026-02-28"}}
    form = KeepForm.read(body(shown=[], checked=[], state=KeepState("R-7KQ2M", ""), **typed))
    assert form.names == ("ab12", "cd34", "ef56")
    assert form.until == date(2026, 2, 28)
    assert form.in_home
    odd = {UNTIL_FIELD: {"selected_date": "2026-02-30"}}
    assert KeepForm.read(body(shown=[], checked=[], state=KeepState(), **odd)).until is None
