"""What the picker says is selected, where that is, and what it means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.options import Keep
from bot.picker.changes import add, show, sort, turn
from bot.picker.listing import Order, Shown
from bot.picker.notices import selected
from bot.picker.summary import consequence, list_heading, running_count
from bot.replicate.types import UnreadVersion
from tests.bot.picker.picking import NOW, all_picked, by_rules, ids, picking


@pytest.mark.parametrize(
    ("picked", "page", "said"),
    [
        ([], 0, "*0 of 130 selected*"),
        ([3], 0, "*1 of 130 selected*"),
        ([3, 14, 15], 0, "*3 of 130 selected*, 2 on other pages (page 2)"),
        ([3, 14, 25, 36, 77], 1, "*5 of 130 selected*, 4 on other pages (pages 1, 3–4, 8)"),
        ([*range(0, 130, 20)], 1, "*7 of 130 selected*, 7 on other pages (pages 1, 3, 5, 7, 9, …)"),
    ],
)
def test_the_count_says_where_the_selected_ones_are(picked: list[int], page: int, said: str) -> None:
    """The count is of everything that is selected, and says on which other pages how many are."""
    assert running_count(turn(page)(add([ids(130)[n] for n in picked])(picking(130)))) == said


def test_the_count_names_rules_and_what_a_filter_hides() -> None:
    """The count names the rules that selected, and what is selected and not listed."""
    ruled = selected(by_rules(picking(40), Keep(25)), frozenset())(picking(40))
    assert running_count(ruled) == "*15 of 40 selected* by `--keep 25`, 10 on other pages (page 4)"
    hidden = show(Shown.OLDER_30, NOW.timestamp())(ruled)
    assert running_count(hidden) == "*15 of 40 selected* by `--keep 25`, 6 not listed under “Older than 30 days”"


def test_the_consequence_is_what_the_model_keeps() -> None:
    """It is said how many versions the model keeps, and whether the latest is among them."""
    now = picking(10)
    assert consequence(now) == "Tick versions, or choose from *Select*."
    assert consequence(add(ids(10)[7:])(now)) == "The model keeps 7; the latest stays."
    assert consequence(add(ids(10)[:2])(now)) == "The model keeps 8; its latest is selected."
    assert consequence(all_picked(3)) == "The model keeps none of its versions."


def test_versions_that_cannot_be_read_are_kept() -> None:
    """Entries of the model's list that cannot be read count among what the model keeps."""
    now = all_picked(3)
    assert now.facts
    assert now.found
    found = replace(now.found, unread=(UnreadVersion("", "no id"),))
    facts = replace(now.facts, models={now.model: found})
    assert consequence(replace(now, facts=facts)) == "The model keeps 1; its latest is selected."


def test_the_heading_says_which_part_of_the_list_is_shown() -> None:
    """The heading of the list says which versions it shows, of how many, by which filter and in which order."""
    now = picking(41)
    assert list_heading(now) == "Versions 1–10 of 41, newest first"
    assert list_heading(turn(4)(sort(Order.OLDEST)(now))) == "Version 41 of 41, oldest first"
    older = show(Shown.OLDER_30, NOW.timestamp())(now)
    assert list_heading(older) == "Versions 1–10 of 10 (“Older than 30 days”, 41 in all), newest first"
