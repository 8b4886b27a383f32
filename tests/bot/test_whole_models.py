"""Models with the versions that stand in their way: what is taken along, and what the preview says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.facts import Facts, Found
from bot.plan import Plan
from bot.policy import Approvers, Protected, Terms
from bot.previews import ReasonWanted, preview, targets_of
from bot.references import ModelRef
from bot.replicate import Account, AccountType, Model, Version, Visibility
from bot.requests import MOST_VERSIONS, Request, State
from bot.whole_models import plan_models


def planned(*versions: int) -> Plan:
    """The plan for models with so many versions each, named `acme/m0` and on."""
    facts = Facts(Account(AccountType.ORGANIZATION, "acme"), dict(found(n, count) for n, count in enumerate(versions)))
    return plan_models(tuple(facts.models), facts, Protected())


def found(number: int, versions: int) -> tuple[ModelRef, Found]:
    ref, made = ModelRef("acme", f"m{number}"), datetime(2026, 3, 1, tzinfo=UTC)
    model = Model(ref, Visibility.PRIVATE, "", 0, None, f"https://replicate.com/{ref}")
    return ref, Found(model, tuple(Version(f"{number:032x}{n:032x}", made, None) for n in range(versions)))


@pytest.mark.parametrize("versions", [(1,), (0, 2), (2, 0, 3), (MOST_VERSIONS - 1, 1)])
def test_versions_are_taken_along(versions: tuple[int, ...]) -> None:
    """Every model goes, with every version that it still has, as many as one request takes."""
    plan = planned(*versions)
    assert plan.blocked == ()
    assert plan.adds_versions == sum(versions)
    assert len(plan.deletions) == sum(versions) + len(versions)


def test_more_together_than_a_request_takes() -> None:
    """Where models have more versions together than one request takes, each is told with a command of its own."""
    plan = planned(MOST_VERSIONS, 0, 1)
    assert [str(d.ref) for d in plan.deletions] == ["acme/m1"]
    assert plan.adds_versions == 0
    for blocked, model in zip(plan.blocked, ("acme/m0", "acme/m2"), strict=True):
        assert "these models have 5,001 versions together, and one request takes at most 5,000" in blocked.why
        assert f"`/delete-model {model} --with-versions`" in blocked.remedy


def test_one_model_with_more_than_a_request_takes() -> None:
    """One model alone is planned with all of its versions, however many: the answer says that they are too many."""
    assert planned(MOST_VERSIONS + 1).adds_versions == MOST_VERSIONS + 1


def test_the_preview_says_how_many_each_has() -> None:
    """The preview tells the versions of each of a few models one by one, and of many those of the others together."""
    assert "`acme/m0` still has 2 versions and `acme/m2` still has 1 version, and" in shown(planned(2, 0, 1))
    assert "`acme/m7` still has 1 version and 3 more models have 9 versions, and" in shown(planned(*[1] * 8, 2, 3, 4))


def shown(plan: Plan) -> str:
    targets = targets_of(plan)
    terms = Terms(1, Approvers(users=frozenset({"UBEN"})))
    draft = Request("R-7KQ2M", State.DRAFT, "UANA", "T1", "COPS", "acme", terms, "", 0.0, 1800.0)
    return preview(draft, targets, plan, decides=False, reason=ReasonWanted.OPTIONAL).text
