"""The answer to who decides about a request names the setting or the entry that says so."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

import pytest

from bot.console.policy_answer import AskedRequest, answer
from bot.own_policy import OwnPolicy
from bot.policy_file.content import policy_file_of
from bot.refs import ModelRef
from bot.requests.policy import Approvers, Protected
from bot.requests.policy_in_force import Policy
from bot.requests.policy_rules import PolicyRules, UndoTime
from bot.requests.terms import Terms

SETTINGS = Policy(Terms(1, Approvers.parse("SBASE")), Protected(("acme/billing*",)))
FILE = """
[[models]]
match = ["acme/prod-*"]
requesters = ["S0ML"]
approvers = ["S0LEADS"]
approvals = 2
[[models]]
match = ["acme/*"]
requesters = ["UANA", "UBEN"]
[[models]]
match = ["acme/PROD-voice"]
protected = true
[[models]]
match = ["acme/small"]
approvals = 3
[[size]]
more_than = 100
approvals = 2
confirm_name = true
[limits]
versions = 1000
[undo]
for = "10m"
more_than = 5
[[cleanup]]
name = "old"
models = ["acme/exp-*"]
keep = 5
every = "monday 09:00"
timezone = "Europe/Berlin"
channel = "C1"
owner = "U1"
"""
NOW = datetime(2026, 10, 24, 12, tzinfo=UTC).timestamp()


def told(*names: str, targets: int = 1, text: str = FILE, settings: Policy = SETTINGS) -> list[str]:
    """Return the lines about a request, under these settings and this file."""
    file = policy_file_of(tomllib.loads(text))
    own = OwnPolicy(settings, None)
    own._rules = file.rules
    refs = tuple(ModelRef(*name.split("/")) for name in names)
    return [" ".join(line.split()) for line in answer(AskedRequest(own.policy, refs, targets), file.cleanups, NOW)]


def test_the_entries_that_match_are_named() -> None:
    """Who may ask and who decides is told with the entry or the setting that says so."""
    lines = told("acme/prod-x")
    assert "request acme/prod-x: 1 target" in lines
    assert "who may ask S0ML (models[1], acme/prod-*)" in lines
    assert "who may ask UANA UBEN (models[2], acme/*)" in lines
    assert "a requester has to be among all of these" in lines
    assert "who decides 1 approval of SBASE (APPROVERS and APPROVALS_REQUIRED)" in lines
    assert "who decides 2 approvals of S0LEADS (models[1], acme/prod-*)" in lines
    assert "protected no" in lines
    assert "typed name not needed" in lines


def test_the_size_of_a_request_is_told() -> None:
    """A large request is told what its size requires, and the time to undo."""
    lines = told("other/model", targets=101)
    assert "who may ask every full member" in lines
    assert "who decides 2 approvals of SBASE (size[1], more than 100 targets)" in lines
    assert "typed name the last approver types the name of a model (size[1], more than 100 targets)" in lines
    assert "undo deleting begins 10 minutes after the last approval (undo or UNDO_FOR)" in lines
    assert "undo no time for it" in told("other/model", targets=5)


def test_an_entry_that_raises_the_number_of_the_settings_is_named() -> None:
    """Where an entry without approvers asks for more approvals than the settings, it is what is named."""
    assert "who decides 3 approvals of SBASE (models[4], acme/small)" in told("acme/small")


def test_what_protects_is_named() -> None:
    """A protected model is told with every entry and setting that protects it; others of the request are not."""
    lines = told("acme/prod-voice", "acme/billing-2", "acme/x", targets=3)
    assert "protected acme/prod-voice: nothing deletes it (models[3], acme/PROD-voice)" in lines
    assert "protected acme/billing-2: nothing deletes it (PROTECTED_MODELS, acme/billing*)" in lines
    assert not any("acme/x: nothing" in line for line in lines)


def test_cleanups_are_told_with_their_next_time() -> None:
    """A rule about one of the models is told with its next time, in its own zone, after the clocks went back."""
    rule = 'cleanup "old" of acme/exp-*: monday 09:00 Europe/Berlin, next on 2026-10-26 at 09:00 CET'
    assert told() == [rule]
    assert rule in told("acme/exp-1")
    assert not any("cleanup" in line for line in told("acme/flux"))


@pytest.mark.parametrize("approvals", [0, 1])
def test_whoever_decides_alone_is_told(approvals: int) -> None:
    """Where no approval is needed, those who decide alone are named, and what others need."""
    settings = Policy(Terms(approvals, Approvers.parse("*"), self_approval=True), break_glass=Approvers.parse("UBEN"))
    lines = told("acme/flux", text="", settings=settings)
    alone = "who decides a requester among every full member decides by the confirmation; for others:"
    assert (alone in lines) == (approvals == 0)
    assert "who decides 1 approval of every full member (APPROVERS and APPROVALS_REQUIRED)" in lines
    assert "an approver may approve a request of their own (ALLOW_SELF_APPROVAL)" in lines
    assert "break-glass UBEN (BREAK_GLASS)" in lines
    assert "limits none" in lines


def test_the_answer_is_by_the_terms_of_requests() -> None:
    """What is told is what requests are made under: the time to undo of the settings counts as well."""
    settings = Policy(SETTINGS.terms, rules=PolicyRules(undo=(UndoTime(60),)))
    assert "undo deleting begins 1 minute after the last approval (undo or UNDO_FOR)" in told("a/b", settings=settings)
