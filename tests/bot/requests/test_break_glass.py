"""A request carried out without approvals: who may end up there, and what stays as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from bot.requests.break_glass import (
    MIN_REASON_CHARS,
    break_glass,
    is_reason_enough,
    is_to_be_reviewed,
    is_untold,
    sign_off,
    told,
)
from bot.requests.decisions import BreakGlass
from bot.requests.policy import Approvers
from bot.requests.request import Event, Request, State
from bot.requests.terms import Requirement, Terms
from bot.requests.transitions import Changed, Refusal, Transition, Unchanged
from tests.bot.messages.waiting_request import NOW, WAITING

WHY = "the model leaks customer data"
TODAY = WAITING.terms
LEADS = Requirement(Approvers.parse("SLEADS2"), 2)


def after(step: Transition, request: Request, now: float = NOW) -> Request:
    outcome = step(request, now)
    assert isinstance(outcome, Changed), outcome
    return outcome.request


def refused(step: Transition, request: Request, now: float = NOW) -> Refusal:
    outcome = step(request, now)
    assert isinstance(outcome, Unchanged), outcome
    return outcome.refusal


def broken(**changes: object) -> Request:
    request = after(break_glass("UDAN", WHY, TODAY), WAITING)
    return replace(request, **changes)  # type: ignore[arg-type]  # typed by their names


def test_a_waiting_request_is_approved_and_untold() -> None:
    """It is approved by that person, with the reason, and waits for the approvers to be told."""
    outcome = break_glass("UDAN", f"  {WHY.replace(' ', '   ')}\n", TODAY)(WAITING, NOW + 5)
    assert isinstance(outcome, Changed)
    assert outcome.event is Event.GLASS_BROKEN
    assert outcome.request.state is State.APPROVED
    assert outcome.request.decided_at == NOW + 5
    assert outcome.request.break_glass == BreakGlass("UDAN", WHY)
    assert is_untold(outcome.request)
    assert outcome.request.decisions == ()


def test_the_requester_may_be_the_one() -> None:
    """Whoever asked for it may carry it out, if they are among those who may."""
    assert after(break_glass("UANA", WHY, TODAY), WAITING).break_glass == BreakGlass("UANA", WHY)


def test_stricter_terms_of_today_are_stored_with_it() -> None:
    """What the policy requires by now, and the longer time to undo, hold for the request from then on."""
    stricter = Terms(2, TODAY.approvers, further=(LEADS,), undo_for=600)
    request = after(break_glass("UDAN", WHY, stricter), WAITING)
    assert request.terms == WAITING.terms.stricter_with(stricter)
    assert request.begins_at == NOW + 600


@pytest.mark.parametrize("state", [state for state in State if state is not State.AWAITING])
def test_only_a_request_that_waits_for_approval(state: State) -> None:
    """In every other state it is refused: of two clicks at once, one does it."""
    assert refused(break_glass("UDAN", WHY, TODAY), replace(WAITING, state=state)) is Refusal.NO_LONGER_OPEN


def test_after_its_time_it_expires_instead() -> None:
    """A click after the request's time ends it, and nothing is carried out."""
    outcome = break_glass("UDAN", WHY, TODAY)(WAITING, WAITING.expires_at)
    assert isinstance(outcome, Changed)
    assert outcome.event is Event.EXPIRED
    assert outcome.request.break_glass is None


@pytest.mark.parametrize(
    "reason",
    [
        "",
        "x" * (MIN_REASON_CHARS - 1),
        " " * 40,
        "a" + " " * 40 + "b",
        "\u200b" * 40,
        "\u3164" * 40,
        "\u2800" * 40,
        "a" + "\u0301" * 40,
        "\n\t" * 40,
    ],
)
def test_a_reason_that_nobody_could_read_is_too_short(reason: str) -> None:
    """White space, what nobody sees, and marks on one letter do not make a reason longer."""
    assert not is_reason_enough(reason)
    assert refused(break_glass("UDAN", reason, TODAY), WAITING) is Refusal.REASON_MISSING


@pytest.mark.parametrize("reason", ["x" * MIN_REASON_CHARS, "模" * MIN_REASON_CHARS, "🔥" * MIN_REASON_CHARS])
def test_twenty_characters_of_any_script_are_enough(reason: str) -> None:
    """What counts are characters, however many bytes or UTF-16 units they take."""
    assert is_reason_enough(reason)


def test_the_time_to_undo_begins_when_the_approvers_are_told() -> None:
    """Told an hour later, they have as long to undo it as if they had been told at once; it expires as much later."""
    request = after(break_glass("UDAN", WHY, replace(TODAY, undo_for=600)), WAITING)
    known = told(request, NOW + 3600)
    assert known.begins_at == NOW + 3600 + 600
    assert known.expires_at == request.expires_at + 3600
    assert not is_untold(known)


def test_without_a_time_to_undo_it_may_begin_once_they_are_told() -> None:
    """Being told changes no moment where there is nothing to wait for."""
    known = told(broken(), NOW + 3600)
    assert (known.begins_at, known.expires_at) == (None, WAITING.expires_at)


def test_somebody_else_signs_it_off_once_it_has_ended() -> None:
    """It is to be reviewed from the click until an approver other than that person signs it off."""
    ended = broken(state=State.FINISHED)
    assert is_to_be_reviewed(ended)
    outcome = sign_off("UBEN")(ended, NOW)
    assert isinstance(outcome, Changed)
    assert outcome.event is Event.GLASS_REVIEWED
    assert not is_to_be_reviewed(outcome.request)
    assert outcome.request.state is State.FINISHED


REFUSED_SIGN_OFFS: dict[str, tuple[Callable[[], Request], str, Refusal]] = {
    "their own": (lambda: broken(state=State.FINISHED), "UDAN", Refusal.OWN_BREAK_GLASS),
    "while it runs": (lambda: broken(state=State.DELETING), "UBEN", Refusal.NOT_OVER),
    "nothing to review": (lambda: replace(WAITING, state=State.FINISHED), "UBEN", Refusal.NOTHING_TO_REVIEW),
    "reviewed before": (
        lambda: after(sign_off("UCHLOE"), broken(state=State.STOPPED)),
        "UBEN",
        Refusal.ALREADY_REVIEWED,
    ),
}


@pytest.mark.parametrize("case", REFUSED_SIGN_OFFS)
def test_other_sign_offs_change_nothing(case: str) -> None:
    """Nobody signs off their own, nothing is signed off before its end, twice, or without need."""
    request, by, refusal = REFUSED_SIGN_OFFS[case]
    assert refused(sign_off(by), request()) is refusal
