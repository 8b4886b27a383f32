"""What an approval and a confirmation change, by the requirements of a request."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from bot.requests.decisions import NAME_TYPED, Choice, Decision
from bot.requests.policy import Approvers
from bot.requests.request import Event, Request, State
from bot.requests.terms import Requirement, Terms
from bot.requests.transitions import Changed, Confirmation, Refusal, Unchanged, approve, confirm

TEAM, PROD = Approvers(groups=frozenset({"STEAM"})), Approvers(groups=frozenset({"SPROD"}))
BASE, FURTHER = str(TEAM), str(PROD)
ONE_OF_EACH = Terms(1, TEAM, further=(Requirement(PROD, 1),))
REQUEST = Request(
    id="R-AAAAA",
    state=State.AWAITING,
    requester="UANA",
    team_id="T1",
    origin_channel="COPS",
    account="acme",
    terms=ONE_OF_EACH,
    digest="d",
    created_at=0.0,
    expires_at=100.0,
)


def approved(
    request: Request,
    by: str,
    *keys: str,
    today: Terms | None = None,
    verified: Mapping[str, Collection[str]] | None = None,
    name: str = "",
) -> Request:
    terms = request.terms.stricter_with(today or request.terms)
    known = {d.user_id: d.counts_for for d in request.approvals} | dict(verified or {})
    step = approve(by, "T1", known, terms, counts_for=frozenset(keys), typed_name=name)
    after = step(request, 1.0)
    assert isinstance(after, Changed), after
    assert after.event is Event.APPROVED
    return after.request


def refusal_of(request: Request, by: str, *keys: str, today: Terms | None = None) -> Refusal:
    known = {d.user_id: d.counts_for for d in request.approvals}
    after = approve(by, "T1", known, today or request.terms, counts_for=frozenset(keys))(request, 1.0)
    assert isinstance(after, Unchanged), after
    assert after.request == request
    return after.refusal


def test_a_request_is_approved_once_each_requirement_is_met() -> None:
    """What one group approved still needs the other group's approval."""
    first = approved(REQUEST, "UBEN", BASE)
    assert (first.state, first.missing) == (State.AWAITING, {Requirement(PROD, 1): 1})
    second = approved(first, "UCHLOE", FURTHER)
    assert (second.state, second.missing, second.decided_at) == (State.APPROVED, {}, 1.0)


def test_two_of_one_group_are_not_one_of_each() -> None:
    """Any number of approvals of one group does not make up for one that is missing of another."""
    both = approved(approved(REQUEST, "UBEN", BASE), "UCHLOE", BASE)
    assert (both.state, both.missing) == (State.AWAITING, {Requirement(PROD, 1): 1})


def test_one_approval_counts_for_all_that_name_its_giver() -> None:
    """Whoever several requirements name meets each of them by one approval."""
    alone = approved(REQUEST, "UBEN", BASE, FURTHER)
    assert (alone.state, alone.approvals[0].counts_for) == (State.APPROVED, (FURTHER, BASE))


def test_an_approval_stored_before_counts_for_the_base() -> None:
    """An approval of code that knew only the base counts for that, and for nothing else."""
    old = Decision("UBEN", "T1", Choice.APPROVE, 0.5)
    assert replace(REQUEST, decisions=(old,)).missing == {Requirement(PROD, 1): 1}


def test_a_requirement_of_none_still_needs_one() -> None:
    """Where somebody else has to decide, a requirement of no approvals is met by one, and not by none."""
    none = replace(REQUEST, terms=Terms(0, TEAM, further=(Requirement(PROD, 0),)))
    assert none.approvals_missing == 1
    assert approved(none, "UBEN", BASE).state is State.AWAITING


def test_terms_made_stricter_between_two_approvals_hold_from_the_next_on() -> None:
    """What today's policy adds is needed too, and stays with the request when the policy is loosened again."""
    base = replace(REQUEST, terms=Terms(2, TEAM))
    first = approved(base, "UBEN", BASE)
    second = approved(first, "UCHLOE", BASE, today=Terms(1, TEAM, further=(Requirement(PROD, 1),)))
    assert (second.state, second.missing) == (State.AWAITING, {Requirement(PROD, 1): 1})
    assert approved(second, "UDAN", FURTHER, today=Terms(0, TEAM)).state is State.APPROVED


