"""What people type -> references to models and versions. Pure: no I/O, no clock.

Every owner, name and selector that leaves here is one safe path segment: ASCII letters, digits, `.`, `_`
and `-`, beginning with a letter or digit. Owners and names stay as typed, because Replicate does not say
whether it tells upper and lower case apart; hexadecimal ids are lower-cased, as Replicate writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from bot.errors import NotUnderstood
from bot.tokens import Place, Unclear, is_option, located, option_name, quoted, tokens_in, without_reason

MOST_REFERENCES = 100
"""References that one command may name."""

LONGEST_NAME = 100
"""Characters of an owner or a name. Ours: Replicate publishes no limit, and its names are far shorter."""

LONGEST_SELECTOR = 64
SHORTEST_PREFIX = 4

# A name may have dots, an owner may not: `evil.test/flux` is an address of somebody else's host.
_OWNER = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_HEX = re.compile(r"[0-9a-fA-F]+")
_OTHER_ID = re.compile(r"[vV][0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?")
_BEFORE_SELECTOR = re.compile(r"(?:@sha256:|:)(?=.)", re.IGNORECASE)
_DIGEST = "sha256:"
_HELP_WORDS = frozenset({"help", "-h"})
_SHAPE = "Write a model as owner/name and a version as owner/name:id, with no space around slash or colon."

_VERSIONS = "versions"
# The tabs of a model's page; /settings is where https://replicate.com/docs/topics/models/delete-a-model
# sends people who delete by hand.
_TABS = {
    Place.SITE: frozenset({_VERSIONS, "api", "examples", "playground", "readme", "settings", "train"}),
    Place.API: frozenset({_VERSIONS}),
    Place.PLAIN: frozenset[str](),
}


@dataclass(frozen=True, slots=True, order=True)
class ModelRef:
    """A model on Replicate: `owner/name`, both already checked to be one safe path segment each."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class VersionRef:
    """A version as a person named it: its model and a selector.

    The selector is a full id (64 hex digits), a prefix of at least 4 characters of one, or another id
    that Replicate gave (its published examples use ids such as `v1`). The plan pins it to one full id.
    """

    model: ModelRef
    selector: str

    def __str__(self) -> str:
        return f"{self.model}:{self.selector}"


