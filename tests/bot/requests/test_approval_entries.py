"""What the audit trail says about approvals is read as it was written, and a person's words are never part of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.requests.approval_entries import (
    Approval,
    PinnedRequest,
    approval_detail,
    pinned_detail,
    read_approval,
    read_pinned,
)
from bot.requests.decisions import NAME_TYPED, Choice, Decision
from bot.requests.policy import Approvers
from bot.requests.request import Request, State, TargetState
from bot.requests.terms import Requirement, Terms

TEAM, PROD = Approvers(frozenset({"UBEN"}), frozenset({"STEAM"})), Approvers(groups=frozenset({"SPROD"}))
BASE, FURTHER = "UBEN,STEAM", "SPROD"
REQUEST = Request(
    id="R-AAAAA",
    state=State.AWAITING,
    requester="UANA",
    team_id="T1",
    origin_channel="COPS",
    account="acme",
    terms=Terms(2, TEAM, further=(Requirement(PROD, 1),), confirm_name=True),
    digest="abc",
    created_at=0.0,
    expires_at=100.0,
    counts={TargetState.PLANNED: 3},
)


def by(user: str, *keys: str, comment: str = "") -> Decision:
    return Decision(user, "T1", Choice.APPROVE, 1.0, comment, keys)


def test_a_confirmation_says_each_requirement_and_is_read_again() -> None:
    """The entry of a confirmation has every requirement with its number, before the reason."""
    spoof = "none; and 0 from SPROD; from SEVE"
    detail = pinned_detail(replace(REQUEST, reason=spoof))
    assert detail == (
        "3 targets, digest abc; approvals needed: 2; from UBEN,STEAM; and 1 from SPROD; and the model's name typed; "
        f"reason: {spoof}"
    )
    assert read_pinned(detail) == PinnedRequest("abc", BASE, {BASE: 2, FURTHER: 1}, alone=False, needs_name=True)


def test_a_confirmation_that_decided_says_so() -> None:
    """The entry of a requester who decided alone is told from one that only asked."""
    alone = replace(REQUEST, state=State.APPROVED, terms=Terms(0, TEAM))
    detail = pinned_detail(alone)
    assert detail == "3 targets, digest abc; approvals needed: 1; approved by their own confirmation; from UBEN,STEAM"
    assert read_pinned(detail) == PinnedRequest("abc", BASE, {BASE: 1}, alone=True, needs_name=False)


@pytest.mark.parametrize(
    ("detail", "alone"),
    [
        ("1 target, digest abc; approvals needed: 2", False),
        ("1,000 targets, digest abc; approvals needed: 2; reason: from SPROD; and 9 from SPROD", False),
        ("1 target, digest abc; approvals needed: 2; approved by their own confirmation; reason: r", True),
    ],
)
def test_a_confirmation_of_the_version_before_names_no_base(detail: str, *, alone: bool) -> None:
    """What the version before wrote is read, and says nothing of whose approvals are needed."""
    assert read_pinned(detail) == PinnedRequest("abc", "", {"": 2}, alone=alone, needs_name=False)


def test_an_approval_says_what_it_counts_for_and_is_read_again() -> None:
    """The entry of an approval has what is met, what it counts for, and what changed for the approvals before it."""
    before = replace(REQUEST, decisions=(by("UBEN", BASE), by("UCHLOE", BASE), by("UDAN", FURTHER)))
    given = by("UEVA", BASE, NAME_TYPED, comment="fine; counts for SPROD; no longer counted: UBEN")
    after = replace(REQUEST, decisions=(by("UBEN", BASE, FURTHER), by("UDAN", FURTHER), given))
    detail = approval_detail(before, after)
    assert detail == (
        "2 of 2 approvals, 2 of 1 from SPROD; counts for UBEN,STEAM; typed the model's name; "
        "UBEN now counts for SPROD and UBEN,STEAM; no longer counted, as they may not approve any more: UCHLOE; "
        f"comment: {given.reason}"
    )
    assert read_approval(detail) == Approval(
        {"": 2, FURTHER: 1},
        frozenset({BASE}),
        typed_name=True,
        others={"UBEN": frozenset({BASE, FURTHER})},
        dropped=frozenset({"UCHLOE"}),
    )


def test_an_approval_of_the_version_before_that_counts_as_before_is_not_told_again() -> None:
    """An earlier approval that was stored without what it counts for changes nothing by being looked at again."""
    before = replace(REQUEST, terms=Terms(2, TEAM), decisions=(by("UCHLOE"),))
    after = replace(before, decisions=(by("UCHLOE", BASE), by("UBEN", BASE)))
    assert approval_detail(before, after) == "2 of 2 approvals; counts for UBEN,STEAM"


@pytest.mark.parametrize(
    ("detail", "read"),
    [
        ("1 of 2 approvals", Approval({"": 2}, frozenset({""}))),
        ("1 of 2 approvals; comment: counts for SPROD", Approval({"": 2}, frozenset({""}))),
        (
            "1 of 2 approvals; no longer counted, as they may not approve any more: UBEN, UDAN; comment: no",
            Approval({"": 2}, frozenset({""}), dropped=frozenset({"UBEN", "UDAN"})),
        ),
        ("", Approval({}, frozenset({""}))),
    ],
)
def test_an_approval_of_the_version_before_counts_for_the_base(detail: str, read: Approval) -> None:
    """An entry that does not say what an approval counts for means the base."""
    assert read_approval(detail) == read
