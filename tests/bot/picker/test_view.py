"""The picker's window: what it shows where, and that Slack takes it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.picker.changes import add, clicked, noticed, redrawn, show, turn
from bot.picker.listing import Shown
from bot.picker.state import PAGE, Picker
from bot.picker.view import in_trouble, reading
from bot.planning.prior_requests import PastRefusal, PriorRequests
from bot.replicate.last_use import LastUse
from bot.replicate.types import Version
from bot.requests.keeps import Keep, Keeps
from tests.bot.picker.picking import FLUX, NOW, UNUSED, all_picked, boxes, ids, picking, shown
from tests.sandbox.slack.block_kit import Surface
from tests.sandbox.slack.view_schema import view_of


def refused(now: Picker, *versions: int) -> Picker:
    """The picker of a model whose versions Replicate has refused to delete before."""
    assert now.facts
    count = len(now.versions)
    prior = PriorRequests(
        refused={(FLUX, ids(count)[n]): PastRefusal(NOW.timestamp(), "it is in use") for n in versions}
    )
    return replace(now, facts=replace(now.facts, prior=prior))


def elements(now: Picker) -> list[dict[str, Any]]:
    return [element for block in shown(now)["blocks"] if block["type"] == "actions" for element in block["elements"]]


def test_two_blocks_stand_before_the_first_version() -> None:
    """Before the first version stand what is selected and one row of menus and page buttons; a notice after a rule."""
    kinds = [block["type"] for block in shown(redrawn(turn(1))(picking(35)))["blocks"]]
    assert kinds[:3] == ["section", "actions", "input"]
    assert [block["type"] for block in shown(noticed("Left out")(picking(35)))["blocks"]][:4] == [
        "section",
        "section",
        "actions",
        "input",
    ]


def test_a_page_has_a_box_for_each_version_that_can_be_deleted() -> None:
    """A page has ten versions: a box for each that can be deleted, ticked if selected, and words for the others."""
    now = redrawn(add([ids(30)[0]]))(picking(30, deployed=(1,)))
    [group] = [block for block in shown(now)["blocks"] if block["type"] == "input" and "options" in block["element"]]
    assert [option["value"] for option in group["element"]["options"]] == [ids(30)[0], *ids(30)[2:PAGE]]
    assert [option["value"] for option in group["element"]["initial_options"]] == [ids(30)[0]]
    assert (group["optional"], group["dispatch_action"]) == (True, True)
    [other] = [block for block in shown(now)["blocks"] if "Cannot be deleted" in json.dumps(block)]
    assert "accessory" not in other


def test_a_page_without_boxes_has_no_group_of_them() -> None:
    """Where nothing on the page can be deleted, and where nothing is listed, there is no group of boxes."""
    assert boxes(picking(3, deployed=(0, 1, 2))) == []
    nothing = redrawn(show(Shown.OLDER_90, NOW.timestamp()))(picking(3))
    assert boxes(nothing) == []
    assert "No version is listed (“Older than 90 days”, 3 in all)" in json.dumps(shown(nothing), ensure_ascii=False)


def test_the_names_of_controls_tell_them_apart() -> None:
    """No two controls are read aloud alike: page buttons say which page and where, and boxes name their version."""
    now = redrawn(turn(1))(picking(35))
    named = Counter(
        element.get("accessibility_label") or (element.get("placeholder") or element["text"])["text"]
        for element in elements(now)
    )
    assert [name for name, times in named.items() if times > 1] == []
    assert "Next page, 3 of 4, above the list" in named
    assert all(option["value"][:12] in option["text"]["text"] for option in boxes(now))


@settings(max_examples=60, deadline=None)
@given(
    st.datetimes(timezones=st.just(UTC)),
    st.text("0123456789abcdef", min_size=1, max_size=255),
    st.sampled_from(["", "no"]),
)
def test_every_box_fits_slacks_limits(made: datetime, version_id: str, refusal: str) -> None:
    """Whatever a version's id and dates are, its box is one that Slack takes, and says all there is to say."""
    version = Version(version_id, made, None)
    base = picking(1)
    assert base.facts
    assert base.found
    facts = replace(base.facts, models={FLUX: replace(base.found, versions=(version,))})
    now = replace(base, facts=facts, use=LastUse({version_id: version.created_at}, is_complete=True))
    prior = PriorRequests(refused={(FLUX, version_id): PastRefusal(NOW.timestamp(), refusal)} if refusal else {})
    [box] = boxes(redrawn(turn(0))(replace(now, facts=replace(facts, prior=prior))))
    assert box["text"]["text"].endswith("*latest*")
    assert ("Refused before." in box["description"]["text"]) == bool(refusal)


