"""What the entries of a policy file make of a request's terms."""

from __future__ import annotations

import json

from bot.refs import ModelRef
from bot.requests.policy import Approvers
from bot.requests.policy_rules import ModelEntry, PolicyRules, SizeEntry, UndoTime
from bot.requests.terms import Limits, Requirement, Terms

BEN = Approvers(users=frozenset({"UBEN"}))
LEADS = Approvers(groups=frozenset({"SLEADS"}))
ML = Approvers(groups=frozenset({"SML"}))
BASE = Terms(1, BEN)
PROD, EXP = ModelRef("acme", "Prod-voice"), ModelRef("acme", "exp-1")
RULES = PolicyRules(
    models=(
        ModelEntry(("acme/prod-*",), requesters=ML, approvers=LEADS, approvals=2),
        ModelEntry(("acme/*voice",), approvals=3),
        ModelEntry(("acme/billing",), protected=True),
    ),
    sizes=(SizeEntry(100, approvals=2, confirm_name=True),),
    limits=Limits(1000, 0.9, 60.0),
    undo=(UndoTime(600.0), UndoTime(3600.0, more_than=50)),
)


def test_every_entry_that_matches_holds() -> None:
    """A request needs what each entry matching any of its models says, in any case of letters."""
    terms = RULES.applied(BASE, [EXP, PROD], 2)
    assert terms.requirements == (Requirement(BEN, 3), Requirement(LEADS, 2))
    assert terms.requesters == (ML,)
    assert terms.undo_for == 600.0
    assert not terms.confirm_name


def test_what_does_not_match_adds_nothing_but_limits_and_undo() -> None:
    """A request about other models keeps the base; limits and the time to undo hold for all."""
    assert RULES.applied(BASE, [EXP], 1) == Terms(1, BEN, limits=Limits(1000, 0.9, 60.0), undo_for=600.0)


def test_a_size_holds_for_more_targets_than_it_names() -> None:
    """A request of exactly so many targets is not large yet; one more is."""
    assert RULES.applied(BASE, [EXP], 100).approvals_required == 1
    assert RULES.applied(BASE, [EXP], 101).approvals_required == 2
    assert RULES.applied(BASE, [EXP], 101).confirm_name
    assert RULES.applied(BASE, [EXP], 51).undo_for == 3600.0


def test_an_entry_makes_nothing_looser() -> None:
    """An entry with fewer approvals than the settings require changes nothing."""
    rules = PolicyRules(models=(ModelEntry(("acme/*",), approvals=0),), sizes=(SizeEntry(0, approvals=0),))
    assert rules.applied(BASE, [EXP], 1) == BASE


def test_rules_are_told_to_other_processes_as_they_are() -> None:
    """What one process stores of its policy file, another reads as the same rules."""
    assert PolicyRules.from_fields(json.loads(json.dumps(RULES.to_fields()))) == RULES
    assert PolicyRules.from_fields(PolicyRules().to_fields()) == PolicyRules()


def test_protected_models_are_those_of_protecting_entries() -> None:
    """Only entries that say so protect models."""
    assert RULES.protected.globs == ("acme/billing",)
