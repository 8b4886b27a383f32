"""Who may end a keep, and with how many approvals."""

from __future__ import annotations

from dataclasses import replace

from bot.refs import ModelRef
from bot.requests.keeps import Keep
from bot.requests.lifts import Lift, LiftRefusal, LiftState, approve_lift, missing, reject_lift
from bot.requests.policy import Approvers
from bot.requests.terms import Requirement, Terms

KEEP = Keep("k1", "acme", ModelRef("acme", "flux"), "v1", "UBEN", "compared", 500.0, 0.0, "R-AAAAA")
LIFT = Lift("l1", KEEP, "UANA", "done", 0.0, 100.0, "COPS")
ONE, TWO = (Terms(count, Approvers(everyone=True)) for count in (1, 2))


BASE = frozenset({ONE.base.key})
NOTHING: frozenset[str] = frozenset()


def approved(lift: Lift, by: str, terms: Terms, now: float = 1.0, **verified: frozenset[str]) -> Lift:
    after = approve_lift(by, verified, terms, counts_for=BASE)(lift, now)
    assert isinstance(after, Lift)
    return after


def test_no_approvals_required_still_means_one_by_somebody_else() -> None:
    """Where deletions need no approval, a lift needs one all the same, and not by the one who asked."""
    none = Terms(0, Approvers(everyone=True))
    assert approve_lift("UANA", {}, none, counts_for=BASE)(LIFT, 1.0) is LiftRefusal.OWN
    assert approved(LIFT, "UBEN", none).state is LiftState.LIFTED


def test_who_may_approve_their_own_requests_may_lift_what_they_asked_for() -> None:
    """Where self-approval is allowed, the one who asked may approve."""
    assert approved(LIFT, "UANA", replace(ONE, self_approval=True)).state is LiftState.LIFTED


def test_two_approvals_are_of_two_people_who_still_may() -> None:
    """Nobody approves twice, and an approval no longer counts once its approver may not approve any more."""
    first = approved(LIFT, "UBEN", TWO)
    assert first.state is LiftState.ASKED
    assert approve_lift("UBEN", {"UBEN": BASE}, TWO, counts_for=BASE)(first, 1.0) is LiftRefusal.ALREADY_APPROVED_BY_YOU
    assert approve_lift("UCHLOE", {}, TWO, counts_for=BASE)(first, 1.0) is LiftRefusal.UNVERIFIED
    assert approved(first, "UCHLOE", TWO, UBEN=NOTHING).approved_by == ("UCHLOE",)
    lifted = approved(first, "UCHLOE", TWO, UBEN=BASE)
    assert (lifted.state, lifted.decided_by) == (LiftState.LIFTED, "UCHLOE")


def test_each_requirement_of_what_is_kept_has_to_be_met() -> None:
    """Where a policy file asks for others' approval too, theirs and that of the base are needed, or one for both."""
    prod = Requirement(Approvers.parse("SPROD"), 1)
    both = replace(ONE, further=(prod,))
    first = approved(LIFT, "UBEN", both)
    assert first.state is LiftState.ASKED
    assert missing(both, {"UBEN": BASE}, first.approved_by) == {prod: 1}
    step = approve_lift("UCHLOE", {"UBEN": BASE}, both, counts_for={prod.key})
    assert step(first, 1.0) == replace(
        first, state=LiftState.LIFTED, approved_by=("UBEN", "UCHLOE"), decided_by="UCHLOE"
    )
    alone = approve_lift("UCHLOE", {}, both, counts_for={*BASE, prod.key})(LIFT, 1.0)
    assert isinstance(alone, Lift)
    assert alone.state is LiftState.LIFTED


def test_nothing_is_decided_once_it_is_over() -> None:
    """After its time, after the keep has lapsed, and after a decision, a click changes nothing."""
    for lift, now in ((LIFT, 100.0), (replace(LIFT, expires_at=900.0), 500.0)):
        assert approve_lift("UBEN", {}, ONE, counts_for=BASE)(lift, now) is LiftRefusal.NO_LONGER_OPEN
        assert reject_lift("UBEN")(lift, now) is LiftRefusal.NO_LONGER_OPEN
    rejected = reject_lift("UBEN")(LIFT, 1.0)
    assert isinstance(rejected, Lift)
    assert rejected.state is LiftState.REJECTED
    assert approve_lift("UCHLOE", {}, ONE, counts_for=BASE)(rejected, 1.0) is LiftRefusal.NO_LONGER_OPEN