def test_what_replicate_refused_is_quoted_below_the_boxes() -> None:
    """A version that Replicate refused before says so at its box, and why below, whether it can be asked for or not."""
    now = redrawn(turn(0))(refused(picking(3, deployed=(2,)), 1, 2))
    assert [("Refused before" in box["description"]["text"]) for box in boxes(now)] == [False, True]
    assert json.dumps(shown(now)).count("it is in use") == 2


def test_orders_and_filters_by_use_are_offered_once_it_is_known() -> None:
    """Orders and filters by last use are offered only when that is known."""
    assert "Longest unused first" not in json.dumps(shown(picking(3)))
    known = json.dumps(shown(replace(picking(3), use=UNUSED)))
    assert "Longest unused first" in known
    assert "No known run for 90 days" in known


def test_a_window_of_5000_picked_versions_stays_small() -> None:
    """5,000 versions, all picked, make a small window that holds none of the picks itself."""
    view = shown(clicked([], turn(499))(all_picked(5_000)))
    assert "Page 500 of 500." in json.dumps(view)
    assert view["private_metadata"] == "p1"
    assert len(json.dumps(view)) < 30_000


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
    said = json.dumps(shown(replace(now, use=used)))
    assert f"Last run <!date^{int(NOW.timestamp())}" in said
    assert "Never run by this account" in said
    unknown = json.dumps(shown(replace(now, use=replace(used, is_complete=False))))
    assert "Last run not known" in unknown
    assert "newest 20,000 predictions" in unknown
    assert json.dumps(shown(replace(now, use_problem="Replicate answered 500."))).count("Last run not known") == 2


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (LastUse({}, is_complete=True, undated=frozenset({ids(2)[0]})), "Replicate does not tell when"),
        (LastUse({}, is_complete=True, hidden={"acme/flux": NOW}), "Replicate hides a version"),
    ],
)
def test_last_runs_that_replicate_hides_are_not_known(use: LastUse, said: str) -> None:
    """A version that may have been run, at a time or by an id that Replicate hides, is not said to be unused."""
    assert said in boxes(replace(picking(2), use=use))[0]["description"]["text"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_500), st.sampled_from(["", " ", "\n"]))
def test_a_long_reason_for_unknown_use_fits_the_window(length: int, between: str) -> None:
    """However long Replicate's reason is why it does not tell what was run, the window can be shown and picked in."""
    problem = f"Replicate answered 400: {between.join('&amp;' * (length // 5))}"
    written = json.dumps(shown(add([ids(3)[0]])(replace(picking(3), use_problem=problem))))
    assert "is not known: Replicate answered 400" in written
    assert "1 of 3 selected" in written
    assert "You can pick here until" in written


def test_links_of_a_page_are_as_many_as_fit() -> None:
    """Links to the versions' pages are shown as far as they fit, and none is cut."""
    long = replace(FLUX, name="n" * 255, owner="o" * 255)
    base = picking(10)
    assert base.facts
    assert base.found
    found = replace(base.found, model=replace(base.found.model, ref=long))
    now = replace(base, model=long, facts=replace(base.facts, models={long: found}))
    [context, *_] = [block["elements"][0]["text"] for block in shown(now)["blocks"] if block["type"] == "context"]
    assert 0 < context.count("<") == context.count(">") < PAGE


def test_what_is_kept_has_no_box_and_says_who_keeps_it() -> None:
    """A version that somebody keeps has no box, is not selected by any rule, and the window says who keeps it."""
    known = picking(3)
    assert known.facts is not None
    kept = Keep("k1", "acme", FLUX, ids(3)[1], "UBEN", "compared", None, 0.0, "R-AAAAA")
    now = replace(known, facts=replace(known.facts, keeps=Keeps((kept,))))
    assert add(ids(3))(now).picked == {ids(3)[0], ids(3)[2]}
    [group] = [block for block in shown(now)["blocks"] if "options" in block.get("element", {})]
    assert [option["value"] for option in group["element"]["options"]] == [ids(3)[0], ids(3)[2]]
    assert "*Cannot be deleted:* kept by <@UBEN>: “compared”." in json.dumps(shown(now), ensure_ascii=False)
