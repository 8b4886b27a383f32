"""What the log and the metrics are told of an entry of the audit trail."""

from __future__ import annotations

import pytest

from bot.refs import ModelRef
from bot.requests.decisions import Actor
from bot.requests.keep_note import KeepNote
from bot.requests.outcomes import Outcome
from bot.requests.recorded import Recorded, Standing
from bot.requests.request import Event, State, Target, TargetState
from bot.requests.target_entries import kept_detail, read_ended, taken_out_detail

BEN = Actor("UBEN", "TACME", "COPS")
SECRET = "told in confidence"
TARGET = Target(0, ModelRef("acme", "flux"), "f" * 64, 0.0)
NOTE = KeepNote("UBEN", SECRET, None)
"""Made at 10, confirmed at 20, decided at 50, claimed at 90, and over at 170."""
MOMENTS = (10.0, 20.0, 50.0, 90.0, 170.0)


def standing(state: State, known: int, now: float) -> Standing:
    """Return how a request stands for which the first `known` of its moments have come."""
    made, *later = [moment if number < known else None for number, moment in enumerate(MOMENTS)]
    assert made is not None
    return Standing(state, 3, 1, now, (made, *later))  # type: ignore[arg-type]  # the other four


@pytest.mark.parametrize(
    ("event", "state", "known", "now", "since_request", "since_previous"),
    [
        (Event.ASKED, State.AWAITING, 2, 20.0, 0.0, 10.0),
        (Event.CANCELLED, State.WITHDRAWN, 1, 15.0, None, 5.0),
        (Event.APPROVED, State.AWAITING, 2, 40.0, 20.0, 20.0),
        (Event.APPROVED, State.APPROVED, 3, 50.0, 30.0, 30.0),
        (Event.CLICK_REFUSED, State.APPROVED, 3, 60.0, 40.0, 10.0),
        (Event.STARTED, State.DELETING, 4, 90.0, 70.0, 40.0),
        (Event.TARGET_ENDED, State.DELETING, 4, 100.0, 80.0, 10.0),
        (Event.FINISHED, State.FINISHED, 5, 170.0, 150.0, 80.0),
        (Event.LIFT_ASKED, State.FINISHED, 5, 200.0, 180.0, 30.0),
    ],
)
def test_durations_are_since_the_request_and_since_what_was_before(
    event: Event, state: State, known: int, now: float, since_request: float | None, since_previous: float
) -> None:
    """An entry tells the seconds since the request, if there was one, and since the state before."""
    facts = Recorded(event, "R-1", None, "", standing(state, known, now)).facts
    assert (facts.get("since_request"), facts["since_previous"]) == (since_request, since_previous)


def test_a_clock_that_was_set_back_makes_no_negative_duration() -> None:
    """While the database's clock is behind what is stored, durations are 0."""
    facts = Recorded(Event.STARTED, "R-1", None, "", standing(State.DELETING, 4, 5.0)).facts
    assert (facts["since_request"], facts["since_previous"]) == (0.0, 0.0)


@pytest.mark.parametrize("state", list(TargetState))
def test_how_a_target_ended_is_read_from_its_entry(state: TargetState) -> None:
    """The entry of a target names it and how it ended, with or without a reason, which is left out."""
    for reason in ("", "Replicate: failed (deleted)"):
        detail = str(Outcome(TARGET, state, reason))
        assert read_ended(detail) == (str(TARGET), state)
        entry = Recorded(Event.TARGET_ENDED, "R-1", None, detail)
        assert entry.facts == {"request": "R-1", "target": str(TARGET), "outcome": state}


@pytest.mark.parametrize(
    ("event", "detail"),
    [
        (Event.ASKED, f"1 target, digest abc; reason: {SECRET}"),
        (Event.APPROVED, f"1 of 1 approvals; comment: {SECRET}"),
        (Event.REJECTED, SECRET),
        (Event.GLASS_BROKEN, f"missing: none; reason: {SECRET}"),
        (Event.KEEP_PLACED, kept_detail(TARGET, NOTE)),
        (Event.LIFT_ASKED, f"acme/flux; reason: {SECRET}"),
        (Event.TARGET_ENDED, str(Outcome(TARGET, TargetState.KEPT, SECRET, NOTE))),
    ],
)
def test_reasons_of_people_are_no_facts(event: Event, detail: str) -> None:
    """Whatever an entry holds of a reason, the facts for the log have none of it."""
    facts = Recorded(event, "R-1", BEN, detail, standing(State.AWAITING, 2, 30.0)).facts
    assert SECRET not in str(facts)
    assert (facts["user"], facts["team"], facts["channel"]) == ("UBEN", "TACME", "COPS")


def test_what_is_taken_out_is_named() -> None:
    """The entry of a target that was taken out, with a keep or because of one, names it."""
    for event, detail in (
        (Event.KEEP_PLACED, kept_detail(TARGET, NOTE)),
        (Event.TAKEN_OUT, taken_out_detail(TARGET, "all its versions are kept")),
    ):
        assert Recorded(event, "R-1", BEN, detail).facts["target"] == str(TARGET)


def test_outcomes_are_facts_of_their_own() -> None:
    """A finished request tells the number of its targets in each state, one fact each."""
    counts = {TargetState.DELETED: 2, TargetState.NOT_REACHED: 1}
    done = Standing(State.STOPPED, 3, 1, 170.0, MOMENTS, counts)
    facts = Recorded(Event.FINISHED, "R-1", None, "stopped", done).facts
    assert (facts["deleted"], facts["not_reached"], facts["state"]) == (2, 1, "stopped")


def test_only_what_decides_is_a_decision() -> None:
    """A request is decided with its last approval, its rejection, or a confirmation that nothing is missing for."""
    decided = {
        (event, state)
        for event in Event
        for state in State
        if Recorded(event, "R-1", BEN, "", standing(state, 3, 60.0)).is_decision
    }
    with_approval = {(event, State.APPROVED) for event in (Event.ASKED, Event.APPROVED, Event.GLASS_BROKEN)}
    assert with_approval | {(Event.REJECTED, State.REJECTED)} <= decided
    assert {state for _, state in decided} == {State.APPROVED, State.REJECTED}


def test_an_entry_about_no_request_has_no_standing() -> None:
    """An entry that is about no request tells who did it, and nothing of any request."""
    entry = Recorded(Event.FINISHED, None, BEN, "")
    assert (entry.ended_as, entry.is_decision, set(entry.facts)) == (None, False, {"user", "team", "channel"})
