"""References + what Replicate says -> a plan: one verdict for everything that was asked for.

Pure. The same verdicts are passed again just before a deletion, on targets that are pinned by then.

The rules are Replicate's (https://replicate.com/docs/reference/http, "Delete a model" and "Delete a
model version"), and the team's own list of protected models. Two of them no endpoint reveals in advance:
`ONLY_REPLICATE_KNOWS`.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from bot.facts import Facts, Found
from bot.policy import Protected
from bot.references import ModelRef, VersionRef
from bot.replicate import Account, Model, Version, Visibility

ONLY_REPLICATE_KNOWS = (
    "whether someone outside your account has run predictions with a version",
    "whether another version is overridden to use it",
)
"""The rules that only the answer to the DELETE reveals; both keep a version from being deleted."""

_CANDIDATES_SHOWN = 5
_SHOWN = 12
"""Characters of an id in a sentence."""


class Rule(enum.Enum):
    """Why something will not be deleted."""

    NOT_FOUND = "not found"
    NOT_YOURS = "not yours"
    PUBLIC = "public"
    PROTECTED = "protected"
    DEPLOYED = "deployed"
    TRAINED_ON = "trained on"
    HAS_VERSIONS = "has versions"
    VERSIONS_STAY = "some of its versions cannot be deleted"
    NO_VERSIONS = "no versions"
    AMBIGUOUS = "ambiguous"
    NOT_SELECTED = "not selected"


@dataclass(frozen=True, slots=True)
class WillDelete:
    """It can be deleted as far as anyone can know; a version is pinned by its full id."""

    ref: ModelRef
    version: Version | None = None
    is_latest: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """It will not be deleted: which rule forbids it, in a sentence, and what to do about it, if anything.

    Where several versions of a model stay for the same reason, `what` is the model and `each` has their whole
    ids, each with a note that may be empty.
    """

    what: str
    rule: Rule
    why: str
    remedy: str = ""
    each: tuple[tuple[str, str], ...] = ()

    @property
    def count(self) -> int:
        """How many things it is about."""
        return len(self.each) or 1


Verdict = WillDelete | Blocked


@dataclass(frozen=True, slots=True)
class Plan:
    """What a command would delete, and what it would not, in the order it was asked for.

    `selected_by` are the rules that selected its versions, as they could be typed, and `adds_versions` how
    many versions a plan for models has that were not asked for, but stand in the way of those.
    """

    account: Account
    verdicts: tuple[Verdict, ...]
    selected_by: str = ""
    adds_versions: int = 0

    @property
    def deletions(self) -> tuple[WillDelete, ...]:
        """The verdicts in favour, each target once."""
        return tuple(dict.fromkeys(v for v in self.verdicts if isinstance(v, WillDelete)))

    @property
    def blocked(self) -> tuple[Blocked, ...]:
        """The verdicts against."""
        return tuple(v for v in self.verdicts if isinstance(v, Blocked))


def plan_versions(refs: Iterable[VersionRef], facts: Facts, protected: Protected) -> Plan:
    """Pass a verdict on every version that was asked for."""
    return Plan(facts.account, tuple(_on_named_version(ref, facts, protected) for ref in refs))


def on_model(ref: ModelRef, facts: Facts, protected: Protected) -> Verdict:
    """Whether this model can be deleted."""
    found = facts.models.get(ref)
    if found is None:
        return _model_not_found(ref, facts)
    if blocked := _by_ownership(found.model, str(ref), facts, protected):
        return blocked
    if found.versions:
        return Blocked(
            str(found.model.ref),
            Rule.HAS_VERSIONS,
            f"it still has {counted(len(found.versions))}, and Replicate only deletes a model without any",
            f"Delete them along with it: `/delete-model {found.model.ref} --with-versions`",
        )
    return WillDelete(found.model.ref)


def on_version(ref: ModelRef, version_id: str, facts: Facts, protected: Protected) -> Verdict:
    """Whether this one version, named by its full id, can be deleted."""
    what = f"{ref}:{version_id}"
    found = facts.models.get(ref)
    if found is None:
        return _model_not_found(ref, facts)
    if blocked := _by_ownership(found.model, what, facts, protected):
        return blocked
    version = found.by_id.get(version_id)
    if version is None:
        return _version_not_found(what, found)
    return by_usage(found.model, version, facts) or WillDelete(
        found.model.ref, version, is_latest=found.is_latest(version)
    )


def on_pinned_version(ref: ModelRef, version_id: str, facts: Facts, protected: Protected) -> Blocked | None:
    """What forbids deleting a version that was listed before, found without reading that list again; or None."""
    found = facts.models.get(ref)
    if found is None:
        return _model_not_found(ref, facts)
    what = f"{ref}:{version_id}"
    return _by_ownership(found.model, what, facts, protected) or _needed_by(found.model, version_id, facts)


def on_whole_model(ref: ModelRef, facts: Facts, protected: Protected) -> Found | Blocked:
    """Return the model as it was found, or what keeps it and all of its versions from being deleted."""
    found = facts.models.get(ref)
    if found is None:
        return _model_not_found(ref, facts)
    return _by_ownership(found.model, str(ref), facts, protected) or found


def _on_named_version(ref: VersionRef, facts: Facts, protected: Protected) -> Verdict:
    found = facts.models.get(ref.model)
    if found is None:
        return _model_not_found(ref.model, facts)
    if blocked := _by_ownership(found.model, str(ref), facts, protected):
        return blocked
    matching = _matching(ref.selector, found.versions)
    if not matching:
        return _version_not_found(str(ref), found)
    if len(matching) > 1:
        return _ambiguous(ref, matching)
    return on_version(ref.model, matching[0].id, facts, protected)


def _matching(selector: str, versions: tuple[Version, ...]) -> tuple[Version, ...]:
    """The versions a selector means: the one with exactly this id, else all whose id begins with it."""
    exact = tuple(v for v in versions if v.id == selector)
    return exact or tuple(v for v in versions if v.id.startswith(selector))


def _by_ownership(model: Model, what: str, facts: Facts, protected: Protected) -> Blocked | None:
    username = facts.account.username
    if model.ref.owner.lower() != username.lower():
        return Blocked(
            what,
            Rule.NOT_YOURS,
            f"it belongs to {model.ref.owner}, and the bot's token belongs to {username}",
            f"Only {model.ref.owner} can delete it",
        )
    if model.visibility is not Visibility.PRIVATE:
        return Blocked(
            what,
            Rule.PUBLIC,
            "the model is public, and Replicate only deletes private ones",
            f"Make it private in its settings first: {model.url}/settings",
        )
    if glob := protected.glob_for(model.ref):
        return Blocked(
            what,
            Rule.PROTECTED,
            f"the team protects it: it matches {glob} in PROTECTED_MODELS",
            "Ask whoever runs the bot to change that setting",
        )
    return None


def by_usage(model: Model, version: Version, facts: Facts) -> Blocked | None:
    """Return what else at Replicate needs this version and so keeps it, or None."""
    return _needed_by(model, version.id, facts)


def _needed_by(model: Model, version_id: str, facts: Facts) -> Blocked | None:
    what = f"{model.ref}:{version_id}"
    if deployment := facts.deployment_of.get(version_id):
        name = f"{deployment.owner}/{deployment.name}"
        return Blocked(
            what,
            Rule.DEPLOYED,
            f"the deployment {name} uses it",
            f"Point {name} at another version, or delete the deployment, first",
        )
    if training := facts.training_from.get(version_id):
        return Blocked(
            what,
            Rule.TRAINED_ON,
            f"it is the base of the training {training.id}",
            "Replicate keeps the base of a fine-tune; this version has to stay",
        )
    return None


def _model_not_found(ref: ModelRef, facts: Facts) -> Blocked:
    return Blocked(
        str(ref),
        Rule.NOT_FOUND,
        f"Replicate shows no such model to {facts.account.username}: it does not exist, or it is somebody "
        "else's private model",
        "Check the spelling against the model's page",
    )


def _version_not_found(what: str, found: Found) -> Blocked:
    newest = ", ".join(f"`{v.id[:_SHOWN]}`" for v in found.versions[:_CANDIDATES_SHOWN])
    has = f"Its newest versions are {newest}" if newest else f"{found.model.ref} has no versions"
    return Blocked(what, Rule.NOT_FOUND, "the model has no version with this id", has)


def _ambiguous(ref: VersionRef, matching: tuple[Version, ...]) -> Blocked:
    shown = ", ".join(f"`{v.id[:16]}`" for v in matching[:_CANDIDATES_SHOWN])
    more = len(matching) - _CANDIDATES_SHOWN
    return Blocked(
        str(ref),
        Rule.AMBIGUOUS,
        f"{len(matching)} versions begin with {ref.selector}",
        f"Name one by a longer part of its id: {shown}" + (f" and {more} more" if more > 0 else ""),
    )


def counted(versions: int) -> str:
    """Return `1 version`, `2 versions`."""
    return "1 version" if versions == 1 else f"{versions:,} versions"
