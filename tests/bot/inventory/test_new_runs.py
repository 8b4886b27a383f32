"""Predictions newer than those that are stored are added, each once."""

from __future__ import annotations

from collections.abc import Sequence

from bot.inventory.new_runs import NewRuns
from bot.inventory.run_reading import OVERLAP, Run, RunReading, after_page

NOW = 10_000.0
V1, V2 = "1" * 64, "2" * 64


def read(*runs: Run, before: RunReading | None = None, is_last: bool = True) -> RunReading:
    """Return the stored reading after one more page."""
    return after_page(before or RunReading(), runs, is_last=is_last, asked_at=NOW).reading


def counts(new: NewRuns, page: Sequence[Run], *, is_last: bool = True) -> dict[str, int]:
    """Return how many runs of each version are added by a page."""
    after = new.after(page, is_last=is_last, asked_at=NOW)
    return {version: count for (version, _), count in after.counts.items()}


def test_without_anything_stored_all_pages_count() -> None:
    """What Replicate lists is known from its oldest prediction on, and completely once it lists no more."""
    new = NewRuns(RunReading())
    assert new.read_from is None
    first = new.after([Run("a", V1, "flux", 90.0), Run("b", V1, "flux", 80.0)], is_last=False, asked_at=NOW)
    assert (first.oldest, first.has_ended, first.has_joined) == (80.0, False, False)
    second = first.after([Run("b", V1, "flux", 80.0), Run("c", V2, "", 70.0)], is_last=True, asked_at=NOW + 1)
    assert (second.oldest, second.has_ended, second.asked_at) == (70.0, True, NOW)
    assert dict(second.counts) == {(V1, "flux"): 2, (V2, ""): 1}
    assert dict(second.newest) == {(V1, "flux"): 90.0, (V2, ""): 70.0}


def test_what_is_stored_is_not_counted_again() -> None:
    """The list overlaps with what is stored: of those in it, only one that was listed late is added."""
    stored = read(Run("a", V1, "flux", 900.0), Run("b", V1, "flux", 890.0))
    new = NewRuns(stored)
    assert new.read_from == 900.0 - OVERLAP
    page = [
        Run("new", V2, "flux", 950.0),
        Run("a", V1, "flux", 900.0),
        Run("late", V1, "flux", 895.0),
        Run("b", V1, "flux", 890.0),
        Run("older", V1, "flux", 800.0),
    ]
    assert counts(new, page) == {V2: 1, V1: 1}
    assert new.after(page, is_last=False, asked_at=NOW).has_joined


def test_a_reading_in_progress_is_added_to() -> None:
    """While a reading has come from its beginning down to somewhere, what is above and what is below it are new."""
    stored = read(Run("old", V1, "flux", 100.0))
    reading = read(Run("top", V1, "flux", 900.0), Run("low", V1, "flux", 500.0), before=stored, is_last=False)
    new = NewRuns(reading)
    assert new.read_from == 100.0 - OVERLAP
    page = [
        Run("above", V2, "flux", 950.0),
        Run("top", V1, "flux", 900.0),
        Run("within", V1, "flux", 700.0),
        Run("low", V1, "flux", 500.0),
        Run("below", V2, "flux", 400.0),
        Run("old", V1, "flux", 100.0),
    ]
    assert counts(new, page) == {V2: 2}


def test_the_first_reading_in_progress_is_joined_at_its_beginning() -> None:
    """Nothing has to be read below the beginning of the first reading, which goes on by itself."""
    reading = read(Run("top", V1, "flux", 900.0), Run("low", V1, "flux", 500.0), is_last=False)
    new = NewRuns(reading)
    assert new.read_from == 900.0 - OVERLAP
    assert counts(new, [Run("above", V2, "flux", 950.0), Run("top", V1, "flux", 900.0)]) == {V2: 1}


def test_runs_of_others_and_runs_without_a_date() -> None:
    """Models of others are not counted; a run without a date is taken for as old as the one listed before it."""
    page = [
        Run("a", V1, "flux", 90.0),
        Run("b", V2, "flux", None),
        Run("c", V1, "", 80.0, is_own=False),
    ]
    after = NewRuns(RunReading()).after(page, is_last=True, asked_at=NOW)
    assert dict(after.newest) == {(V1, "flux"): 90.0, (V2, "flux"): 90.0}
    undated = NewRuns(RunReading()).after([Run("a", V1, "flux", None)], is_last=True, asked_at=NOW)
    assert dict(undated.newest) == {(V1, "flux"): NOW}


def test_an_account_without_predictions_is_known_completely() -> None:
    """An empty list says that nothing was ever run."""
    after = NewRuns(RunReading()).after([], is_last=True, asked_at=NOW)
    assert (after.oldest, after.asked_at, after.has_ended) == (None, NOW, True)
