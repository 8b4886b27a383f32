"""The strictest of several policies."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.in_force import InForce, Policy, Process, differences, in_force
from bot.policy import Approvers, Protected, Terms

BEN, EVERYBODY = Approvers.parse("UBEN"), Approvers.parse("*")
LOOSE = Policy(Terms(0, EVERYBODY, self_approval=True), Protected(), False, (), 3600, None)  # noqa: FBT003 - a record
STRICT = Policy(Terms(2, BEN), Protected(("acme/prod",)), True, ("C1", "C2"), 600, "C9")  # noqa: FBT003 - a record


@pytest.mark.parametrize(("mine", "other"), [(LOOSE, STRICT), (STRICT, LOOSE)])
def test_the_strictest_of_each_setting_holds(mine: Policy, other: Policy) -> None:
    """Whichever of the two is one's own, the strictest of each setting holds."""
    both = in_force(mine, [other])
    assert both.terms.approvals_required == 2
    assert not both.terms.self_approval
    assert {terms.approvers for terms in both.all_terms} == {BEN, EVERYBODY}
    assert both.protected.globs == ("acme/prod",)
    assert both.reason_required
    assert both.request_channels == ("C1", "C2")
    assert both.request_ttl == 600


@pytest.mark.parametrize(
    ("channels", "together"), [(((), ()), None), ((("C1",), ()), ("C1",)), ((("C1", "C2"), ("C2",)), ("C2",))]
)
def test_where_the_commands_work(channels: tuple[tuple[str, ...], ...], together: tuple[str, ...] | None) -> None:
    """No channels mean everywhere, which leaves it to the others."""
    mine, other = (replace(LOOSE, request_channels=allowed) for allowed in channels)
    assert in_force(mine, [other]).request_channels == together


def test_equal_policies_are_no_difference() -> None:
    """Processes with equal settings, written in any order, are as one; and it does not matter who comes first."""
    again = replace(STRICT, request_channels=("C2", "C1"))
    assert in_force(STRICT, [again, STRICT]) == InForce(STRICT)
    other = replace(STRICT, request_ttl=60)
    assert in_force(STRICT, [LOOSE, other, LOOSE]) == in_force(STRICT, [other, LOOSE])


def test_a_policy_is_read_as_it_was_written() -> None:
    """What is written of a policy is the policy."""
    assert [Policy.read(policy.written) for policy in (LOOSE, STRICT)] == [LOOSE, STRICT]


def test_the_differences_are_told() -> None:
    """Settings, accounts, other workspaces and unreadable settings are told, each in a sentence; equals are not."""
    me = Process("me", "T1", "acme", STRICT)
    alike = replace(me, id="alike")
    assert differences(me, [me, alike]) == []
    other = Process("other", "T1", "globex", replace(STRICT, request_ttl=60))
    told = differences(me, [me, other, replace(alike, policy=None), replace(alike, team_id="T2")])
    assert len(told) == 4
    for words in ("of another workspace", "other values of REQUEST_TTL", "account globex, and this one for acme"):
        assert any(words in sentence for sentence in told)
