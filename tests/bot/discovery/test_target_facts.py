"""What is stored and what was read since become what is told about targets."""

from __future__ import annotations

from bot.discovery.target_facts import facts_of
from bot.inventory.known_runs import KnownRuns, StoredRuns
from bot.inventory.new_runs import NewRuns
from bot.inventory.run_reading import Run, RunReading
from bot.refs import ModelRef
from bot.requests.request import Target
from bot.requests.run_facts import RunFacts, RunReach, TargetFacts

V1, V2 = "1" * 64, "2" * 64
FLUX = ModelRef("Acme", "Flux")
TARGETS = (Target(0, FLUX, V1), Target(1, FLUX, V2), Target(2, FLUX))
READ = RunReading(since=10.0, is_complete=False, runs_seen=5, read_to=800.0)
STORED = StoredRuns(
    READ,
    KnownRuns(10.0, runs_seen=5, newest={V1: 700.0}, counts={V1: 4}),
    KnownRuns(10.0, runs_seen=5, newest={"Acme/Flux": 700.0}, counts={"Acme/Flux": 4}),
)
PAGE = [Run("a", V1, "flux", 900.0), Run("b", V2, "flux", 850.0)]


def told(stored: StoredRuns, new: NewRuns, *, is_last_try: bool = False) -> RunFacts:
    return facts_of("acme", TARGETS, stored, new, is_last_try=is_last_try)


def test_nothing_stored_and_nothing_read_is_not_known() -> None:
    """Then it is not said that anything was never run."""
    facts = told(StoredRuns(), NewRuns(RunReading()))
    assert facts.reach is None
    assert facts.of(TARGETS[0]) == TargetFacts()


def test_what_was_read_is_added_to_what_is_stored() -> None:
    """Versions and models have their runs of both, the newest first, whatever the case of the account's name."""
    facts = told(STORED, NewRuns(READ).after(PAGE, is_last=True, asked_at=1000.0))
    assert facts.reach == RunReach(10.0, is_complete=False, runs_seen=7)
    assert [facts.of(target) for target in TARGETS] == [
        TargetFacts(900.0, 5),
        TargetFacts(850.0, 1),
        TargetFacts(900.0, 6),
    ]


def test_a_gap_is_told() -> None:
    """Where Replicate did not tell everything since, runs may be missing from the end of what is stored on."""
    assert told(STORED, NewRuns(READ)).reach == RunReach(10.0, is_complete=False, runs_seen=5, missing_since=800.0)
    partly = NewRuns(READ).after(PAGE, is_last=False, asked_at=1000.0)
    facts = told(STORED, partly)
    assert facts.reach == RunReach(10.0, is_complete=False, runs_seen=7, missing_since=800.0)
    assert facts.of(TARGETS[1]).last_run_at == 850.0


def test_a_gap_that_nobody_will_read_is_where_known_runs_begin() -> None:
    """After the last try, only what is above the gap is said to be known."""
    partly = NewRuns(READ).after(PAGE, is_last=False, asked_at=1000.0)
    assert told(STORED, partly, is_last_try=True).reach == RunReach(850.0, is_complete=False, runs_seen=7)


def test_without_anything_stored_what_was_read_is_known() -> None:
    """The beginning of what is known is the oldest prediction that was read, or the moment of asking if none is."""
    some = NewRuns(RunReading()).after(PAGE, is_last=False, asked_at=1000.0)
    assert told(StoredRuns(), some).reach == RunReach(850.0, is_complete=False, runs_seen=2)
    none = NewRuns(RunReading()).after([], is_last=True, asked_at=1000.0)
    assert told(StoredRuns(), none).reach == RunReach(1000.0, is_complete=True, runs_seen=0)


def test_a_run_whose_version_is_hidden_may_be_any_of_its_model() -> None:
    """It may be one of each version; where the model is hidden too, it may be one of every model."""
    hidden = NewRuns(RunReading()).after([Run("a", "", "flux", 900.0)], is_last=True, asked_at=1000.0)
    facts = told(StoredRuns(), hidden)
    assert [facts.of(t).hidden_run_at for t in TARGETS] == [900.0, 900.0, None]
    assert facts.of(TARGETS[2]).last_run_at == 900.0
    stored = StoredRuns(READ, hidden={"": 950.0, "Acme/Flux": 940.0})
    assert [told(stored, NewRuns(READ)).of(t).hidden_run_at for t in TARGETS] == [950.0, 950.0, 950.0]


def test_models_of_others_have_no_known_runs() -> None:
    """The account's runs of a model of the same name by another owner are not told as this one's."""
    theirs = (Target(0, ModelRef("globex", "flux")),)
    new = NewRuns(RunReading()).after(PAGE, is_last=True, asked_at=1000.0)
    assert facts_of("acme", theirs, StoredRuns(), new).of(theirs[0]) == TargetFacts()
