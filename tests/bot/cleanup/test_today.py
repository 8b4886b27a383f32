"""By which rules something that was proposed is still to be selected."""

from __future__ import annotations

from dataclasses import replace

from bot.cleanup.today import rules_of_today
from bot.commands.options import Keep, OlderThan, UnusedFor
from bot.commands.rules import strictest
from bot.refs import ModelRef
from bot.requests.request import Target
from tests.bot.proposals.cleaning import RULE

FLUX = Target(0, ModelRef("acme", "flux"), "a" * 64)
OTHER = Target(1, ModelRef("acme", "other"), "b" * 64)


def test_what_a_person_asked_for_does_not_depend_on_rules() -> None:
    """The rules of a person's request stay what they are, whatever the policy file has."""
    assert rules_of_today("", (Keep(1),), [FLUX, OTHER], [RULE.selecting]) == ((Keep(1),), {})


def test_of_both_rules_what_selects_fewer_holds() -> None:
    """Of a proposal's rules and today's the stricter of each kind holds, and a kind that only one has."""
    today = replace(RULE, keep=10, older_than=60, unused_for=90)
    rules, gone = rules_of_today(RULE.name, (Keep(5), OlderThan(100)), [FLUX], [today.selecting])
    assert set(rules) == {Keep(10), OlderThan(100), UnusedFor(90)}
    assert gone == {}


def test_what_a_rule_is_not_about_any_more_is_gone() -> None:
    """Only those versions are gone whose model the rule does not cover; of a rule that is gone, all."""
    _, gone = rules_of_today(RULE.name, (), [FLUX, OTHER], [RULE.selecting])
    assert set(gone) == {OTHER}
    _, gone = rules_of_today("was renamed", (), [FLUX, OTHER], [None])
    assert set(gone) == {FLUX, OTHER}


def test_the_strictest_rules_are_one_of_each_kind() -> None:
    """Of several rules of one kind the one with the greatest number is left."""
    assert strictest([Keep(1), OlderThan(5), Keep(3), Keep(2)]) == (Keep(3), OlderThan(5))
