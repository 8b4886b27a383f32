"""Undo until deleting begins, and Stop afterwards: who may, and what comes of it in each state."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.requests.policy import Approvers
from bot.requests.request import UNDER_WAY, Event, Request, State
from bot.requests.stopping import stop, undo
from bot.requests.terms import Terms
from bot.requests.transitions import Changed, Refusal, TransitionResult, Unchanged, approved

NOW = 1_000.25
ASKED = Request(
    id="R-7KQ2M",
    state=State.AWAITING,
    requester="UANA",
    team_id="T1",
    origin_channel="COPS",
    account="acme",
    terms=Terms(1, Approvers.parse("UBEN"), undo_for=600.0),
    digest="",
    created_at=0.0,
    requested_at=0.0,
    expires_at=NOW + 30,
)
WAITING = approved(ASKED, NOW)


def refusal(result: TransitionResult) -> Refusal | None:
    return result.refusal if isinstance(result, Unchanged) else None


def test_deleting_begins_at_one_whole_second_after_the_time_to_undo() -> None:
    """The moment at which deleting begins is no sooner than the time to undo, and one that Slack can show exactly."""
    assert (WAITING.state, WAITING.decided_at, WAITING.begins_at) == (State.APPROVED, NOW, 1_601.0)


def test_the_time_left_counts_from_when_deleting_begins() -> None:
    """An approved request does not expire while it can be undone, however little time it had left."""
    assert WAITING.begins_at is not None
    assert WAITING.expires_at - WAITING.begins_at == 30


def test_without_time_to_undo_nothing_waits() -> None:
    """Without time to undo a request has no such moment, and expires when it would have."""
    at_once = approved(replace(ASKED, terms=Terms(1, Approvers.parse("UBEN"))), NOW)
    assert (at_once.state, at_once.begins_at, at_once.expires_at) == (State.APPROVED, None, ASKED.expires_at)
    assert not at_once.may_be_undone


@pytest.mark.parametrize(("by", "decides"), [("UANA", False), ("UBEN", True)])
@pytest.mark.parametrize("at", [NOW, 1_601.0, 9_999.0])
def test_the_requester_and_approvers_can_undo_until_it_was_claimed(by: str, decides: bool, at: float) -> None:  # noqa: FBT001 - parametrised
    """Undo counts while nothing has begun, also after the moment that was told; it ends the request for good."""
    result = undo(by, decides=decides)(WAITING, at)
    assert isinstance(result, Changed)
    assert result.event is Event.UNDONE
    undone = result.request
    assert (undone.state, undone.undone_by, undone.finished_at) == (State.WITHDRAWN, by, at)
    assert refusal(undo(by, decides=decides)(undone, at)) is Refusal.NO_LONGER_OPEN


def test_nobody_else_can_undo() -> None:
    """Somebody who neither asked nor may decide cannot undo."""
    assert refusal(undo("UDAN", decides=False)(WAITING, NOW)) is Refusal.NOT_YOURS_TO_UNDO


@pytest.mark.parametrize("state", State)
def test_undo_says_why_it_comes_too_late(state: State) -> None:
    """Once a request was claimed, or was never given time to undo, deleting has begun; one that is over stays over."""
    given_no_time = replace(WAITING, state=state, begins_at=None)
    expected = Refusal.DELETING_HAS_BEGUN if state in UNDER_WAY else Refusal.NO_LONGER_OPEN
    assert refusal(undo("UANA", decides=False)(given_no_time, NOW)) is expected
    if state is not State.APPROVED:
        assert refusal(undo("UANA", decides=False)(replace(WAITING, state=state), NOW)) is expected


def test_undo_of_what_is_stopping_says_that_it_is() -> None:
    """Undo once somebody has pressed Stop says that it is stopping already."""
    stopping = replace(WAITING, state=State.DELETING, stopping=True)
    assert refusal(undo("UANA", decides=False)(stopping, NOW)) is Refusal.ALREADY_STOPPING


def test_stop_before_deleting_begins_undoes_it() -> None:
    """Stop where nothing has begun is the same as Undo, so that nothing is left to be carried out."""
    result = stop("UBEN", decides=True)(WAITING, NOW)
    assert isinstance(result, Changed)
    assert (result.event, result.request.state, result.request.undone_by) == (Event.UNDONE, State.WITHDRAWN, "UBEN")


@pytest.mark.parametrize("state", UNDER_WAY)
def test_stop_once_deleting_begins_stops_it(state: State) -> None:
    """Stop of a request that cannot be undone any more says who stopped it, once."""
    result = stop("UANA", decides=False)(replace(WAITING, state=state, begins_at=None), NOW)
    assert isinstance(result, Changed)
    assert (result.event, result.request.stopping, result.request.stopped_by) == (Event.STOPPED, True, "UANA")
    assert refusal(stop("UBEN", decides=True)(result.request, NOW)) is Refusal.ALREADY_STOPPING
