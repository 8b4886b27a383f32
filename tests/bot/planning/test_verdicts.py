"""Verdicts where Replicate does not tell everything: what is not known makes nothing deletable."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.commands.options import All, OlderThan, UnusedFor
from bot.planning.facts import Facts, FoundModel, UnreadUses
from bot.planning.model_plans import plan_models, plan_models_with_versions
from bot.planning.plan import Blocked, Rule, Verdict, WillDelete
from bot.planning.selection import SelectionContext, plan_selection
from bot.planning.verdicts import on_model, on_version, plan_versions
from bot.refs import ModelRef, VersionRef
from bot.replicate.last_use import LastUse
from bot.replicate.types import (
    Account,
    AccountType,
    Deployment,
    Model,
    Training,
    UnknownVisibility,
    UnreadVersion,
    Version,
    Visibility,
)
from bot.requests.policy import Protected

FLUX, OTHER = ModelRef("acme", "flux"), ModelRef("acme", "other")
NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = 86_400
NO_DATE = "Replicate does not say when it was made"
ODD = UnreadVersion("f" * 64, NO_DATE)
NAMELESS = UnreadVersion("", "Replicate gives no id that can be read")


def found(ref: ModelRef, *unread: UnreadVersion, count: int = 2) -> FoundModel:
    made = (Version(f"{n:064x}", NOW - timedelta(days=100 + n), None) for n in range(count))
    return FoundModel(Model(ref, Visibility.PRIVATE, f"{0:064x}"), tuple(made), unread=unread)


def facts(*uses: Deployment | Training, unread: tuple[UnreadVersion, ...] = ()) -> Facts:
    return Facts(
        Account(AccountType.ORGANIZATION, "acme"),
        {FLUX: found(FLUX, *unread), OTHER: found(OTHER)},
        tuple(use for use in uses if isinstance(use, Deployment)),
        tuple(use for use in uses if isinstance(use, Training)),
    )


def blocked(verdict: Verdict) -> Blocked:
    assert isinstance(verdict, Blocked)
    return verdict


def test_every_version_of_a_model_in_unknown_use_is_blocked() -> None:
    """Where a deployment of a model does not tell its version, each one of the model is blocked, and no other's."""
    known, named = facts(Deployment("acme", "live", "", "Acme/Flux")), "deployment acme/live"
    for number in range(2):
        verdict = blocked(on_version(FLUX, f"{number:064x}", known, Protected()))
        assert verdict.rule is Rule.MAYBE_IN_USE
        assert f"the {named} uses a version of acme/flux, and Replicate does not tell which" in verdict.left_out.words
    assert isinstance(on_version(OTHER, f"{0:064x}", known, Protected()), WillDelete)
    (model,) = plan_models((FLUX,), known, Protected()).left_out
    assert [note for _, note in model.each] == [named, named]
    (left,) = plan_selection(SelectionContext(FLUX, (All(),), NOW.timestamp()), known, Protected(), None).left_out
    assert left.count == 2
    assert known.unread_uses == UnreadUses()


def test_a_known_use_is_told_before_an_unknown_one() -> None:
    """A version that a deployment is known to run is blocked for that, also beside one that does not tell."""
    known = facts(Deployment("acme", "odd", "", "acme/flux"), Deployment("acme", "live", f"{1:064x}", "acme/flux"))
    assert blocked(on_version(FLUX, f"{1:064x}", known, Protected())).rule is Rule.DEPLOYED
    assert blocked(on_version(FLUX, f"{0:064x}", known, Protected())).rule is Rule.MAYBE_IN_USE


def test_what_tells_neither_version_nor_model_blocks_nothing_and_is_counted() -> None:
    """A training without its version and a deployment without its model block nothing; the plan counts both."""
    known = facts(Deployment("acme", "a", ""), Training("t1", ""), Training("t2", ""))
    plan = plan_versions([VersionRef(FLUX, f"{0:064x}")], known, Protected())
    assert len(plan.deletions) == 1
    assert plan.unread_uses == UnreadUses(1, 2)


@pytest.mark.parametrize(("said", "quoted"), [("internal", "“internal”"), ("", "nothing")])
def test_a_model_of_unknown_visibility_is_not_deletable(said: str, quoted: str) -> None:
    """A model of a visibility that the bot does not know is blocked in Replicate's words, and so are its versions."""
    known = facts()
    flux = known.models[FLUX]
    assert flux is not None
    odd = replace(flux, model=replace(flux.model, visibility=UnknownVisibility(said)))
    known = replace(known, models={FLUX: odd})
    for verdict in (on_model(FLUX, known, Protected()), on_version(FLUX, f"{0:064x}", known, Protected())):
        assert blocked(verdict).rule is Rule.UNKNOWN_VISIBILITY
        assert f"Replicate says {quoted} of its visibility" in blocked(verdict).left_out.why