@dataclass(frozen=True, slots=True)
class DeleteModels:
    """Somebody wants these models deleted: none twice, in typed order, at least one."""

    models: tuple[ModelRef, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class DeleteVersions:
    """Somebody wants these versions deleted: none twice, in typed order, at least one."""

    versions: tuple[VersionRef, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """Somebody wants to know how the command is used."""


_Reference = ModelRef | VersionRef
_Named = TypeVar("_Named", ModelRef, VersionRef)


def parse_delete_model(text: str) -> DeleteModels | Help:
    """Read the text of /delete-model. Raises NotUnderstood, with an example, for anything but models."""
    try:
        named, reason = without_reason(text)
        models = [_whole_model(reference) for reference in _references(named)]
        return DeleteModels(_few(models), reason) if models else Help()
    except Unclear as unclear:
        raise _not_understood(unclear, "/delete-model acme/flux") from unclear


def parse_delete_version(text: str) -> DeleteVersions | Help:
    """Read the text of /delete-version: versions, each with its model or after it.

    Raises NotUnderstood, with an example, for anything else, also for a model without a version.
    """
    try:
        named, reason = without_reason(text)
        versions = _chosen_versions(_references(named))
        return DeleteVersions(_few(versions), reason) if versions else Help()
    except Unclear as unclear:
        raise _not_understood(unclear, "/delete-version acme/flux:5c7d5dc6") from unclear


def _not_understood(unclear: Unclear, usual_example: str) -> NotUnderstood:
    example = unclear.example or usual_example
    return NotUnderstood(f"{unclear} Nothing was touched. For example: `{example}`")


def _references(text: str) -> list[_Reference]:
    """Return what the text names, in typed order; nothing where it asks for help."""
    tokens = list(tokens_in(text))
    if _asks_for_help(tokens):
        return []
    for option in filter(is_option, tokens):
        raise Unclear(f"{quoted(option)} is not an option of this command.")
    return list(_read(tokens))


def _asks_for_help(tokens: list[str]) -> bool:
    nothing_else = len(tokens) <= 1 and all(token.lower() in _HELP_WORDS for token in tokens)
    return nothing_else or any(is_option(token) and option_name(token) == "help" for token in tokens)


def _read(tokens: Iterable[str]) -> Iterator[_Reference]:
    """Yield each token's reference; a word without a slash is a version of the model named last."""
    model: ModelRef | None = None
    for token in tokens:
        reference = _addressed(token) if "/" in token else _version_of(model, token)
        model = reference if isinstance(reference, ModelRef) else reference.model
        yield reference


def _version_of(model: ModelRef | None, token: str) -> VersionRef:
    selector = _selector(token)
    if model is None:
        raise Unclear(f"{quoted(token)} names a version but not its model; together they are `owner/name:{selector}`.")
    return VersionRef(model, selector)


def _addressed(token: str) -> _Reference:
    place, segments = located(token)
    if len(segments) == 1:
        raise Unclear(f"{quoted(token)} names no model. {_SHAPE}")
    owner, rest, *tail = segments
    name, *selectors = _BEFORE_SELECTOR.split(rest, maxsplit=1)
    if not (_is_segment(owner, _OWNER) and _is_segment(name, _NAME)):
        raise Unclear(f"{quoted(token)} has no owner/name that Replicate could know. {_SHAPE}")
    model = ModelRef(owner, name)
    match selectors, tail:
        case ([], []):
            return model
        case ([selector], []):
            return VersionRef(model, _selector(selector))
        case ([], [tab]) if tab in _TABS[place]:
            return model
        case ([], ["versions", selector]) if _VERSIONS in _TABS[place]:
            return VersionRef(model, _selector(selector))
    raise Unclear(f"{quoted(token)} goes on after the model, with {quoted('/' + '/'.join(tail))}. {_SHAPE}")


def _is_segment(text: str, shape: re.Pattern[str]) -> bool:
    return len(text) <= LONGEST_NAME and shape.fullmatch(text) is not None


def _selector(typed: str) -> str:
    """Return the selector that `typed` means. Raises Unclear where no version could have such an id."""
    prefixed = typed[: len(_DIGEST)].lower() == _DIGEST
    selector = typed[len(_DIGEST) :] if prefixed else typed
    if len(selector) > LONGEST_SELECTOR:
        raise Unclear(
            f"{quoted(typed)} is longer than a version's id, which has at most {LONGEST_SELECTOR} characters."
        )
    if _OTHER_ID.fullmatch(selector):
        return selector
    if not _HEX.fullmatch(selector):
        raise Unclear(f"{quoted(typed)} is neither owner/name nor the id of a version. {_SHAPE}")
    if len(selector) < SHORTEST_PREFIX:
        raise Unclear(
            f"{quoted(typed)} is too short for a version; write at least {SHORTEST_PREFIX} characters of its id."
        )
    return selector.lower()


def _whole_model(reference: _Reference) -> ModelRef:
    if isinstance(reference, VersionRef):
        raise Unclear(
            f"{quoted(str(reference))} names a version, and /delete-model deletes whole models; "
            "/delete-version deletes versions.",
            example=f"/delete-version {reference}",
        )
    return reference


def _chosen_versions(references: list[_Reference]) -> list[VersionRef]:
    """Return the versions. Raises Unclear for a model of which no version is named."""
    versions = [reference for reference in references if isinstance(reference, VersionRef)]
    with_versions = {version.model for version in versions}
    for reference in references:
        if isinstance(reference, ModelRef) and reference not in with_versions:
            raise Unclear(
                f"{quoted(str(reference))} is a model, and none of its versions is named; add their ids.",
                example=f"/delete-version {reference}:5c7d5dc6",
            )
    return versions


def _few(references: list[_Named]) -> tuple[_Named, ...]:
    """Return each reference once, in typed order. Raises Unclear where one command names too many."""
    different = tuple(dict.fromkeys(references))
    if len(different) > MOST_REFERENCES:
        raise Unclear(
            f"That names {len(different)} to delete, from {quoted(str(different[0]))} "
            f"to {quoted(str(different[-1]))}, and one command takes at most {MOST_REFERENCES}."
        )
    return different
