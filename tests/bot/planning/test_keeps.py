"""What is kept is in no plan, by whatever command it is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.options import All, Keep, OlderThan, SelectionRule
from bot.planning.facts import Facts, FoundModel
from bot.planning.model_plans import plan_models
from bot.planning.plan import Plan, Rule, Verdict
from bot.planning.selection import SelectionContext, plan_selection
from bot.planning.verdicts import on_model, on_pinned_version, plan_versions
from bot.refs import ModelRef, VersionRef
from bot.replicate.types import Account, AccountType, Deployment, Model, Version, Visibility
from bot.requests.keeps import Keep as Kept
from bot.requests.keeps import Keeps
from bot.requests.policy import Protected

FLUX = ModelRef("acme", "flux")
NOW = datetime(2026, 5, 1, tzinfo=UTC)
IDS = [f"{number:064x}" for number in range(4)]
FOUND = FoundModel(
    Model(FLUX, Visibility.PRIVATE, IDS[0]),
    tuple(Version(version_id, NOW - timedelta(days=n), None) for n, version_id in enumerate(IDS)),
)


def kept(*numbers: int, by: str = "UBEN", reason: str = "compared") -> tuple[Kept, ...]:
    return tuple(Kept(f"k{n}", "acme", FLUX, IDS[n], by, reason, None, 0.0, "R-AAAAA") for n in numbers)


def facts(*keeps: Kept) -> Facts:
    return Facts(Account(AccountType.ORGANIZATION, "acme"), {FLUX: FOUND}, keeps=Keeps(keeps))


WHOLE = facts(replace(kept(0)[0], version_id=None))


def selected(known: Facts, *rules: SelectionRule) -> Plan:
    return plan_selection(SelectionContext(FLUX, rules, NOW.timestamp()), known, Protected(), None)


def test_a_named_version_that_is_kept_says_who_keeps_it_and_why() -> None:
    """The verdict on a kept version names who keeps it, the reason, and how the keep can be lifted."""
    plan = plan_versions([VersionRef(FLUX, IDS[1])], facts(*kept(1)), Protected())
    (left,) = plan.left_out
    assert plan.deletions == ()
    assert left.keep is not None
    assert (left.keep.by, left.keep.reason, left.keep.keep_id) == ("UBEN", "compared", "k1")
    assert left.why == "kept by UBEN: compared"
    assert "Lift…" in left.remedy


@pytest.mark.parametrize("rule", [All(), OlderThan(3600), Keep(1)])
def test_no_rule_selects_what_is_kept(rule: SelectionRule) -> None:
    """Every rule leaves a kept version out, and what one person keeps for one reason is told once."""
    plan = selected(facts(*kept(1, 2), *kept(3, by="UANA", reason="baseline")), rule)
    assert not {d.version.id for d in plan.deletions if d.version} & set(IDS[1:])
    told = [left for left in plan.left_out if left.keep]
    assert [left.count for left in told] == [2, 1]
    assert told[0].each == ((IDS[1], ""), (IDS[2], ""))


def test_a_kept_version_counts_among_the_newest_that_a_rule_keeps() -> None:
    """A version that stays anyway is one of the newest that `--keep` keeps, as one in use is."""
    plan = selected(facts(*kept(0)), Keep(2))
    assert [d.version.id for d in plan.deletions if d.version] == IDS[2:]


def test_a_model_with_a_kept_version_stays_with_all_of_them() -> None:
    """With its versions or alone, a model with a kept version is not deleted, and the preview says who keeps it."""
    plan = plan_models([FLUX], facts(*kept(2)), Protected())
    assert plan.deletions == ()
    stays, why = plan.left_out
    assert stays.each == ((IDS[2], "kept"),)
    assert stays.why.startswith("kept")
    assert why.keep is not None


def test_a_version_in_use_and_kept_is_told_once_in_the_model_s_list() -> None:
    """A version that a deployment uses and somebody keeps is listed with the deployment, and who keeps it follows."""
    known = replace(facts(*kept(2)), deployments=(Deployment("acme", "live", IDS[2]),))
    stays, why = plan_models([FLUX], known, Protected()).left_out
    assert stays.each == ((IDS[2], "deployment acme/live"),)
    assert why.keep is not None


def test_nothing_of_a_kept_model_is_deleted() -> None:
    """A keep of a model blocks the model and its versions, in every plan and directly before the deletion."""
    verdicts: list[Verdict | None] = [
        on_model(FLUX, WHOLE, Protected()),
        on_pinned_version(FLUX, IDS[1], WHOLE, Protected()),
        *plan_versions([VersionRef(FLUX, IDS[1])], WHOLE, Protected()).verdicts,
        *plan_models([FLUX], WHOLE, Protected()).verdicts,
        *selected(WHOLE, All()).verdicts,
    ]
    assert {getattr(verdict, "rule", None) for verdict in verdicts} == {Rule.KEPT}


def test_a_pinned_version_that_is_kept_is_blocked_before_its_deletion() -> None:
    """The check directly before the deletion blocks a version that is kept by then."""
    blocked = on_pinned_version(FLUX, IDS[1], facts(*kept(1)), Protected())
    assert blocked is not None
    assert blocked.rule is Rule.KEPT
    assert on_pinned_version(FLUX, IDS[0], facts(*kept(1)), Protected()) is None