def test_an_earlier_approval_counts_for_what_was_added_if_that_names_its_giver() -> None:
    """Nobody approves twice, so an approval counts for whatever names its giver when it is looked at again."""
    first = approved(replace(REQUEST, terms=Terms(2, TEAM)), "UBEN", BASE)
    stricter = Terms(2, TEAM, further=(Requirement(PROD, 1),))
    second = approved(first, "UCHLOE", BASE, today=stricter, verified={"UBEN": {BASE, FURTHER}})
    assert second.state is State.APPROVED
    assert second.approvals[0].counts_for == (FURTHER, BASE)


def test_an_approval_that_names_nobody_any_more_is_dropped() -> None:
    """An earlier approval counts for what still names its giver, and is dropped once nothing does."""
    first = approved(REQUEST, "UBEN", BASE, FURTHER, today=Terms(2, TEAM))
    less = approved(first, "UCHLOE", BASE, verified={"UBEN": {BASE}})
    assert less.missing == {Requirement(PROD, 1): 1}
    none = approved(first, "UCHLOE", BASE, verified={"UBEN": ()})
    assert [d.user_id for d in none.approvals] == ["UCHLOE"]


def test_what_was_not_looked_up_is_not_guessed() -> None:
    """An approval changes nothing while it is not known what it, or one before it, counts for by the latest terms."""
    assert refusal_of(REQUEST, "UBEN", BASE, today=Terms(1, TEAM)) is Refusal.UNVERIFIED
    assert refusal_of(REQUEST, "UBEN") is Refusal.UNVERIFIED
    first = approved(REQUEST, "UBEN", BASE)
    after = approve("UCHLOE", "T1", {}, ONE_OF_EACH, counts_for={FURTHER})(first, 1.0)
    assert isinstance(after, Unchanged)
    assert after.refusal is Refusal.UNVERIFIED


def test_requesters_approve_for_no_requirement_without_self_approval() -> None:
    """A requester whom a further requirement names may no more approve than one whom the base names."""
    assert refusal_of(REQUEST, "UANA", FURTHER) is Refusal.OWN_REQUEST
    assert approved(replace(REQUEST, terms=replace(ONE_OF_EACH, self_approval=True)), "UANA", FURTHER).approvals


def test_the_last_approval_needs_the_name_and_others_do_not() -> None:
    """Where the model's name is to be typed, the last approval is refused without it, and no other one is."""
    named = replace(REQUEST, terms=replace(ONE_OF_EACH, confirm_name=True))
    first = approved(named, "UBEN", BASE)
    assert not first.approvals[0].has_typed_name
    assert refusal_of(first, "UCHLOE", FURTHER) is Refusal.NAME_MISSING
    done = approved(first, "UCHLOE", FURTHER, name="acme/flux")
    assert (done.state, done.approvals[1].counts_for) == (State.APPROVED, (FURTHER, NAME_TYPED))


def test_a_name_typed_too_early_does_not_spare_the_last_one() -> None:
    """A name typed by somebody who turned out not to be the last one is not the last approver's."""
    first = approved(replace(REQUEST, terms=replace(ONE_OF_EACH, confirm_name=True)), "UBEN", BASE, name="acme/flux")
    assert first.approvals[0].has_typed_name
    assert refusal_of(first, "UCHLOE", FURTHER) is Refusal.NAME_MISSING
    assert approved(first, "UCHLOE", FURTHER, name="acme/flux").approvals[0].has_typed_name


def test_the_name_is_needed_from_when_the_policy_in_force_says_so() -> None:
    """A request made without it needs the typed name once today's policy does."""
    today = replace(ONE_OF_EACH, confirm_name=True)
    assert refusal_of(REQUEST, "UBEN", BASE, FURTHER, today=today) is Refusal.NAME_MISSING


@pytest.mark.parametrize(
    ("terms", "decides"),
    [
        (Terms(0, TEAM, further=(Requirement(PROD, 0),)), True),
        (Terms(0, TEAM, further=(Requirement(PROD, 1),)), False),
        (Terms(0, TEAM, confirm_name=True), False),
        (Terms(1, TEAM), False),
    ],
)
def test_a_confirmation_decides_only_where_nobody_else_is_needed(terms: Terms, *, decides: bool) -> None:
    """A requester whom all requirements name decides alone only if none of them, of then or of today, needs more."""
    draft = replace(REQUEST, state=State.DRAFT, terms=Terms(0, TEAM))
    after = confirm("UANA", Confirmation("COPS", 60.0, terms, may_decide=True))(draft, 1.0)
    assert isinstance(after, Changed)
    assert (after.request.state is State.APPROVED, after.request.terms) == (decides, draft.terms.stricter_with(terms))