@pytest.mark.parametrize("selector", ["f" * 64, "ffff"])
def test_a_version_that_cannot_be_read_is_shown_and_blocked(selector: str) -> None:
    """A version without a date is found by its id, whole or in part, and blocked with what it lacks."""
    (verdict,) = plan_versions([VersionRef(FLUX, selector)], facts(unread=(ODD,)), Protected()).verdicts
    assert blocked(verdict).rule is Rule.UNREADABLE
    assert NO_DATE in blocked(verdict).left_out.why


@pytest.mark.parametrize("selector", ["v1", "v", "V12", "v1.2"])
def test_an_id_of_another_kind_is_no_beginning(selector: str) -> None:
    """Where `v1` is gone, `v12` is not meant: such an id matches alone, and what is there is named whole."""
    ids = ("v12", "v2", "v1.2-experimental")
    flux = FoundModel(found(FLUX).model, tuple(Version(version_id, NOW, None) for version_id in ids))
    known = replace(facts(), models={FLUX: flux})
    (verdict,) = plan_versions([VersionRef(FLUX, selector)], known, Protected()).verdicts
    assert blocked(verdict).rule is Rule.NOT_FOUND
    assert "`v12`, `v2`, `v1.2-experimental`" in blocked(verdict).left_out.words
    assert [d.version for d in plan_versions([VersionRef(FLUX, "v12")], known, Protected()).deletions] == [
        flux.versions[0]
    ]


def test_a_version_that_cannot_be_read_is_no_other_one() -> None:
    """An entry with an id of another kind is found by its whole id alone, too."""
    known = facts(unread=(replace(ODD, id="v12"),))
    for selector, rule in (("v1", Rule.NOT_FOUND), ("v12", Rule.UNREADABLE)):
        (verdict,) = plan_versions([VersionRef(FLUX, selector)], known, Protected()).verdicts
        assert blocked(verdict).rule is rule


@pytest.mark.parametrize("unread", [ODD, NAMELESS])
def test_a_model_with_a_version_that_cannot_be_read_stays(unread: UnreadVersion) -> None:
    """A model is not deleted with all its versions while one of them cannot be read, and that one is named."""
    known = facts(unread=(unread,))
    for plan in (plan_models_with_versions([FLUX], known, Protected()), plan_models((FLUX,), known, Protected())):
        assert plan.deletions == ()
        (left,) = plan.left_out
        assert left.each == ((unread.id or "(no id)", unread.problem),)
        assert left.why.startswith("not readable, so the model can't be deleted")


def test_a_model_whose_only_version_cannot_be_read_is_not_empty() -> None:
    """A model all of whose versions cannot be read has versions all the same."""
    known = replace(facts(), models={FLUX: found(FLUX, NAMELESS, count=0)})
    assert "it still has 1 version" in blocked(on_model(FLUX, known, Protected())).left_out.why
    (left,) = plan_selection(SelectionContext(FLUX, (All(),), NOW.timestamp()), known, Protected(), None).left_out
    assert "not readable" in left.why


def test_no_rule_selects_what_cannot_be_read() -> None:
    """Rules select among what can be read, and name the rest."""
    context = SelectionContext(FLUX, (OlderThan(DAY), All()), NOW.timestamp())
    plan = plan_selection(context, facts(unread=(ODD, NAMELESS)), Protected(), None)
    assert len(plan.deletions) == 2
    (left,) = plan.left_out
    assert left.each == ((ODD.id, ODD.problem), ("(no id)", NAMELESS.problem))


@pytest.mark.parametrize(("undated", "selected"), [(f"{1:064x}", 1), ("acme/flux", 0), ("", 0), ("acme/other", 2)])
def test_a_run_without_a_date_is_no_proof_of_disuse(undated: str, selected: int) -> None:
    """A version that was, or may have been, run at a time that is not told is not selected as unused."""
    use = LastUse({}, is_complete=True, undated=frozenset({undated}))
    context = SelectionContext(FLUX, (UnusedFor(DAY), All()), NOW.timestamp())
    plan = plan_selection(context, facts(), Protected(), use)
    assert len(plan.deletions) == selected
    assert all("does not tell when they were last run" in left.why for left in plan.left_out)


def test_a_model_read_in_part_is_never_judged_as_a_whole() -> None:
    """A verdict on a whole model by a part of its versions is a defect, and no deletion."""
    flux = replace(found(FLUX, count=0), is_whole=False)
    with pytest.raises(ValueError, match="without all of its versions"):
        on_model(FLUX, replace(facts(), models={FLUX: flux}), Protected())
