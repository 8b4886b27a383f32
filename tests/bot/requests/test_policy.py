"""Who may ask and decide, and what is protected."""

from __future__ import annotations

import pytest

from bot.refs import ModelRef
from bot.requests.policy import Approvers, Denial, Person, Protected, Standing, may_ask, may_decide
from bot.requests.terms import Terms

BEN = Approvers(users=frozenset({"UBEN"}))


@pytest.mark.parametrize("standing", Standing)
def test_only_full_members_ask_and_decide(standing: Standing) -> None:
    """Everybody but a full member may neither ask nor decide, also where everyone may approve."""
    person = Person("UBEN", "TACME", standing)
    refused = None if standing is Standing.MEMBER else Denial.NOT_A_MEMBER
    assert may_ask(person) is refused
    assert may_decide(person, BEN) is refused
    assert may_decide(person, Approvers(everyone=True)) is refused


def test_approvers_are_named_by_user_or_group() -> None:
    """A member decides who is named, or known to be in a named group."""
    ana = Person("UANA", "TACME", Standing.MEMBER)
    assert may_decide(ana, BEN) is Denial.NOT_AN_APPROVER
    assert may_decide(ana, Approvers(groups=frozenset({"SLEADS"})), is_in_group=True) is None


@pytest.mark.parametrize("text", ["", " , ", "ana", "UBEN,ops", "U0,*,x", "ubén"])
def test_a_list_of_approvers_with_anything_else_is_refused(text: str) -> None:
    """A list that names nobody, or something that is no id, is refused whole."""
    with pytest.raises(ValueError, match=r"name at least one|is neither"):
        Approvers.parse(text)


def test_somebody_else_approves_even_if_no_approval_is_required() -> None:
    """A requester who is no approver needs one approval also where none are required."""
    assert Terms(0, BEN).base.needed == 1


@pytest.mark.parametrize(("name", "glob"), [("prod-voice", "acme/Prod-*"), ("PROD-x", "acme/Prod-*"), ("dev", None)])
def test_protection_ignores_case(name: str, glob: str | None) -> None:
    """A model is protected by a pattern in any case, and the pattern is named."""
    assert Protected(("acme/Prod-*",)).glob_for(ModelRef("acme", name)) == glob
