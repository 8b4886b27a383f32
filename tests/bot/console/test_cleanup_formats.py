"""Cleanup rules and what they would propose, as lines of text and of JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.cleanup.notices import Problem
from bot.console.cleanup_formats import RuleStatus, evaluation_lines, status_lines, why_nothing
from bot.planning.evaluation import Evaluation, Trouble
from bot.planning.plan import Plan, Rule, WillDelete, blocked
from bot.replicate.types import Account, AccountType, Version
from bot.requests.proposal import PastProposals, identity
from bot.requests.request import State
from tests.bot.proposals.cleaning import RULE
from tests.bot.stored import FLUX, TERMS

NOON = 1_767_355_200.0
"""2026-01-02 12:00 UTC, a Friday."""

NAMED = replace(RULE, name="old\x1b[2J experiments")
VERSION = Version("a" * 64, datetime.fromtimestamp(NOON, UTC), None)
PLAN = Plan(
    Account(AccountType.ORGANIZATION, "acme"),
    (WillDelete(FLUX, VERSION), blocked(Rule.NOT_SELECTED, f"acme/flux:{'b' * 64}", "it is one of the 2\nnewest", "")),
)
SELECTS = Evaluation(NAMED, NOON, PLAN, ("acme/gone",), TERMS)
NEVER = PastProposals()
OPEN = PastProposals("R-7KQ2M", State.AWAITING)
QUIET = PastProposals("R-7KQ2M", State.REJECTED, 0, ((NOON + 60, frozenset(map(identity, SELECTS.targets))),))


def test_a_rule_is_listed_with_its_next_time_in_its_zone_and_in_utc() -> None:
    """The paragraph about a rule has its next time by its own clocks and in UTC, what it selects, and how it stands."""
    assert list(status_lines(RuleStatus(NAMED, NOON, NEVER), as_json=False)) == [
        r"old\x1b[2J experiments",
        "  next       Friday 2026-01-02 13:00 Europe/Berlin (2026-01-02T12:00:00.000Z)",
        "  models     acme/exp-* acme/flux",
        "  selects    --keep 2 --older-than 30d",
        "  channel    COPS, owner UOLGA",
        "  open       no proposal",
        "  last       nothing was proposed yet",
    ]


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (OPEN, ["  open       R-7KQ2M, awaiting", "  last       its proposal is still open"]),
        (QUIET, ["  open       no proposal", "  last       R-7KQ2M, rejected: nothing deleted"]),
        (
            PastProposals("R-7KQ2M", State.FINISHED, 37),
            ["  open       no proposal", "  last       R-7KQ2M, finished: 37 targets deleted"],
        ),
    ],
)
def test_a_rule_is_listed_with_what_became_of_its_proposals(past: PastProposals, said: list[str]) -> None:
    """An open proposal is named, and else what became of the latest one."""
    assert list(status_lines(RuleStatus(RULE, NOON, past), as_json=False))[-2:] == said


def test_a_rule_is_one_json_object() -> None:
    """For machines a rule is one line, with both times, and with the latest proposal."""
    [line] = status_lines(RuleStatus(RULE, NOON, OPEN), as_json=True)
    fields = json.loads(line)
    assert (fields["next_at"], fields["next_local"]) == ("2026-01-02T12:00:00.000Z", "2026-01-02T13:00:00+01:00")
    assert (fields["open"], fields["last"]) == ("R-7KQ2M", {"id": "R-7KQ2M", "state": "awaiting", "deleted": 0})


def test_a_dry_run_tells_what_would_be_proposed_and_why_the_rest_stays() -> None:
    """Every version has its line: those that would be proposed, and those that stay, with the reason."""
    assert list(evaluation_lines(SELECTS, NEVER, as_json=False)) == [
        r"old\x1b[2J experiments: would propose 1 version of acme/flux",
        "  selects    --keep 2 --older-than 30d",
        "  approvals  1",
        "  not found  acme/gone",
        "",
        "What it would propose",
        f"  acme/flux:{'a' * 64}  made 2026-01-02T12:00:00.000Z",
        "",
        "What stays",
        rf"  acme/flux:{'b' * 64}: it is one of the 2\nnewest.",
    ]


def test_a_dry_run_is_told_to_machines_whole() -> None:
    """In JSON there is one object about the rule, and one for each version."""
    rule, selected, stays = map(json.loads, evaluation_lines(SELECTS, NEVER, as_json=True))
    assert (rule["would_propose"], rule["why_not"], rule["not_found"]) == (True, None, ["acme/gone"])
    assert (selected["kind"], selected["version"]) == ("selected", "a" * 64)
    assert (stays["kind"], stays["what"], stays["why"]) == (
        "stays",
        f"acme/flux:{'b' * 64}",
        "it is one of the 2\nnewest",
    )


@pytest.mark.parametrize(
    ("evaluation", "past", "why"),
    [
        (SELECTS, OPEN, "its proposal R-7KQ2M is still open (awaiting)"),
        (SELECTS, QUIET, "not proposed again before 2026-01-02T12:01:00.000Z"),
        (Evaluation(RULE, NOON), NEVER, "it selects nothing"),
        (replace(SELECTS, trouble=Trouble(Problem.LIMIT, "It is\nbeyond.")), NEVER, r"It is\nbeyond"),
        (replace(SELECTS, trouble=Trouble(Problem.REPLICATE)), NEVER, "replicate"),
    ],
)
def test_a_dry_run_says_why_nothing_would_be_proposed(evaluation: Evaluation, past: PastProposals, why: str) -> None:
    """What is in the way is told first, and what is selected all the same is listed as such."""
    assert why in why_nothing(evaluation, past)
    first, *rest = evaluation_lines(evaluation, past, as_json=False)
    assert f"would propose nothing now: {why_nothing(evaluation, past)}" in first
    assert ("What it selects" in rest) == bool(evaluation.targets)
