"""Which versions a rule selects, and why the others stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.options import All, Keep, OlderThan, SelectionRule, UnusedFor
from bot.planning.facts import Facts, FoundModel
from bot.planning.plan import Blocked, Plan
from bot.planning.selection import SelectionContext, plan_selection, question
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.replicate.types import Account, AccountType, Deployment, Model, Training, Version, Visibility
from bot.requests.policy import Protected

FLUX = ModelRef("acme", "flux")
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = 86_400
NEVER = LastUse({}, is_complete=True)
ANY_RULE = st.one_of(
    st.builds(Keep, st.integers(1, 8)),
    st.builds(OlderThan, st.integers(1, 9 * DAY)),
    st.builds(UnusedFor, st.integers(1, 9 * DAY)),
)


def version_id(number: int) -> str:
    return f"{number:064x}"


def facts_of(
    versions: int, *, deployed: tuple[int, ...] = (), trained_on: tuple[int, ...] = (), latest: int = 0
) -> Facts:
    """A private model with versions a day apart, number 0 the newest and half a day old."""
    made = [NOW - timedelta(days=number, hours=12) for number in range(versions)]
    return Facts(
        Account(AccountType.ORGANIZATION, "acme"),
        {
            FLUX: FoundModel(
                Model(FLUX, Visibility.PRIVATE, version_id(latest)),
                tuple(Version(version_id(number), moment, None) for number, moment in enumerate(made)),
            )
        },
        tuple(Deployment("acme", f"live-{n}", version_id(n)) for n in deployed),
        tuple(Training(f"training{n}", version_id(n)) for n in trained_on),
    )


def plan(facts: Facts, *rules: SelectionRule, use: LastUse | None = NEVER, protected: Protected | None = None) -> Plan:
    return plan_selection(SelectionContext(FLUX, rules, NOW.timestamp()), facts, protected or Protected(), use)


def selected(facts: Facts, *rules: SelectionRule, use: LastUse | None = NEVER) -> list[int]:
    return [int(d.version.id, 16) for d in plan(facts, *rules, use=use).deletions if d.version]


def used(*numbers: int, is_complete: bool = True) -> LastUse:
    return LastUse({version_id(n): NOW - timedelta(days=1) for n in numbers}, is_complete)


def reasons(made: Plan) -> list[tuple[int, str]]:
    return [(left.count, left.why) for left in made.left_out]


@pytest.mark.parametrize(
    ("rules", "numbers"),
    [
        ((Keep(1),), [1, 2, 3, 4]),
        ((Keep(3),), [3, 4]),
        ((Keep(5),), []),
        ((Keep(99),), []),
        ((OlderThan(2 * DAY),), [2, 3, 4]),
        ((OlderThan(DAY // 4),), [1, 2, 3, 4]),
        ((UnusedFor(3 * DAY),), [3, 4]),
        ((All(),), [0, 1, 2, 3, 4]),
        ((Keep(2), OlderThan(3 * DAY)), [3, 4]),
        ((OlderThan(DAY), Keep(4)), [4]),
        ((Keep(1), OlderThan(DAY), UnusedFor(4 * DAY)), [4]),
    ],
)
def test_rules_select_versions_that_match_all_newest_first(
    rules: tuple[SelectionRule, ...], numbers: list[int]
) -> None:
    """Each rule selects its versions, newest first; several rules select what matches them all."""
    assert selected(facts_of(5), *rules) == numbers


def test_a_version_exactly_as_old_as_the_rule_stays() -> None:
    """A version is older than a time once that time is over, not at its very end."""
    age = int(1.5 * DAY)
    assert selected(facts_of(2), OlderThan(age)) == []
    assert selected(facts_of(2), OlderThan(age - 1)) == [1]


def test_a_version_run_within_the_time_stays() -> None:
    """A version that this account has run within the time is left out, with the day of its last prediction."""
    made = plan(facts_of(3), UnusedFor(DAY), use=used(2))
    assert [d.version.id for d in made.deletions if d.version] == [version_id(1)]
    assert (1, "used by this account within the last 1d (last on 2026-04-30)") in reasons(made)


def test_a_version_of_unknown_use_stays() -> None:
    """Where predictions could not be read far enough back, what was not seen is not selected, and that is said."""
    made = plan(facts_of(4), UnusedFor(DAY), use=used(2, is_complete=False))
    assert made.deletions == ()
    [unknown] = [b for b in made.left_out if "not known" in b.why]
    assert (unknown.count, "200 pages" in unknown.why) == (2, True)
    assert (unknown.what, unknown.each) == ("acme/flux", ((version_id(1), ""), (version_id(3), "")))


def test_the_latest_stays_with_its_reason() -> None:
    """The latest version that a rule would match is left out, also where Replicate calls another the latest."""
    made = plan(facts_of(3, latest=2), OlderThan(DAY // 4))
    assert [d.version.id for d in made.deletions if d.version] == [version_id(1)]
    assert reasons(made) == [(2, "the model's latest version, which only `--all` selects")]


def test_what_is_in_use_stays_even_with_all() -> None:
    """A deployed version and the base of a training are left out by name, whatever the rule."""
    made = plan(facts_of(4, deployed=(1,), trained_on=(2,)), All())
    assert [d.version.id for d in made.deletions if d.version] == [version_id(0), version_id(3)]
    assert [d.is_latest for d in made.deletions] == [True, False]
    assert reasons(made) == [
        (1, "the deployment acme/live-1 uses it"),
        (1, "it is the base of the training training2"),
    ]


def test_versions_that_stay_have_one_verdict_per_reason() -> None:
    """Thousands that stay have one verdict for each reason, which has the whole id of every one of them."""
    deployed = tuple(range(4000, 4010))
    made = plan(facts_of(5000, deployed=deployed), Keep(4000))
    assert len(made.deletions) == 990
    in_use, kept = made.left_out
    assert (in_use.count, in_use.why) == (10, "used by deployments")
    assert in_use.each == tuple((version_id(n), f"acme/live-{n}") for n in deployed)
    assert (kept.count, kept.why) == (4000, "among the newest, which `--keep 4000` keeps")
    assert kept.each == tuple((version_id(n), "") for n in range(4000))
    assert all(len(b.what) + len(b.why) + len(b.remedy) < 400 for b in made.left_out)


def test_nothing_is_selected_of_a_model_without_versions() -> None:
    """Of a model without versions nothing is selected, and the answer names the command for the model."""
    made = plan(facts_of(0), All())
    assert made.deletions == ()
    assert [(b.why, "/delete-model acme/flux" in b.remedy) for b in made.left_out] == [
        ("it has no versions, so there is nothing to select from", True)
    ]


def test_a_protected_model_is_told_before_any_rule() -> None:
    """What keeps the whole model is said alone, before any rule is looked at."""
    made = plan(facts_of(3), UnusedFor(DAY), protected=Protected(("acme/*",)))
    assert made.deletions == ()
    assert [v.rule.value for v in made.verdicts if isinstance(v, Blocked)] == ["protected"]
    assert (
        question(SelectionContext(FLUX, (UnusedFor(DAY),), NOW.timestamp()), facts_of(3), Protected(("acme/*",)))
        is None
    )


def test_last_use_is_asked_only_of_what_depends_on_it() -> None:
    """Predictions are looked for only of versions that nothing else keeps, and only back to the rule's time."""
    facts = facts_of(6, deployed=(3,), trained_on=(4,))
    asked = question(SelectionContext(FLUX, (UnusedFor(DAY), Keep(2)), NOW.timestamp()), facts, Protected())
    assert asked is not None
    assert asked.version_ids == {version_id(2), version_id(5)}
    assert asked.since == NOW - timedelta(days=1)


