"""Picking versions by eye: the steps, and the window that shows them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.options import SelectionRule
from bot.picker.notices import not_yet, selected
from bot.picker.state import PAGE, Picker, PickerChange, add, add_page, clear, drop, noticed, turn, use_since
from bot.picker.view import PRESETS, in_trouble, picker, reading, running_count
from bot.planning.facts import Facts, FoundModel
from bot.planning.plan import Plan
from bot.planning.selection import SelectionContext, plan_selection
from bot.refs import ModelRef
from bot.replicate import Account, AccountType, Deployment, LastUse, Model, Training, Version, Visibility
from bot.requests.policy import Protected
from bot.requests.request import MAX_VERSIONS
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.view_schema import view_of

FLUX = ModelRef("acme", "flux")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ACCOUNT = Account(AccountType.ORGANIZATION, "acme")


def ids(count: int) -> list[str]:
    """The ids of a model's versions, newest first."""
    return [f"{number:064x}" for number in range(count)]


def picking(count: int, *, deployed: tuple[int, ...] = (), trained: tuple[int, ...] = ()) -> Picker:
    """Somebody picking from so many versions, each a day older than the one before."""
    versions = tuple(Version(i, NOW - timedelta(days=days), None) for days, i in enumerate(ids(count)))
    model = Model(FLUX, Visibility.PRIVATE, versions[0].id if versions else None)
    facts = Facts(
        ACCOUNT,
        {FLUX: FoundModel(model, versions)},
        tuple(Deployment("acme", f"<site-{n}>", ids(count)[n]) for n in deployed),
        tuple(Training(f"t{n}", ids(count)[n]) for n in trained),
    )
    return Picker("p1", "UANA", "TACME", "COPS", FLUX, NOW.timestamp() + 1800, facts=facts)


def shown(now: Picker) -> dict[str, Any]:
    """The window as Slack is given it; fails where Slack would refuse it."""
    return view_of(picker(now).to_dict(), Surface.MODAL)


def by_rules(now: Picker, *rules: SelectionRule) -> Plan:
    assert now.facts
    return plan_selection(
        SelectionContext(FLUX, rules, NOW.timestamp()), now.facts, Protected(), LastUse({}, is_complete=True)
    )


def all_picked(count: int) -> Picker:
    """Somebody who has picked all of so many versions by rule."""
    now = picking(count)
    return selected(by_rules(now, PRESETS[3][2]), now.picked)(now)


def test_what_is_picked_stays_over_pages() -> None:
    """Turning pages loses nothing, and the count is of everything that is picked."""
    first = add([ids(25)[1]])(picking(25))
    second = add([ids(25)[12]])(turn(1)(first))
    assert [v.id for v in second.on_page] == ids(25)[10:20]
    assert running_count(turn(0)(second)) == "2 of 25 selected"
    assert second.picked_in_order == (ids(25)[1], ids(25)[12])


@pytest.mark.parametrize("wanted", [ids(5)[1], ids(5)[2], "f" * 64, ""])
def test_versions_in_use_or_of_other_models_are_unpickable(wanted: str) -> None:
    """A version in use, one of another model, and none at all are not picked, whatever a click asks for."""
    assert add([wanted])(picking(5, deployed=(1,), trained=(2,))).picked == frozenset()


def test_picking_a_page_omits_versions_in_use() -> None:
    """A whole page is picked but for what is in use, and that page is shown."""
    now = add_page(1)(picking(15, deployed=(3, 11)))
    assert now.picked_in_order == (ids(15)[10], *ids(15)[12:])
    assert now.page == 1


@pytest.mark.parametrize(("to", "page"), [(-1, 0), (0, 0), (2, 2), (3, 2), (10**9, 2)])
def test_paging_ends_at_the_first_and_last_page(to: int, page: int) -> None:
    """There is no page before the first or after the last."""
    assert turn(to)(picking(21)).page == page


def test_rules_replace_the_selection_and_are_named() -> None:
    """Rules replace what was picked, name themselves until something changes by hand, and say what they left."""
    [(_, _, keep), *_] = PRESETS
    before = add([ids(9)[0]])(picking(9, deployed=(7,)))
    ruled = selected(by_rules(before, keep), before.picked, "--keep 5")(before)
    assert ruled.picked == {ids(9)[5], ids(9)[6], ids(9)[8]}
    assert running_count(ruled) == "3 of 9 selected, by `--keep 5`"
    assert "among the newest" in ruled.notice
    by_hand = drop(ids(9)[8])(ruled)
    assert running_count(by_hand) == "2 of 9 selected"
    assert by_hand.notice == ""


def test_picks_made_while_rules_are_evaluated_stay() -> None:
    """What was picked or taken back while rules were being evaluated stays, and the window says so."""
    start = add([ids(9)[0]])(picking(9))
    ruling = selected(by_rules(start, PRESETS[0][2]), start.picked)
    meanwhile: list[PickerChange] = [clear, add([ids(9)[3]])]
    for step in meanwhile:
        now = ruling(step(start))
        assert now.picked == step(start).picked
        assert "changed while `--keep 5` was being evaluated" in now.notice
        assert now.rules == ""


def test_the_same_rules_clicked_twice_apply_once() -> None:
    """A second click on the same rules finds the selection that the first has made, and leaves it at that."""
    ruling = selected(by_rules(picking(9, deployed=(7,)), PRESETS[0][2]), frozenset())
    once = ruling(picking(9, deployed=(7,)))
    assert ruling(once) == once


