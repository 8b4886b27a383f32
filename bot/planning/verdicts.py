"""References and facts from Replicate -> a verdict on each. Pure.

Pinned targets are checked by the same rules again directly before their deletion.

The rules are Replicate's (https://replicate.com/docs/reference/http, "Delete a model" and "Delete a
model version"), and the team's own list of protected models. No endpoint reveals in advance whether two of them
apply: `ONLY_REPLICATE_KNOWS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.planning.facts import Facts, FoundModel
from bot.planning.plan import Blocked, Plan, Rule, Verdict, WillDelete
from bot.plurals import counted
from bot.refs import ID_SHOWN, ModelRef, VersionRef
from bot.replicate import Deployment, Model, Training, Version, Visibility
from bot.requests.left_out import LeftOut
from bot.requests.policy import Protected

ONLY_REPLICATE_KNOWS = (
    "whether someone outside your account has run predictions with a version",
    "whether another version is overridden to use it",
)
"""The conditions that only the answer to the DELETE reveals; each prevents the deletion of a version."""

_CANDIDATES_SHOWN = 5
_AMBIGUOUS_ID_SHOWN = 16
"""Characters of an id that are shown if several ids begin with the same selector."""


def plan_versions(refs: Iterable[VersionRef], facts: Facts, protected: Protected) -> Plan:
    """Return a plan with a verdict on every version that was asked for."""
    return Plan(facts.account, tuple(_on_named_version(ref, facts, protected) for ref in refs))


def on_model(ref: ModelRef, facts: Facts, protected: Protected) -> Verdict:
    """Return the verdict on a model by itself; one that still has versions is blocked."""
    found = on_whole_model(ref, facts, protected)
    if isinstance(found, Blocked):
        return found
    if found.versions:
        return _blocked(
            Rule.HAS_VERSIONS,
            str(found.model.ref),
            f"it still has {counted(len(found.versions), 'version')}, and Replicate only deletes a model without any",
            f"Delete both: `/delete-model {found.model.ref} --with-versions`",
        )
    return asked_elsewhere(found.model.ref, None, facts) or WillDelete(found.model.ref)


def on_version(ref: ModelRef, version_id: str, facts: Facts, protected: Protected) -> Verdict:
    """Return the verdict on one version, named by its full id."""
    what = f"{ref}:{version_id}"
    found = _found(ref, what, facts, protected)
    if isinstance(found, Blocked):
        return found
    version = found.by_id.get(version_id)
    return on_listed(found, version, facts) if version else _version_not_found(what, found)


def on_listed(found: FoundModel, version: Version, facts: Facts) -> Verdict:
    """Return the verdict on a version, given that its model passed `on_whole_model`."""
    return (
        needed_by(found.model, version.id, facts)
        or asked_elsewhere(found.model.ref, version.id, facts)
        or WillDelete(found.model.ref, version, is_latest=found.is_latest(version))
    )


def asked_elsewhere(ref: ModelRef, version_id: str | None, facts: Facts) -> Blocked | None:
    """Return the verdict on a target that another open request already has, or None if none has it."""
    asked = facts.prior.asked.get((ref, version_id))
    if asked is None:
        return None
    what = f"{ref}:{version_id}" if version_id else str(ref)
    return _blocked(Rule.REQUESTED, what, str(asked), f"Its card: {asked.card}" if asked.card else "")


def on_pinned_version(ref: ModelRef, version_id: str, facts: Facts, protected: Protected) -> Blocked | None:
    """Return what forbids deleting a version, or None.

    `version_id` is not looked up in the model's list of versions: it was listed when the request was made.
    """
    found = _found(ref, f"{ref}:{version_id}", facts, protected)
    return found if isinstance(found, Blocked) else needed_by(found.model, version_id, facts)


def on_whole_model(ref: ModelRef, facts: Facts, protected: Protected) -> FoundModel | Blocked:
    """Return the model as it was found, or what forbids deleting it and all of its versions."""
    return _found(ref, str(ref), facts, protected)


def needed_by(model: Model, version_id: str, facts: Facts) -> Blocked | None:
    """Return the verdict on a version that a deployment or training needs, or None if none does."""
    what = f"{model.ref}:{version_id}"
    match facts.user_of(version_id):
        case Deployment() as deployment:
            return _blocked(
                Rule.DEPLOYED,
                what,
                f"the deployment {deployment} uses it",
                f"Point {deployment} at another version, or delete the deployment, first",
            )
        case Training(id=training):
            return _blocked(
                Rule.TRAINED_ON,
                what,
                f"it is the base of the training {training}",
                "Replicate keeps the base of a fine-tune; this version has to stay",
            )
        case None:
            return None


def _on_named_version(ref: VersionRef, facts: Facts, protected: Protected) -> Verdict:
    found = _found(ref.model, str(ref), facts, protected)
    if isinstance(found, Blocked):
        return found
    match _matching(ref.selector, found.versions):
        case []:
            return _version_not_found(str(ref), found)
        case [version]:
            return on_listed(found, version, facts)
        case several:
            return _ambiguous(ref, several)


def _matching(selector: str, versions: Iterable[Version]) -> list[Version]:
    """Return the versions a selector matches: the one with exactly this id, else all whose id begins with it."""
    prefixed = [v for v in versions if v.id.startswith(selector)]
    return [v for v in prefixed if v.id == selector] or prefixed


def _found(ref: ModelRef, what: str, facts: Facts, protected: Protected) -> FoundModel | Blocked:
    """Return the model as it was found, or what forbids deleting `what`: the model or one of its versions."""
    found = facts.models.get(ref)
    if found is None:
        return _model_not_found(ref, facts)
    return (
        _check_name(ref, found.model, what)
        or _check_rules(found.model, what, facts, protected)
        or _check_list(found, what)
    )


def _check_name(ref: ModelRef, model: Model, what: str) -> Blocked | None:
    """Block a renamed model: Replicate may return it under its old name, but its new name was not asked for."""
    if model.is_called(ref):
        return None
    return _blocked(
        Rule.RENAMED,
        what,
        f"it is called {model.ref} now, and only what is asked for by its own name is deleted",
        f"If you mean {model.ref}, ask for that",
    )


def _check_list(found: FoundModel, what: str) -> FoundModel | Blocked:
    if found.is_listed:
        return found
    return _blocked(
        Rule.UNLISTED,
        what,
        "Replicate shows the model, but not the list of its versions",
        "Try again in a few minutes, and look at the model's page",
    )


def _check_rules(model: Model, what: str, facts: Facts, protected: Protected) -> Blocked | None:
    if not facts.account.owns(model.ref):
        return _blocked(
            Rule.NOT_YOURS,
            what,
            f"it belongs to {model.ref.owner}, and the bot's token belongs to {facts.account.username}",
            f"Only {model.ref.owner} can delete it",
        )
    if model.visibility is not Visibility.PRIVATE:
        return _blocked(
            Rule.PUBLIC,
            what,
            "the model is public, and Replicate only deletes private ones",
            f"Make it private in its settings first: {model.url}/settings",
        )
    if glob := protected.glob_for(model.ref):
        return _blocked(
            Rule.PROTECTED,
            what,
            f"the team protects it: it matches {glob} in PROTECTED_MODELS",
            "Ask whoever runs the bot to change that setting",
        )
    return None


def _model_not_found(ref: ModelRef, facts: Facts) -> Blocked:
    return _blocked(
        Rule.NOT_FOUND,
        str(ref),
        f"Replicate shows no such model to {facts.account.username}: it does not exist, or it is somebody "
        "else's private model",
        "Check the spelling against the model's page",
    )


def _version_not_found(what: str, found: FoundModel) -> Blocked:
    newest = ", ".join(f"`{v.id[:ID_SHOWN]}`" for v in found.versions[:_CANDIDATES_SHOWN])
    has = f"Its newest versions are {newest}" if newest else f"{found.model.ref} has no versions"
    return _blocked(Rule.NOT_FOUND, what, "the model has no version with this id", has)


def _ambiguous(ref: VersionRef, matching: Sequence[Version]) -> Blocked:
    shown = ", ".join(f"`{v.id[:_AMBIGUOUS_ID_SHOWN]}`" for v in matching[:_CANDIDATES_SHOWN])
    more = len(matching) - _CANDIDATES_SHOWN
    return _blocked(
        Rule.AMBIGUOUS,
        str(ref),
        f"{len(matching)} versions begin with {ref.selector}",
        f"Name one by a longer part of its id: {shown}" + (f" and {more} more" if more > 0 else ""),
    )


def _blocked(rule: Rule, what: str, why: str, remedy: str) -> Blocked:
    return Blocked(rule, LeftOut(what, why, remedy))