@pytest.mark.parametrize("rules", [(Keep(1),), (All(),), (UnusedFor(30 * DAY),), (UnusedFor(DAY), Keep(6))])
def test_last_use_is_not_asked_where_it_changes_nothing(rules: tuple[SelectionRule, ...]) -> None:
    """Without --unused-for, or with nothing left that it could select, no prediction is read."""
    assert question(SelectionContext(FLUX, rules, NOW.timestamp()), facts_of(6), Protected()) is None


def test_a_duration_beyond_any_calendar_selects_nothing() -> None:
    """A length of time longer than any calendar selects nothing and fails nowhere."""
    endless = 999_999 * DAY
    assert selected(facts_of(3), UnusedFor(endless)) == []
    assert question(SelectionContext(FLUX, (UnusedFor(endless),), NOW.timestamp()), facts_of(3), Protected()) is None


@st.composite
def anything(draw: st.DrawFn) -> tuple[Facts, LastUse]:
    count = draw(st.integers(0, 10))
    some = st.sets(st.integers(0, max(0, count - 1)), max_size=4)
    facts = facts_of(count, deployed=tuple(draw(some)), trained_on=tuple(draw(some)))
    return facts, used(*draw(some), is_complete=draw(st.booleans()))


@given(anything(), st.lists(ANY_RULE, min_size=1, max_size=3, unique_by=type))
def test_no_rule_selects_the_latest_or_what_is_in_use(stood: tuple[Facts, LastUse], rules: list[SelectionRule]) -> None:
    """Whatever the rules: never the latest version, nor one that is deployed or trained on, nor a kept one."""
    facts, use = stood
    chosen = selected(facts, *rules, use=use)
    in_use = {
        int(i, 16) for i in (*(d.version_id for d in facts.deployments), *(t.base_version_id for t in facts.trainings))
    }
    kept = max((rule.count for rule in rules if isinstance(rule, Keep)), default=0)
    assert not {0, *in_use, *range(kept)} & set(chosen)


@given(anything(), st.lists(ANY_RULE, min_size=2, max_size=3, unique_by=type))
def test_another_rule_never_adds_a_version(stood: tuple[Facts, LastUse], rules: list[SelectionRule]) -> None:
    """Each further rule can only take versions away from what the others select."""
    facts, use = stood
    for count in range(1, len(rules)):
        fewer = selected(facts, *rules[: count + 1], use=_answer(rules[: count + 1], use))
        assert set(fewer) <= set(selected(facts, *rules[:count], use=_answer(rules[:count], use)))


def _answer(rules: list[SelectionRule], use: LastUse) -> LastUse | None:
    """What is known about last use where it was asked for."""
    return use if any(isinstance(rule, UnusedFor) for rule in rules) else None


@given(anything(), st.lists(st.one_of(ANY_RULE, st.just(All())), min_size=1, max_size=1))
def test_every_version_is_accounted_for(stood: tuple[Facts, LastUse], rules: list[SelectionRule]) -> None:
    """Each version is either selected or counted under a reason to stay, and never both."""
    facts, use = stood
    made = plan(facts, *rules, use=_answer(rules, use))
    found = facts.models[FLUX]
    assert found is not None
    told = sum(left.count for left in made.left_out)
    assert len(made.deletions) + told == max(1, len(found.versions))
