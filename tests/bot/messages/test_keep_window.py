"""The window in which people choose what to keep: its pages, and what it remembers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.messages.keep_window import BOXES_FIELD, NAMES_FIELD, PAGE, KeepState, keep_window
from bot.refs import ModelRef
from bot.requests.request import Target, TargetState
from tests.bot.messages.waiting_request import NOW, WAITING
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.view_schema import view_of

FLUX = ModelRef("acme", "flux")
LONG = ModelRef("a" * 60, "n" * 90)


def versions(count: int, ref: ModelRef = FLUX) -> list[Target]:
    return [Target(n, ref, f"{n:064x}", NOW, is_latest=n == 0) for n in range(count)]


def boxes(targets: list[Target], state: KeepState) -> dict[str, object]:
    """Return the window's boxes, once Slack would take the window."""
    view = view_of(keep_window(WAITING, targets, state).to_dict(), Surface.MODAL)
    (block,) = (b for b in view["blocks"] if b.get("block_id", "").startswith(BOXES_FIELD))
    element: dict[str, object] = block["element"]
    return element


def names(element: dict[str, object], key: str = "options") -> list[str]:
    options = element.get(key, [])
    assert isinstance(options, list)
    return [option["text"]["text"] for option in options]


@given(st.frozensets(st.integers(0, 6_000)), st.integers(0, 700), st.integers(0, 9_999))
def test_what_is_checked_on_every_page_is_remembered(checked: frozenset[int], page: int, drawn: int) -> None:
    """The choice of any of thousands of targets fits into what a window remembers, and is read back as it was."""
    state = KeepState("R-7KQ2M", "C0123456789", page, drawn, checked)
    assert len(state.written()) <= 3000
    assert KeepState.read(state.written()) == state


@given(st.text(max_size=40))
def test_foreign_metadata_chooses_nothing(text: str) -> None:
    """Metadata that the bot did not write is about nothing, and has nothing checked."""
    assert KeepState.read(text) == KeepState()


@pytest.mark.parametrize(
    "text", ['["R", "C", 0, 0, "~~"]', '["R", "C", true, 0, ""]', '["R", "C", 0, 0]', "[" * 99_999]
)
def test_odd_metadata_is_read_without_a_failure(text: str) -> None:
    """Metadata of another shape, or with what is no choice, has nothing checked."""
    assert KeepState.read(text).checked == frozenset()


def test_a_page_has_ten_boxes_and_those_that_were_checked() -> None:
    """Ten targets a page, a page that is not there is the last one, and what was checked comes checked."""
    state = KeepState(page=99, checked=frozenset({3, 24}))
    element = boxes(versions(25), state)
    assert names(element) == [f"{n:064x}"[:12] for n in range(20, 25)]
    assert len(names(element, "initial_options")) == 1
    assert len(names(boxes(versions(25), KeepState(page=0)))) == PAGE


def test_each_drawing_has_boxes_of_another_id() -> None:
    """Slack shows what a person last checked in a block of the same id, so each drawing has another one."""
    first = keep_window(WAITING, versions(25), KeepState())
    again = keep_window(WAITING, versions(25), KeepState.read(first.to_dict()["private_metadata"]))
    ids = [{b["block_id"] for b in view.to_dict()["blocks"] if b["type"] == "input"} for view in (first, again)]
    assert ids[0] & ids[1] == {NAMES_FIELD, "reason", "keep.until"}
    assert len(ids[0] ^ ids[1]) == 2


def test_only_what_was_not_sent_can_be_chosen_models_first() -> None:
    """Targets that were sent, have ended or are kept have no box; a model comes first, and says what it covers."""
    sent = replace(versions(1)[0], was_sent=True)
    ended = Target(1, FLUX, "v1", state=TargetState.DELETED)
    element = boxes([sent, ended, Target(2, FLUX, "v2", NOW), Target(3, FLUX)], KeepState())
    assert names(element) == ["The model acme/flux", "v2"]


def test_names_of_any_length_fit() -> None:
    """The longest names that a model can have are cut to what Slack takes in a box."""
    element = boxes([Target(0, LONG, "f" * 64, NOW, is_latest=True), Target(1, LONG), Target(2, FLUX)], KeepState())
    assert all(len(name) <= 75 for name in names(element))
