"""References and facts from Replicate -> a verdict on each. Pure.

Pinned targets are checked by the same rules again directly before their deletion.

The rules are Replicate's (https://replicate.com/docs/reference/http, "Delete a model" and "Delete a
model version"), and the team's own list of protected models. No endpoint reveals in advance whether two of them
apply: `ONLY_REPLICATE_KNOWS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.planning.facts import Facts, FoundModel, Listed
from bot.planning.keeps import kept, kept_by
from bot.planning.plan import Blocked, Plan, Rule, Verdict, WillDelete, blocked
from bot.planning.uses import needed_by
from bot.plurals import counted
from bot.refs import ModelRef, VersionRef, beginning, may_be_beginning
from bot.replicate.types import Model, UnknownVisibility, UnreadVersion, Version, Visibility
from bot.requests.policy import Protected

ONLY_REPLICATE_KNOWS = (
    "Replicate may still refuse versions that others have run or that another version depends on; those stay."
)
"""The conditions that only the answer to the DELETE reveals; each prevents the deletion of a version."""

_CANDIDATES_SHOWN = 5
_AMBIGUOUS_ID_SHOWN = 16
"""Characters of an id that are shown if several ids begin with the same selector."""


def plan_versions(refs: Iterable[VersionRef], facts: Facts, protected: Protected) -> Plan:
    """Return a plan with a verdict on every version that was asked for."""
    return Plan.from_facts(facts, (_on_named_version(ref, facts, protected) for ref in refs))


def on_model(ref: ModelRef, facts: Facts, protected: Protected) -> Verdict:
    """Return the verdict on a model by itself; one that still has versions is blocked."""
    found = on_whole_model(ref, facts, protected)
    if isinstance(found, Blocked):
        return found
    if found.count:
        return blocked(
            Rule.HAS_VERSIONS,
            str(found.model.ref),
            f"it still has {counted(found.count, 'version')}, and Replicate only deletes a model without any",
            f"Delete both: `/delete-model {found.model.ref} --with-versions`",
        )
    return asked_elsewhere(found.model.ref, None, facts) or WillDelete(found.model.ref)


def on_version(ref: ModelRef, version_id: str, facts: Facts, protected: Protected) -> Verdict:
    """Return the verdict on one version, named by its full id."""
    what = f"{ref}:{version_id}"
    found = _found(ref, what, facts, protected)
    if isinstance(found, Blocked):
        return found
    return _on_matching(_matching(version_id, found), what, found, facts)


def on_listed(found: FoundModel, version: Version, facts: Facts) -> Verdict:
    """Return the verdict on a version, given that its model passed `on_whole_model`."""
    return (
        needed_by(found.model, version.id, facts)
        or kept(found.model.ref, version.id, facts)
        or asked_elsewhere(found.model.ref, version.id, facts)
        or WillDelete(found.model.ref, version, is_latest=found.is_latest(version))
    )


def asked_elsewhere(ref: ModelRef, version_id: str | None, facts: Facts) -> Blocked | None:
    """Return the verdict on a target that another open request already has, or None if none has it."""
    asked = facts.prior.asked.get((ref, version_id))
    if asked is None:
        return None
    what = f"{ref}:{version_id}" if version_id else str(ref)
    return blocked(Rule.REQUESTED, what, str(asked), f"Its card: {asked.card}" if asked.card else "")


def on_pinned_version(ref: ModelRef, version_id: str, facts: Facts, protected: Protected) -> Blocked | None:
    """Return what forbids deleting a version, or None.

    `version_id` is not looked up in the model's list of versions: it was listed when the request was made.
    """
    found = _found(ref, f"{ref}:{version_id}", facts, protected)
    if isinstance(found, Blocked):
        return found
    return needed_by(found.model, version_id, facts) or kept(found.model.ref, version_id, facts)


def on_whole_model(ref: ModelRef, facts: Facts, protected: Protected) -> FoundModel | Blocked:
    """Return the model as it was found, or what forbids deleting it and all of its versions."""
    found = _found(ref, str(ref), facts, protected)
    if isinstance(found, FoundModel) and not found.is_whole:
        raise ValueError(f"{ref} was read without all of its versions")  # it would seem to have fewer, or none
    return found


def unread_entry(entry: UnreadVersion) -> tuple[str, str]:
    """Return the id of an entry that cannot be read, or a stand-in for it, and what it lacks."""
    return entry.id or "(no id)", entry.problem


def _on_named_version(ref: VersionRef, facts: Facts, protected: Protected) -> Verdict:
    found = _found(ref.model, str(ref), facts, protected)
    if isinstance(found, Blocked):
        return found
    return _on_matching(_matching(ref.selector, found), str(ref), found, facts)


def _on_matching(matching: Sequence[Listed], what: str, found: FoundModel, facts: Facts) -> Verdict:
    match matching:
        case []:
            return _version_not_found(what, found)
        case [Version() as version]:
            return on_listed(found, version, facts)
        case [UnreadVersion() as entry]:
            return _unreadable(what, entry)
        case several:
            return _ambiguous(what, several)


def _matching(selector: str, found: FoundModel) -> list[Listed]:
    """Return the versions a selector matches: the one with exactly this id, else all whose id begins with it.

    With an id such as `v1` no other one begins.
    """
    listed: dict[str, Listed] = {version.id: version for version in found.versions}
    listed |= {entry.id: entry for entry in found.unread}
    if exact := listed.get(selector):
        return [exact]
    return [one for key, one in listed.items() if key.startswith(selector)] if may_be_beginning(selector) else []


def _found(ref: ModelRef, what: str, facts: Facts, protected: Protected) -> FoundModel | Blocked:
    """Return the model as it was found, or what forbids deleting `what`: the model or one of its versions."""
    found = facts.models.get(ref)
    if found is None:
        return _model_not_found(ref, facts)
    return (
        _check_name(ref, found.model, what)
        or _check_rules(found.model, what, facts, protected)
        or _check_keep(found.model.ref, what, facts)
        or _check_list(found, what)
    )


def _check_name(ref: ModelRef, model: Model, what: str) -> Blocked | None:
    """Block a renamed model: Replicate may return it under its old name, but its new name was not asked for."""
    if model.is_called(ref):
        return None
    return blocked(
        Rule.RENAMED,
        what,
        f"it is called {model.ref} now, and only what is asked for by its own name is deleted",
        f"If you mean {model.ref}, ask for that",
    )


def _check_keep(ref: ModelRef, what: str, facts: Facts) -> Blocked | None:
    """Block a model that is kept, with all of its versions, as a protected one is."""
    keep = facts.keeps.of(ref, None)
    return None if keep is None else kept_by(keep, what)


def _check_list(found: FoundModel, what: str) -> FoundModel | Blocked:
    if found.is_listed:
        return found
    return blocked(
        Rule.UNLISTED,
        what,
        "Replicate shows the model, but not the list of its versions",
        "Try again in a few minutes, and look at the model's page",
    )


def _check_rules(model: Model, what: str, facts: Facts, protected: Protected) -> Blocked | None:
    if not facts.account.owns(model.ref):
        whose = facts.owners or f"the bot's token belongs to {facts.account.username}"
        return blocked(
            Rule.NOT_YOURS,
            what,
            f"it belongs to {model.ref.owner}, and {whose}",
            f"Only {model.ref.owner} can delete it",
        )
    if isinstance(model.visibility, UnknownVisibility):
        return blocked(
            Rule.UNKNOWN_VISIBILITY,
            what,
            f"Replicate says {_quoted(model.visibility)} of its visibility, and only private models can be deleted",
            f"Look at its settings: {model.url}/settings",
        )
    if model.visibility is not Visibility.PRIVATE:
        return blocked(
            Rule.PUBLIC,
            what,
            "the model is public, and Replicate only deletes private ones",
            f"Make it private in its settings first: {model.url}/settings",
        )
    if glob := protected.glob_for(model.ref):
        return blocked(
            Rule.PROTECTED,
            what,
            f"the team protects it: it matches {glob} in PROTECTED_MODELS",
            "Ask whoever runs the bot to change that setting",
        )
    return None


def _model_not_found(ref: ModelRef, facts: Facts) -> Blocked:
    near = facts.nearest.get(ref)
    seen = f"{facts.account.username}'s token can't see it"
    if facts.owners and not facts.account.owns(ref):
        seen = f"no token of the bot's can see it; {facts.owners}"
    return blocked(
        Rule.NOT_FOUND,
        str(ref),
        f"model not found: it doesn't exist, or {seen}",
        f"The nearest name I know is `{near}`" if near else "Check the spelling on the model's page",
    )


def _version_not_found(what: str, found: FoundModel) -> Blocked:
    newest = ", ".join(f"`{beginning(v.id)}`" for v in found.versions[:_CANDIDATES_SHOWN])
    has = f"Its newest versions are {newest}" if newest else f"{found.model.ref} has no versions"
    return blocked(Rule.NOT_FOUND, what, "the model has no version with this id", has)


def _quoted(visibility: UnknownVisibility) -> str:
    return f"“{visibility.said}”" if visibility.said else "nothing"


def _unreadable(what: str, entry: UnreadVersion) -> Blocked:
    """Return the verdict on a version that lacks what it should have: it may not be what it seems."""
    return blocked(Rule.UNREADABLE, what, entry.problem, "Look at the model's page; it can be deleted there")


def _ambiguous(what: str, matching: Sequence[Listed]) -> Blocked:
    shown = ", ".join(f"`{beginning(v.id, _AMBIGUOUS_ID_SHOWN)}`" for v in matching[:_CANDIDATES_SHOWN])
    more = len(matching) - _CANDIDATES_SHOWN
    return blocked(
        Rule.AMBIGUOUS,
        what,
        f"{len(matching)} versions begin with {what.rpartition(':')[2]}",
        f"Name one by a longer part of its id: {shown}" + (f" and {more} more" if more > 0 else ""),
    )
