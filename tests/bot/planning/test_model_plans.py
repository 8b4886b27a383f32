"""Models with the versions that stand in their way: what is taken along, and what the preview says of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.messages.message import Message
from bot.messages.previews import ReasonWanted, preview
from bot.planning.drafts import targets_of
from bot.planning.facts import Facts, FoundModel
from bot.planning.model_plans import plan_models
from bot.planning.plan import Plan
from bot.refs import ModelRef
from bot.replicate.types import Account, AccountType, Deployment, Model, Training, Version, Visibility
from bot.requests.policy import Approvers, Protected
from bot.requests.request import MAX_VERSIONS, Request, State
from bot.requests.terms import Terms
from tests.sandbox.slack.block_kit import findings_in


def planned(*versions: int) -> Plan:
    """The plan for models with so many versions each, named `acme/m0` and on."""
    facts = Facts(Account(AccountType.ORGANIZATION, "acme"), dict(found(n, count) for n, count in enumerate(versions)))
    return plan_models(tuple(facts.models), facts, Protected())


def found(number: int, versions: int) -> tuple[ModelRef, FoundModel]:
    ref, made = ModelRef("acme", f"m{number}"), datetime(2026, 3, 1, tzinfo=UTC)
    model = Model(ref, Visibility.PRIVATE, None)
    return ref, FoundModel(model, tuple(Version(f"{number:032x}{n:032x}", made, None) for n in range(versions)))


@pytest.mark.parametrize("versions", [(1,), (0, 2), (2, 0, 3), (MAX_VERSIONS - 1, 1)])
def test_every_model_is_planned_with_all_its_versions(versions: tuple[int, ...]) -> None:
    """Every model goes, with every version that it still has, as many as one request takes."""
    plan = planned(*versions)
    assert plan.left_out == ()
    assert plan.adds_versions == sum(versions)
    assert len(plan.deletions) == sum(versions) + len(versions)


def test_models_with_too_many_versions_get_a_command_each() -> None:
    """Where models have more versions together than one request takes, each is told with a command of its own."""
    plan = planned(MAX_VERSIONS, 0, 1)
    assert [str(d.ref) for d in plan.deletions] == ["acme/m1"]
    assert plan.adds_versions == 0
    for blocked, model in zip(plan.left_out, ("acme/m0", "acme/m2"), strict=True):
        assert "these models have 5,001 versions together, and one request takes at most 5,000" in blocked.why
        assert f"`/delete-model {model} --with-versions`" in blocked.remedy


def test_model_with_too_many_versions_is_planned_and_refused() -> None:
    """One model alone is planned with all of its versions, however many: the answer says that they are too many."""
    assert planned(MAX_VERSIONS + 1).adds_versions == MAX_VERSIONS + 1


def test_preview_counts_the_versions_of_a_few_models_each() -> None:
    """The preview tells the versions of each of a few models one by one, and of many those of the others together."""
    assert "`acme/m0` still has 2 versions and `acme/m2` still has 1 version, and" in shown(planned(2, 0, 1))
    assert "`acme/m7` still has 1 version and 3 more models have 9 versions, and" in shown(planned(*[1] * 8, 2, 3, 4))


def test_preview_with_the_most_versions_is_accepted_by_slack() -> None:
    """Slack takes the preview of whoever decides alone, however many versions its red button names."""
    message = previewed(planned(2500, 2500), decides=True)
    assert findings_in(list(message.blocks)) == []
    assert "Delete 2 models + 5,000 versions" in str(message.blocks)


def test_model_that_stays_names_each_version_that_keeps_it() -> None:
    """A model that stays because of some of its versions is told with the id and the reason of every one of those."""
    ref, model = found(0, 20)
    used = tuple(Deployment("acme", f"live-{v.id[-2:]}", v.id) for v in model.versions[:9])
    trained = (Training("t1", model.versions[9].id),)
    facts = Facts(Account(AccountType.ORGANIZATION, "acme"), {ref: model}, used, trained)
    plan = plan_models((ref,), facts, Protected())
    (left,) = plan.left_out
    assert plan.deletions == ()
    assert [version_id for version_id, _ in left.each] == [v.id for v in model.versions[:10]]
    assert left.each[0][1] == "deployment acme/live-00"
    assert left.each[9][1] == "training t1"
    assert "so the model can't be deleted, and all of its versions stay" in left.why
    assert "/delete-version acme/m0 --all" in left.remedy


def previewed(plan: Plan, *, decides: bool = False) -> Message:
    terms = Terms(1, Approvers(users=frozenset({"UBEN"})))
    draft = Request("R-7KQ2M", State.DRAFT, "UANA", "T1", "COPS", "acme", terms, "", 0.0, 1800.0)
    return preview(draft, targets_of(plan), plan, decides=decides, reason=ReasonWanted.OPTIONAL)


def shown(plan: Plan) -> str:
    return previewed(plan).text
