"""What is known of targets beside what they are."""

from __future__ import annotations

from bot.refs import ModelRef
from bot.requests.request import Target
from bot.requests.run_facts import RECENT, RecentRuns, RunFacts, RunReach, TargetFacts

FLUX = ModelRef("acme", "flux")
NOW = 1_767_225_600.0
MODEL, OLD, NEW = Target(2, FLUX), Target(0, FLUX, "1" * 64), Target(1, FLUX, "2" * 64)


def test_a_run_counts_as_recent_up_to_a_week_before() -> None:
    """A run a week before the request is told first, one a second earlier is not; a later one is, too."""
    facts = RunFacts(None, {0: TargetFacts(NOW - RECENT - 1, 1), 1: TargetFacts(NOW - RECENT, 1)})
    assert facts.recent([OLD, NEW], NOW) == RecentRuns(1, 2, are_versions=True, newest_at=NOW - RECENT)
    assert facts.recent([OLD], NOW) is None
    later = RunFacts(None, {0: TargetFacts(NOW + 60, 1)})
    assert later.recent([OLD], NOW) == RecentRuns(1, 1, are_versions=True, newest_at=NOW + 60)


def test_a_model_is_not_counted_beside_its_versions() -> None:
    """A model that goes with its versions adds neither a recent run nor predictions; alone it is what was run."""
    facts = RunFacts(None, {1: TargetFacts(NOW, 3), 2: TargetFacts(NOW, 5)})
    assert facts.recent([NEW, MODEL], NOW) == RecentRuns(1, 1, are_versions=True, newest_at=NOW)
    assert facts.runs_of_versions([NEW, MODEL]) == 3
    assert facts.recent([MODEL], NOW) == RecentRuns(1, 1, are_versions=False, newest_at=NOW)


def test_a_run_of_a_version_that_is_not_told_may_be_its_own() -> None:
    """Only a later run than the newest known one matters; one that is earlier changes nothing."""
    assert TargetFacts(hidden_run_at=5.0).may_have_run_at == 5.0
    assert TargetFacts(last_run_at=4.0, hidden_run_at=5.0).may_have_run_at == 5.0
    assert TargetFacts(last_run_at=6.0, hidden_run_at=5.0).may_have_run_at is None


def test_facts_are_final_once_no_run_is_missing() -> None:
    """Neither facts of which nothing was read nor those with a gap are final."""
    assert not RunFacts().is_final
    assert not RunFacts(RunReach(0.0, is_complete=True, runs_seen=0, missing_since=9.0)).is_final
    assert RunFacts(RunReach(0.0, is_complete=True, runs_seen=0)).is_final