@pytest.mark.parametrize(("count", "typed", "said"), [(0, "", "No version"), (3, "--keep 1", "not applied")])
def test_nothing_selected_or_unapplied_rules_cannot_be_previewed(count: int, typed: str, said: str) -> None:
    """There is no preview of nothing, nor while rules are typed that were not applied."""
    assert said in not_yet(all_picked(count), typed)


def test_one_version_over_the_limit_cannot_be_previewed() -> None:
    """As many versions as one request takes can be previewed; of one more the window says how many those are."""
    assert not_yet(all_picked(MAX_VERSIONS), "") == ""
    assert "5,001 versions are selected, and one request takes at most 5,000" in not_yet(all_picked(5_001), "")


def test_a_second_click_changes_nothing() -> None:
    """Each button says what is to be so: pressed twice, it does the same as once."""
    start = add([ids(30)[2]])(picking(30))
    steps: list[PickerChange] = [add([ids(30)[4]]), drop(ids(30)[2]), add_page(2), turn(1), clear]
    for step in steps:
        assert step(step(start)) == step(start)


@given(st.lists(st.tuples(st.sampled_from(["add", "drop", "page", "turn", "clear", "all"]), st.integers(-2, 40))))
def test_no_series_of_clicks_picks_a_version_in_use(clicks: list[tuple[str, int]]) -> None:
    """Whatever is clicked in whatever order, nothing in use is picked, and every window keeps to Slack's limits."""
    now = picking(33, deployed=(1, 14), trained=(30,))
    everything = by_rules(now, PRESETS[3][2])
    for click, number in clicks:
        version = ids(33)[number % 33]
        step: PickerChange = {
            "add": add([version]),
            "drop": drop(version),
            "page": add_page(number),
            "turn": turn(number),
            "clear": clear,
            "all": selected(everything, now.picked),
        }[click]
        now = step(now)
    assert not now.picked & {ids(33)[1], ids(33)[14], ids(33)[30]}
    assert len(shown(now)["blocks"]) <= 100


def test_a_window_of_5000_picked_versions_stays_small() -> None:
    """5,000 versions, all picked, make a small window that holds none of the picks itself."""
    now = turn(499)(all_picked(5_000))
    view = shown(now)
    assert running_count(now) == "5,000 of 5,000 selected, by `--all`"
    assert "Page 500 of 500." in json.dumps(view)
    assert view["private_metadata"] == "p1"
    assert len(json.dumps(view)) < 30_000


def test_a_page_has_ten_versions_with_a_button_each() -> None:
    """A page has a row for each of its ten versions, with a button on each that can be picked."""
    view = shown(add([ids(30)[0]])(picking(30, deployed=(1,))))
    rows = [block for block in view["blocks"] if "replicate.com/acme/flux/versions/" in json.dumps(block)]
    buttons = [row["accessory"]["text"]["text"] for row in rows if "accessory" in row]
    assert len(rows) == PAGE
    assert buttons == ["✓ Selected", *["Select"] * 8]


def test_words_of_others_are_escaped() -> None:
    """What people and Replicate wrote is shown as it is written."""
    now = replace(picking(3, deployed=(1,)), reason="<!channel> & co")
    written = json.dumps(shown(now))
    assert "&lt;!channel&gt; &amp; co" in written
    assert "&lt;site-1&gt;" in written


def test_windows_without_versions_are_valid_and_have_no_submit() -> None:
    """The windows without versions keep to Slack's limits as well, and nothing can be submitted in them."""
    for view in (reading("p1", FLUX), in_trouble("p1", "x" * 5_000)):
        assert "submit" not in view_of(view.to_dict(), Surface.MODAL)
    assert len(shown(noticed("x" * 5_000)(picking(30)))["blocks"]) <= 100


def test_each_version_says_when_it_was_last_run() -> None:
    """Each version says when it was last run: not read yet, a day, never, or not known."""
    now = picking(2)
    used = LastUse({ids(2)[0]: NOW}, is_complete=True)
    assert json.dumps(shown(now)).count("reading") == 2
    told = json.dumps(shown(replace(now, use=used)))
    assert f"Last use: <!date^{int(NOW.timestamp())}" in told
    assert "never by this account" in told
    unknown = json.dumps(shown(replace(now, use=replace(used, is_complete=False))))
    assert "Last use: not known" in unknown
    assert "newest 20,000 predictions" in unknown
    assert json.dumps(shown(replace(now, use_problem="Replicate answered 500."))).count("Last use: not known") == 2


@given(st.integers(0, 10_500), st.sampled_from(["", " ", "\n"]))
def test_a_long_reason_for_unknown_use_fits_the_window(length: int, between: str) -> None:
    """However long Replicate's reason is why it does not tell what was run, the window can be shown and picked in."""
    problem = f"Replicate answered 400: {between.join('&amp;' * (length // 5))}"
    written = json.dumps(shown(add([ids(3)[0]])(replace(picking(3), use_problem=problem))))
    assert "is not known: Replicate answered 400" in written
    assert "1 of 3 selected" in written
    assert "You can pick here until" in written


def test_use_that_is_known_answers_for_any_shorter_time() -> None:
    """What was read to its end answers for any shorter time; what was not answers for none."""
    use = LastUse({ids(3)[0]: NOW, ids(3)[1]: NOW - timedelta(days=5)}, is_complete=True)
    since = NOW - timedelta(days=3)
    assert use_since(replace(picking(3), use=use), since) == LastUse({ids(3)[0]: NOW}, is_complete=True)
    assert use_since(replace(picking(3), use=replace(use, is_complete=False)), since) is None
    assert use_since(picking(3), since) is None
