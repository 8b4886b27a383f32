"""Which versions are listed, in which order, and by when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.picker.changes import show, sort
from bot.picker.listing import Order, Shown
from bot.picker.state import Picker
from bot.replicate.last_use import LastUse
from tests.bot.picker.picking import NOW, ids, picking


def used(count: int, days_ago: dict[int, int], **picker: tuple[int, ...]) -> Picker:
    """Somebody picking from versions of which some were last run so many days ago."""
    newest = {ids(count)[n]: NOW - timedelta(days=days) for n, days in days_ago.items()}
    return replace(picking(count, **picker), use=LastUse(newest, is_complete=True))


def listed(now: Picker) -> list[int]:
    return [int(version.id, 16) for version in now.listed]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order.NEWEST, [0, 1, 2, 3, 4]),
        (Order.OLDEST, [4, 3, 2, 1, 0]),
        (Order.LONGEST_UNUSED, [4, 2, 0, 1, 3]),
        (Order.LAST_RUN, [3, 1, 0, 2, 4]),
    ],
)
def test_versions_are_listed_by_date_or_last_run(order: Order, expected: list[int]) -> None:
    """Versions are listed by date or by last run; those without a known run are the longest unused, oldest first."""
    assert listed(sort(order)(used(5, {1: 9, 3: 2}))) == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (Shown.ALL, [0, 29, 31, 89, 91, 364, 366]),
        (Shown.DELETABLE, [0, 31, 89, 91, 364, 366]),
        (Shown.OLDER_30, [31, 89, 91, 364, 366]),
        (Shown.OLDER_90, [91, 364, 366]),
        (Shown.OLDER_365, [366]),
        (Shown.UNUSED_30, [91, 364, 366]),
        (Shown.UNUSED_90, [364, 366]),
        (Shown.UNUSED_365, [366]),
    ],
)
def test_filters_list_what_they_say(shown: Shown, expected: list[int]) -> None:
    """A filter lists what is old enough and, by use, has no known run since; what is in use is listed but by one."""
    now = show(shown, NOW.timestamp())(used(367, {31: 5, 91: 80, 89: 10}, deployed=(29,)))
    assert [n for n in listed(now) if n in (0, 29, 31, 89, 91, 364, 366)] == expected


def test_a_list_by_use_waits_until_use_is_known() -> None:
    """While last use is not known, an order or filter by it changes nothing: pages stay as they are when it comes."""
    now = picking(25)
    assert sort(Order.LAST_RUN)(now) == now
    assert show(Shown.UNUSED_90, NOW.timestamp())(now) == now


def test_another_list_begins_at_its_first_page() -> None:
    """Another order or filter shows its first page."""
    now = replace(used(45, {}), page=3)
    assert sort(Order.OLDEST)(now).page == 0
    assert show(Shown.OLDER_30, NOW.timestamp())(now).page == 0
