"""What a person ticks reaches the selection, whenever and in whatever order the bot hears of it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.picker.boxes import KEPT, Ticks, box_value
from bot.picker.changes import PickerChange, add, clicked, look, redrawn, told, turn
from bot.picker.state import Picker
from tests.bot.picker.picking import ids, picking

A, B, C = ids(3)


def ticks(drawing: int, *version_ids: str, at: float | None = 1.0) -> Ticks:
    return Ticks(drawing, frozenset(version_ids), at)


def after(now: Picker, *steps: PickerChange) -> Picker:
    for step in steps:
        now = step(now)
    return now


def test_a_tick_selects_and_keeps_the_boxes() -> None:
    """A tick selects its version and leaves the boxes their ids, so that Slack keeps what is ticked in them."""
    now = told([ticks(1, A)])(picking(3))
    assert now.picked == {A}
    assert now.drawing == 1


def test_every_other_change_draws_new_boxes() -> None:
    """What the bot changes is drawn under new ids, as Slack would keep the old ticks under the same ones."""
    now = clicked([ticks(1, A)], add([B]))(picking(3))
    assert now.picked == {A, B}
    assert now.drawing == 2
    assert now.drawings[0].ticked == {A, B}


def test_what_was_unticked_is_deselected() -> None:
    """A version that was ticked when the boxes were drawn, and is not any more, is deselected."""
    now = after(picking(3), redrawn(add([A, B])), told([ticks(2, B)]))
    assert now.picked == {B}


@pytest.mark.parametrize("at", [1.0, None], ids=["click", "submission"])
def test_a_stale_page_changes_only_what_was_done_on_it(at: float | None) -> None:
    """Ticks on boxes that have been drawn anew since, by a rule, change what the person did and nothing of the rule."""
    now = after(picking(3), redrawn(add([B])), told([ticks(1, A, at=at)]))
    assert now.picked == {A, B}
    assert now.drawing == 3
    assert now.drawings[0].ticked == {A, B}


def test_a_tick_on_a_page_that_was_turned_is_not_lost() -> None:
    """A tick of which the bot hears only after it has turned the page is selected all the same."""
    now = after(picking(30), clicked([], turn(1)), told([ticks(1, A)]))
    assert now.picked == {A}
    assert now.page == 1


def test_older_news_do_not_undo_newer_ones() -> None:
    """What was ticked earlier in the same boxes and is told later changes nothing."""
    now = after(picking(3), told([ticks(1, A, B, at=2.0)]), told([ticks(1, A, at=1.0)]))
    assert now.picked == {A, B}


def test_a_click_that_is_told_twice_counts_once() -> None:
    """Ticks that come twice, with a rule between the two, do not undo what the rule selected."""
    click = clicked([ticks(1, A)], look)
    now = after(picking(3), click, redrawn(add([B, C])), click)
    assert now.picked == {A, B, C}


def test_boxes_that_are_long_gone_are_of_no_account() -> None:
    """Ticks in boxes that are not remembered any more, or were never there, change nothing."""
    now = picking(3)
    for _ in range(KEPT):
        now = redrawn(look)(now)
    assert told([ticks(1, A), ticks(999, B), ticks(0, C)])(now) == now
    assert len(now.drawings) == KEPT


def test_only_what_has_a_box_can_be_ticked() -> None:
    """A version in use, one of another page and one of another model are not ticked, whatever is told."""
    now = told([ticks(1, ids(15)[1], ids(15)[12], "f" * 64, "")])(picking(15, deployed=(1,)))
    assert now.picked == frozenset()


def test_an_id_longer_than_a_value_can_be_ticked() -> None:
    """A version whose id is longer than the value of an option is found by as much of it as fits."""
    assert len(box_value("a" * 255)) == 150
    drawing = picking(3).drawings[0]
    long = type(drawing)(1, ("a" * 255,), frozenset())
    assert long.told(ticks(1, box_value("a" * 255))).ticked == {"a" * 255}


@dataclass
class Client:
    """One person's Slack: the boxes that it shows, what is ticked in them, and what it has told that is on its way."""

    picker: Picker
    drawing: int = 0
    ticked: set[str] = field(default_factory=set)
    on_its_way: list[Ticks] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    touched: set[str] = field(default_factory=set)

    def updated(self) -> None:
        """Show the bot's newest boxes; those under the same ids keep what is ticked."""
        if self.drawing != self.picker.drawing:
            self.drawing = self.picker.drawing
            self.ticked = {version.id for version in self.picker.on_page} & self.picker.picked

    def tick(self, number: int, at: int) -> None:
        """Tick or untick one of the boxes, each version once at most."""
        boxes = next(drawing for drawing in self.picker.drawings if drawing.number == self.drawing).version_ids
        version = boxes[number % len(boxes)]
        if version not in self.touched:
            self.touched.add(version)
            self.ticked ^= {version}
            self.wanted = (self.wanted - {version}) | (self.ticked & {version})
            self.on_its_way.append(Ticks(self.drawing, frozenset(self.ticked), float(at)))

    def arrives(self, number: int, step: PickerChange | None) -> None:
        """Have the bot hear of one of the things on their way, by itself or with a click, which may come again."""
        if self.on_its_way:
            one = self.on_its_way[number % len(self.on_its_way)]
            self.picker = (clicked([one], step) if step else told([one]))(self.picker)


ACTS = st.lists(
    st.tuples(st.sampled_from(["tick", "tick", "tick", "arrive", "turn", "use", "update"]), st.integers(0, 30)),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(ACTS, st.randoms(use_true_random=False))
def test_no_tick_is_lost_in_any_order(acts: list[tuple[str, int]], chance: object) -> None:
    """Whatever is ticked while pages are turned and boxes drawn anew is selected, and no more, in whatever order."""
    client = Client(picking(25, deployed=(3,)))
    client.updated()
    for at, (act, number) in enumerate(acts, 1):
        match act:
            case "tick":
                client.tick(number, at)
            case "arrive":
                client.arrives(number, None)
            case "turn" if client.picker.drawing < KEPT // 2:
                client.arrives(number, turn(number % 3))
            case "use" if client.picker.drawing < KEPT // 2:
                client.picker = redrawn(look)(client.picker)
            case _:
                client.updated()
    left = list(client.on_its_way)
    chance.shuffle(left)  # type: ignore[attr-defined]  # Random, which hypothesis makes
    for one in left:
        client.picker = told([one])(client.picker)
    assert client.picker.picked == client.wanted
