"""A model with its versions -> a plan: its versions first, then the model, or neither. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot.planning.facts import Facts, FoundModel
from bot.planning.keeps import kept_versions
from bot.planning.plan import Blocked, Plan, Rule, Verdict, WillDelete
from bot.planning.uses import user_note
from bot.planning.verdicts import asked_elsewhere, on_listed, on_model, on_whole_model, unread_entry
from bot.plurals import counted
from bot.refs import ModelRef
from bot.replicate.types import Deployment, Training, Version
from bot.requests.left_out import LeftOut
from bot.requests.policy import Protected
from bot.requests.request import MAX_VERSIONS


def plan_models_with_versions(refs: Iterable[ModelRef], facts: Facts, protected: Protected) -> Plan:
    """Return a plan with verdicts on the versions of every model, each followed by the verdict on the model.

    If any version of a model cannot be deleted, the model and all its versions are blocked: the requester asked for
    the versions only to delete the model.
    """
    return Plan.from_facts(facts, (v for ref in refs for v in _on_model_with_versions(ref, facts, protected)))


def plan_models(refs: Sequence[ModelRef], facts: Facts, protected: Protected) -> Plan:
    """Return a plan with a verdict on every model; it includes the versions of models that are blocked only by them.

    If several models together have more versions than one request may delete, it includes none.
    """
    including_versions = plan_models_with_versions(refs, facts, protected)
    added = sum(d.version is not None for d in including_versions.deletions)
    if added > MAX_VERSIONS and len(refs) > 1:
        alone = (on_model(ref, facts, protected) for ref in refs)
        return Plan.from_facts(facts, (_with_total_versions(verdict, added) for verdict in alone))
    return replace(including_versions, adds_versions=added)


def _with_total_versions(verdict: Verdict, total: int) -> Verdict:
    """Add the reason why the plan does not include its versions to the verdict on a model that still has some."""
    if not (isinstance(verdict, Blocked) and verdict.rule is Rule.HAS_VERSIONS):
        return verdict
    why = (
        f"{verdict.left_out.why}; these models have {counted(total, 'version')} together, and one request takes "
        f"at most {MAX_VERSIONS:,}"
    )
    return replace(verdict, left_out=replace(verdict.left_out, why=why))


def _on_model_with_versions(ref: ModelRef, facts: Facts, protected: Protected) -> tuple[Verdict, ...]:
    found = on_whole_model(ref, facts, protected)
    if isinstance(found, Blocked):
        return (found,)
    verdicts = [on_listed(found, version, facts) for version in found.versions]
    if found.unread or any(isinstance(verdict, Blocked) for verdict in verdicts):
        return (_versions_stay(found, facts), *kept_versions(found.model.ref, found.versions, facts))
    return (*verdicts, asked_elsewhere(found.model.ref, None, facts) or WillDelete(found.model.ref))


def _versions_stay(found: FoundModel, facts: Facts) -> Blocked:
    """Return the verdict on a model some of whose versions cannot be deleted: these versions and what needs them."""
    model = found.model.ref
    in_use = tuple((v.id, use) for v in found.versions if (use := _needed_by_note(model, v, facts)))
    are_kept = tuple((v.id, "kept") for v in found.versions if _is_only_kept(model, v, facts))
    each = (*in_use, *are_kept, *(unread_entry(entry) for entry in found.unread))
    reasons = {"in use": in_use, "kept": are_kept, "not readable": found.unread}
    what = " or ".join(why for why, versions in reasons.items() if versions)
    why = f"{what}, so the model can't be deleted, and all of its versions stay"
    others = f"To delete the others: `/delete-version {model} --all`"
    return Blocked(Rule.VERSIONS_STAY, LeftOut(str(model), why, others, each))


def _is_only_kept(model: ModelRef, version: Version, facts: Facts) -> bool:
    """Return whether a version is kept, and nothing else needs it."""
    return facts.keeps.of(model, version.id) is not None and not _needed_by_note(model, version, facts)


def _needed_by_note(model: ModelRef, version: Version, facts: Facts) -> str:
    match facts.user_of(model, version.id):
        case Deployment() | Training() as user:
            return user_note(user)
        case None:
            asked = facts.prior.asked.get((model, version.id))
            return str(asked) if asked else ""
