"""Every prediction is counted once, however the list is cut into pages and readings."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.inventory.run_reading import MAX_FIRST_PAGES, OVERLAP, GoesBack, Run, RunReading, after_page

NOW = 1_000_000.0


def run(at: float | None, id_: str = "", version: str = "v") -> Run:
    return Run(id_ or f"p{at}", version, "flux", at)


def listed(account: list[Run], after: float | None) -> list[Run]:
    """Return what Replicate lists, the newest first."""
    runs = [one for one in account if after is None or one.at is None or one.at >= after]
    return sorted(runs, key=lambda one: (one.at or 0.0, one.id), reverse=True)


def read(before: RunReading, account: list[Run], size: int, counts: Counter[str], at: float = NOW) -> RunReading:
    """Read the account's predictions once, add them to the counts, and return the state after it."""
    runs = listed(account, before.created_after)
    pages = [runs[start : start + size] for start in range(0, len(runs), size)] or [[]]
    for number, page in enumerate(pages):
        read_page = after_page(before, page, is_last=number == len(pages) - 1, asked_at=at)
        counts.update({tally.version_id: tally.runs for tally in read_page.tallies})
        before = RunReading(**json.loads(json.dumps(asdict(read_page.reading))))
        if read_page.has_ended:
            return before
    raise AssertionError


moments = st.lists(st.integers(0, 300).map(float), max_size=12)


@given(readings=st.lists(moments, min_size=1, max_size=4), size=st.integers(1, 5))
def test_every_prediction_is_counted_once(readings: list[list[float]], size: int) -> None:
    """Whatever the dates, also equal ones and some a little older than what was read, the counts are exact."""
    account: list[Run] = []
    counts: Counter[str] = Counter()
    state, earliest = RunReading(), 0.0
    for number, batch in enumerate(readings):
        account += [run(earliest + at, f"{number}-{n}", f"v{n % 3}") for n, at in enumerate(batch)]
        state = read(state, account, size, counts)
        # Later ones may be listed late, but by less than the overlap.
        earliest = max(0.0, (state.read_to or 0.0) - OVERLAP)
    assert counts == Counter(one.version_id for one in account)
    assert state.runs_seen == len(account)


def test_the_first_reading_is_limited_and_later_ones_are_not() -> None:
    """The first reading goes back 200 pages, and says since when runs are known; a later one reads all that is new."""
    counts: Counter[str] = Counter()
    old = [run(float(n)) for n in range(500)]
    state = read(RunReading(), old, 2, counts)
    assert (counts["v"], state.since, state.is_complete) == (2 * MAX_FIRST_PAGES, 100.0, False)
    new = [run(1000.0 + n) for n in range(500)]
    state = read(state, old + new, 2, counts)
    assert (counts["v"], state.since, state.is_complete) == (2 * MAX_FIRST_PAGES + 500, 100.0, False)


def test_an_account_without_predictions() -> None:
    """Where there are none, all is known from then on."""
    counts: Counter[str] = Counter()
    state = read(RunReading(), [], 2, counts)
    assert (state.since, state.is_complete, state.runs_seen) == (NOW, True, 0)
    state = read(state, [run(NOW + 1)], 2, counts)
    assert (state.since, state.is_complete, counts["v"]) == (NOW, True, 1)


def test_what_is_known_while_the_first_reading_is_in_progress() -> None:
    """After each page it is known since the oldest prediction on it."""
    first = after_page(RunReading(), [run(9.0), run(8.0)], is_last=False, asked_at=NOW).reading
    assert first.known_since == 8.0
    assert RunReading().known_since is None


def test_predictions_without_a_date() -> None:
    """A prediction without a date counts as made no later than the one before it, and is counted once."""
    counts: Counter[str] = Counter()
    page = [run(None, "a"), run(50.0), run(None, "b"), run(40.0)]
    tally = after_page(RunReading(), page, is_last=True, asked_at=NOW).tallies[0]
    assert (tally.runs, tally.newest_at) == (4, 50.0)
    only = [run(None, "c", "w")]
    state = read(RunReading(), only, 2, counts)
    state = read(state, only, 2, counts, at=NOW + 1000)
    state = read(state, only, 2, counts, at=NOW + 2000)
    assert counts["w"] == 1


def test_predictions_without_ids() -> None:
    """Without ids, only those that are later than what was read are counted by a later reading."""
    page = [Run("", "v", "flux", 50.0), Run("", "v", "flux", 50.0)]
    first = after_page(RunReading(), page, is_last=True, asked_at=NOW)
    later = after_page(first.reading, [Run("", "v", "flux", 51.0), *page], is_last=True, asked_at=NOW)
    assert (first.tallies[0].runs, later.tallies[0].runs) == (2, 1)


def test_a_page_that_repeats_the_end_of_the_one_before() -> None:
    """What was on the page before is not counted again."""
    first = after_page(RunReading(), [run(9.0), run(8.0)], is_last=False, asked_at=NOW).reading
    assert after_page(first, [run(8.0), run(7.0)], is_last=True, asked_at=NOW).tallies[0].runs == 1


def test_a_list_that_leads_back_to_its_beginning() -> None:
    """A page newer than the whole reading before it is not counted: the list would never end."""
    first = after_page(RunReading(), [run(9.0), run(8.0)], is_last=False, asked_at=NOW).reading
    with pytest.raises(GoesBack):
        after_page(first, [run(11.0), run(10.0)], is_last=False, asked_at=NOW)


def test_a_page_that_was_read_before_and_is_not_the_last() -> None:
    """A page of nothing but what was on the one before, or of nothing, is not counted unless it is the last."""
    first = after_page(RunReading(), [run(9.0), run(8.0)], is_last=False, asked_at=NOW).reading
    for page in ([run(9.0), run(8.0)], [run(8.0)], []):
        with pytest.raises(GoesBack):
            after_page(first, page, is_last=False, asked_at=NOW)
        assert after_page(first, page, is_last=True, asked_at=NOW).tallies == ()


def test_a_prediction_dated_in_the_future() -> None:
    """A prediction whose date is still to come is counted once, and hides none of those that are made until then."""
    counts: Counter[str] = Counter()
    account = [run(NOW + n * 86_400.0, f"f{n}") for n in range(1, 4)] + [run(NOW - 100.0)]
    state = read(RunReading(), account, 2, counts)
    assert (counts["v"], state.since) == (4, NOW - 100.0)
    assert state.created_after is not None
    assert state.created_after <= NOW
    account += [run(NOW + 30.0), run(NOW + 500.0)]
    state = read(state, account, 2, counts, at=NOW + 600.0)
    assert counts["v"] == 6
    assert read(state, account, 2, counts, at=NOW + 1200.0).read_to == NOW + 1200.0 + OVERLAP
    assert counts["v"] == 6


def test_a_service_that_ignores_created_after() -> None:
    """Where older predictions are listed too, reading ends at the first page that reaches what was read before."""
    state = read(RunReading(), [run(1000.0), run(900.0)], 2, Counter())
    page = after_page(state, [run(2000.0), run(900.0)], is_last=False, asked_at=NOW)
    assert page.has_ended
    assert page.tallies[0].runs == 1
