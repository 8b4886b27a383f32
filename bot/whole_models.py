"""A model with its versions -> a plan: the versions first, then the model, or nothing of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.facts import Facts, Found
from bot.plan import Blocked, Plan, Rule, Verdict, WillDelete, counted, on_model, on_version, on_whole_model
from bot.policy import Protected
from bot.references import ModelRef
from bot.requests import MOST_VERSIONS

_NAMED = 5
_ID_SHOWN = 12


def plan_models_with_versions(refs: Iterable[ModelRef], facts: Facts, protected: Protected) -> Plan:
    """Pass a verdict on every model and, before it, on every one of its versions.

    A model of which any version has to stay is blocked with all of its versions: without it, nobody asked
    for those.
    """
    verdicts = tuple(v for ref in refs for v in _on_model_with_versions(ref, facts, protected))
    return Plan(facts.account, verdicts)


def plan_models(refs: Sequence[ModelRef], facts: Facts, protected: Protected) -> Plan:
    """Pass a verdict on every model; where only versions stand in the way, the plan takes them along.

    Of several models that have more versions together than one request takes, it takes none along.
    """
    along = plan_models_with_versions(refs, facts, protected)
    added = sum(d.version is not None for d in along.deletions)
    if added > MOST_VERSIONS and len(refs) > 1:
        return Plan(facts.account, tuple(_apart(on_model(ref, facts, protected), added) for ref in refs))
    return replace(along, adds_versions=added)


def _apart(verdict: Verdict, together: int) -> Verdict:
    """Say of a model that still has versions why they are not taken along."""
    if not (isinstance(verdict, Blocked) and verdict.rule is Rule.HAS_VERSIONS):
        return verdict
    why = (
        f"{verdict.why}; these models have {counted(together)} together, and one request takes "
        f"at most {MOST_VERSIONS:,}"
    )
    return replace(verdict, why=why)


def _on_model_with_versions(ref: ModelRef, facts: Facts, protected: Protected) -> tuple[Verdict, ...]:
    found = on_whole_model(ref, facts, protected)
    if isinstance(found, Blocked):
        return (found,)
    verdicts = [on_version(ref, version.id, facts, protected) for version in found.versions]
    if stay := [v for v in verdicts if isinstance(v, Blocked)]:
        return (_versions_stay(found, stay),)
    return (*verdicts, WillDelete(found.model.ref))


def _versions_stay(found: Found, stay: Sequence[Blocked]) -> Blocked:
    shown = "; ".join(f"{_short_id(v.what)}: {v.why}" for v in stay[:_NAMED])
    more = len(stay) - _NAMED
    return Blocked(
        str(found.model.ref),
        Rule.VERSIONS_STAY,
        f"{len(stay)} of its {counted(len(found.versions))} cannot be deleted, so the model cannot be either, "
        f"and its other versions are not touched ({shown}" + (f"; and {more} more)" if more > 0 else ")"),
        stay[0].remedy,
    )


def _short_id(what: str) -> str:
    return what.partition(":")[2][:_ID_SHOWN]
