"""The changes to a picker: what is selected, by hand and by rules, and which page is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.commands.options import All, Keep
from bot.picker.boxes import Ticks
from bot.picker.changes import PickerChange, add, add_drawn, clear, clicked, show, sort, told, turn, use_since
from bot.picker.listing import Order, Shown
from bot.picker.notices import not_applied, not_yet, selected
from bot.replicate.last_use import LastUse
from bot.requests.request import MAX_VERSIONS
from tests.bot.picker.picking import NOW, UNUSED, all_picked, by_rules, ids, picking, shown


def test_what_is_picked_stays_over_pages() -> None:
    """Turning pages loses nothing."""
    first = add([ids(25)[1]])(picking(25))
    second = add([ids(25)[12]])(turn(1)(first))
    assert [v.id for v in second.on_page] == ids(25)[10:20]
    assert second.picked_in_order == (ids(25)[1], ids(25)[12])


@pytest.mark.parametrize("wanted", [ids(5)[1], ids(5)[2], "f" * 64, ""])
def test_versions_in_use_or_of_other_models_are_unpickable(wanted: str) -> None:
    """A version in use, one of another model, and none at all are not picked, whatever a click asks for."""
    assert add([wanted])(picking(5, deployed=(1,), trained=(2,))).picked == frozenset()


def test_picking_a_page_omits_versions_in_use() -> None:
    """A whole page is picked but for what is in use; it is the page that was seen, also if another is shown by then."""
    seen = clicked([], turn(1))(picking(15, deployed=(3, 11)))
    now = add_drawn(seen.drawing)(clicked([], turn(0))(seen))
    assert now.picked_in_order == (ids(15)[10], *ids(15)[12:])


@pytest.mark.parametrize(("to", "page"), [(-1, 0), (0, 0), (2, 2), (3, 2), (10**9, 2)])
def test_paging_ends_at_the_first_and_last_page(to: int, page: int) -> None:
    """There is no page before the first or after the last."""
    assert turn(to)(picking(21)).page == page


def test_rules_replace_the_selection_and_are_named() -> None:
    """Rules replace what was picked, and are named until something changes by hand; they say what they left out."""
    before = add([ids(9)[0]])(picking(9, deployed=(7,)))
    ruled = clicked([], selected(by_rules(before, Keep(5)), before.picked, "--keep 5"))(before)
    assert ruled.picked == {ids(9)[5], ids(9)[6], ids(9)[8]}
    assert ruled.rules == "--keep 5"
    assert "among the newest" in ruled.notice
    by_hand = told([Ticks(ruled.drawing, frozenset(ids(9)[5:7]), 1.0)])(ruled)
    assert by_hand.picked == set(ids(9)[5:7])
    assert by_hand.rules == ""


def test_picks_made_while_rules_are_evaluated_stay() -> None:
    """What was picked or taken back while rules were being evaluated stays, and the window says so."""
    start = add([ids(9)[0]])(picking(9))
    ruling = selected(by_rules(start, Keep(5)), start.picked)
    meanwhile: list[PickerChange] = [clear, add([ids(9)[3]])]
    for step in meanwhile:
        now = ruling(step(start))
        assert now.picked == step(start).picked
        assert "changed while `--keep 5` was being evaluated" in now.notice
        assert now.rules == ""


def test_the_same_rules_clicked_twice_apply_once() -> None:
    """A second click on the same rules finds the selection that the first has made, and leaves it at that."""
    start = picking(9, deployed=(7,))
    ruling = selected(by_rules(start, Keep(5)), frozenset())
    once = ruling(start)
    assert ruling(once) == once


def test_typed_rules_hold_the_preview_up_until_applied() -> None:
    """There is no preview while rules are typed that were not applied."""
    now = all_picked(3)
    assert not_applied(now, "") == ""
    assert "not applied" in not_applied(now, "--keep 1")
    assert not_applied(replace(now, typed="--keep 1"), "--keep 1") == ""


def test_clearing_forgets_the_typed_rules_too() -> None:
    """Clearing deselects everything and has the fields for rules drawn empty."""
    now = clear(replace(all_picked(3), typed="--keep 1"))
    assert (now.picked, now.rules, now.typed, now.cleared) == (frozenset(), "", "", 1)


def test_one_version_over_the_limit_cannot_be_previewed() -> None:
    """As many versions as one request takes can be previewed, no more, and not none."""
    assert "Nothing is selected" in not_yet(picking(3))
    assert not_yet(all_picked(MAX_VERSIONS)) == ""
    assert "5,001 versions are selected, and one request takes at most 5,000" in not_yet(all_picked(5_001))


def test_a_second_click_changes_nothing() -> None:
    """Each click says what is to be so: twice, it does the same as once."""
    start = add([ids(30)[2]])(picking(30))
    steps: list[PickerChange] = [
        add([ids(30)[4]]),
        add_drawn(1),
        turn(1),
        sort(Order.OLDEST),
        show(Shown.OLDER_30, NOW.timestamp()),
    ]
    for step in steps:
        assert step(step(start)) == step(start)


CLICKS = st.tuples(
    st.sampled_from(["tick", "page", "turn", "sort", "show", "clear", "all"]),
    st.integers(-2, 40),
    st.integers(0, 2**10),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(CLICKS, max_size=25))
def test_no_series_of_clicks_picks_a_version_in_use(clicks: list[tuple[str, int, int]]) -> None:
    """Whatever is done in whatever order, nothing in use is picked, and every window keeps to Slack's limits."""
    now = replace(picking(33, deployed=(1, 14), trained=(30,)), use=UNUSED)
    everything = by_rules(now, All())
    for click, number, some in clicks:
        ticks = Ticks(
            number, frozenset(version for n, version in enumerate(ids(33)) if some >> (n % 10) & 1), float(some)
        )
        step: PickerChange = {
            "tick": told([ticks]),
            "page": clicked([ticks], add_drawn(number)),
            "turn": clicked([ticks], turn(number)),
            "sort": clicked([ticks], sort(list(Order)[number % 4])),
            "show": clicked([ticks], show(list(Shown)[number % 8], NOW.timestamp() + 50 * 86_400)),
            "clear": clicked([ticks], clear),
            "all": clicked([ticks], selected(everything, now.picked)),
        }[click]
        now = step(now)
    assert not now.picked & {ids(33)[1], ids(33)[14], ids(33)[30]}
    assert len(shown(now)["blocks"]) <= 100


def test_use_that_is_known_answers_for_any_shorter_time() -> None:
    """What was read to its end answers for any shorter time; what was not answers for none."""
    use = LastUse({ids(3)[0]: NOW, ids(3)[1]: NOW - timedelta(days=5)}, is_complete=True)
    since = NOW - timedelta(days=3)
    assert use_since(replace(picking(3), use=use), since) == LastUse({ids(3)[0]: NOW}, is_complete=True)
    assert use_since(replace(picking(3), use=replace(use, is_complete=False)), since) is None
    assert use_since(picking(3), since) is None
