"""What is shown of each target of a request: nothing but what both places confirm is told as erased."""

from __future__ import annotations

from itertools import product

import pytest

from bot.refs import ModelRef
from bot.requests.receipt import TargetReceipt, TargetTimes, Verdict
from bot.requests.request import State, Target, TargetState

FLUX = ModelRef("acme", "flux")
MOMENTS = (None, 5.0)

OTHERWISE = {
    TargetState.PLANNED: Verdict.OPEN,
    TargetState.ACCEPTED: Verdict.OPEN,
    TargetState.DELETED: Verdict.UNRECORDED,
    TargetState.ALREADY_GONE: Verdict.VANISHED,
    TargetState.REFUSED: Verdict.REFUSED,
    TargetState.FAILED: Verdict.FAILED,
    TargetState.SKIPPED: Verdict.NOT_SENT,
    TargetState.NOT_REACHED: Verdict.STOPPED,
    TargetState.KEPT: Verdict.KEPT,
}
"""What is shown of a target without any times, in a request that goes on."""


@pytest.mark.parametrize("state", TargetState)
def test_each_state_without_times_has_its_verdict(state: TargetState) -> None:
    """Every state of a target has a verdict, and without times none of them is that it was erased."""
    assert TargetReceipt(Target(0, FLUX, "v1", state=state), TargetTimes()).verdict(State.DELETING) is OTHERWISE[state]


@pytest.mark.parametrize("state", TargetState)
def test_only_what_was_deleted_and_left_both_places_is_erased(state: TargetState) -> None:
    """Whatever the times, only a deletion that was accepted, and that both places confirm, is told as erased."""
    for request, times in product(State, product(MOMENTS, repeat=6)):
        sent, accepted, ended, by_list, by_address, again = times
        one = TargetReceipt(
            Target(0, FLUX, "v1", state=state, was_sent=sent is not None),
            TargetTimes(sent, accepted, ended, by_list, by_address, again),
        )
        is_erased = one.verdict(request) is Verdict.ERASED
        was_accepted = accepted is not None or ended is not None
        assert is_erased == (
            state is TargetState.DELETED and was_accepted and by_list is not None and by_address is not None
        )


def test_what_was_never_begun_is_told_once_the_request_has_ended() -> None:
    """A target that is still planned when its request has ended was never asked to be deleted."""
    one = TargetReceipt(Target(0, FLUX), TargetTimes())
    assert {state: one.verdict(state) for state in State if state.is_end} == dict.fromkeys(
        (state for state in State if state.is_end), Verdict.NOT_BEGUN
    )


@pytest.mark.parametrize(
    ("times", "verdict"),
    [
        (TargetTimes(1.0, 2.0, 3.0), Verdict.UNRECORDED),
        (TargetTimes(1.0, 2.0, 3.0, asked_again_at=9.0), Verdict.UNCONFIRMED),
        (TargetTimes(1.0, 2.0, 3.0, list_gone_at=3.0), Verdict.UNCONFIRMED),
        (TargetTimes(1.0, 2.0, 3.0, address_gone_at=3.0, asked_again_at=9.0), Verdict.UNCONFIRMED),
        (TargetTimes(1.0, 2.0, 3.0, 3.0, 4.0), Verdict.ERASED),
        (TargetTimes(1.0, None, 3.0, 3.0, 4.0), Verdict.ERASED),
    ],
)
def test_a_deleted_target_is_told_by_what_was_recorded(times: TargetTimes, verdict: Verdict) -> None:
    """One place alone does not do, and what an earlier version did not record is told as that.

    A DELETE that a 204 answers was accepted when the target ended.
    """
    assert TargetReceipt(Target(0, FLUX, "v1", state=TargetState.DELETED), times).verdict(State.FINISHED) is verdict
