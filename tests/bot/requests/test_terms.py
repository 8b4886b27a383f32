"""The terms of a request, and the stricter of two."""

from __future__ import annotations

import pytest

from bot.requests.policy import Approvers
from bot.requests.terms import Limits, Requirement, Terms, merged

BEN = Approvers(users=frozenset({"UBEN"}))
LEADS = Approvers(groups=frozenset({"SLEADS"}))
ALL = Terms(
    2,
    BEN,
    further=(Requirement(LEADS, 2),),
    requesters=(LEADS, BEN),
    limits=Limits(10, 0.5, 60.0),
    undo_for=600.0,
    confirm_name=True,
)


def test_stricter_terms_win_in_every_part() -> None:
    """Terms made stricter by others take the higher number, and self-approval only where both allow it."""
    own = Terms(1, BEN, self_approval=True)
    assert own.stricter_with(Terms(3, Approvers(everyone=True))) == Terms(3, BEN)
    assert Terms(3, BEN).stricter_with(own) == Terms(3, BEN)


def test_what_the_policy_file_adds_never_becomes_looser() -> None:
    """Terms keep each further requirement, limit and group of requesters when today's are looser."""
    today = Terms(1, BEN, further=(Requirement(LEADS, 1),), limits=Limits(20, None, 10.0), undo_for=5.0)
    assert ALL.stricter_with(Terms(1, BEN)) == ALL
    assert ALL.stricter_with(today) == ALL
    assert Terms(2, BEN).stricter_with(ALL) == ALL


def test_one_set_of_approvers_has_the_highest_requirement() -> None:
    """Requirements of the same people are one, which needs as many approvals as the highest of them."""
    assert merged([Requirement(BEN, 1)], [Requirement(LEADS, 0), Requirement(BEN, 3)]) == (
        Requirement(LEADS, 0),
        Requirement(BEN, 3),
    )


@pytest.mark.parametrize("terms", [Terms(1, BEN), ALL, Terms(0, BEN, requesters=(LEADS,))])
def test_terms_are_stored_as_they_are(terms: Terms) -> None:
    """What is stored beside the base is read again as it was."""
    base = Terms(terms.approvals_required, terms.approvers, terms.self_approval)
    assert base.with_more(terms.more_to_json()) == terms


def test_code_without_a_policy_file_stores_nothing_more() -> None:
    """Where only the settings count, a request stores what it always has."""
    assert Terms(2, BEN, self_approval=True).more_to_json() == ""


def test_a_confirmation_decides_alone_only_where_nobody_else_is_needed() -> None:
    """A requester decides alone where every requirement is zero, and never where a name has to be typed."""
    assert Terms(0, BEN, further=(Requirement(LEADS, 0),)).needs_nobody_else
    assert not Terms(0, BEN, further=(Requirement(LEADS, 1),)).needs_nobody_else
    assert not Terms(0, BEN, confirm_name=True).needs_nobody_else
    assert not Terms(1, BEN).needs_nobody_else
