"""The text of a command -> what the requester wants deleted. Pure.

`references.py` parses the words and `options.py` the options; this module combines them into one result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from bot.commands.options import SelectionRule, SplitOptions, WithVersions, split_options, split_reason
from bot.commands.references import read_references
from bot.commands.tokens import ParseError, as_code, is_option, option_name, tokens_in
from bot.errors import NotUnderstood
from bot.refs import Command, ModelRef, Reference, VersionRef

MAX_REFERENCES = 100
"""The most references that one command may name."""

_HELP_WORDS = frozenset({"help", "-h"})
_Ref = TypeVar("_Ref", ModelRef, VersionRef)


@dataclass(frozen=True, slots=True)
class DeleteModels:
    """A command to delete these models: at least one, without duplicates, in typed order.

    `with_versions`: delete each model's versions as well, before the model.
    """

    models: tuple[ModelRef, ...]
    reason: str = ""
    with_versions: bool = False


@dataclass(frozen=True, slots=True)
class DeleteVersions:
    """A command to delete these versions: at least one, without duplicates, in typed order."""

    versions: tuple[VersionRef, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SelectVersions:
    """A command to delete those versions of one model that match every rule; there is at least one rule."""

    model: ModelRef
    rules: tuple[SelectionRule, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PickVersions:
    """A command to open the picker for the versions of this model."""

    model: ModelRef
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """A command that asks how it is used."""


def parse_delete_model(text: str) -> DeleteModels | Help:
    """Parse the text of /delete-model. Raises NotUnderstood, with an example, for anything but models."""
    try:
        named, reason = split_reason(text)
        typed = _split_unless_help(named, Command.DELETE_MODEL)
        if typed is None:
            return Help()
        return DeleteModels(_deduplicated(_whole_models(typed)), reason, with_versions=WithVersions() in typed.options)
    except ParseError as error:
        raise _with_example(error, "/delete-model acme/flux") from error


def parse_delete_version(text: str) -> DeleteVersions | SelectVersions | PickVersions | Help:
    """Parse the text of /delete-version.

    The text names either versions, each as `owner/name:id` or as an id that follows its model, or one model, with
    rules or alone. Raises NotUnderstood, with an example, for anything else, including a model without a version
    beside other references.
    """
    try:
        named, reason = split_reason(text)
        typed = _split_unless_help(named, Command.DELETE_VERSION)
        if typed is None:
            return Help()
        references = list(read_references(typed.words))
        if rules := _rules(typed):
            return SelectVersions(_one_model(references, typed), rules, reason)
        if len(set(references)) == 1 and isinstance(references[0], ModelRef):
            return PickVersions(references[0], reason)
        return DeleteVersions(_deduplicated(_named_versions(references)), reason)
    except ParseError as error:
        raise _with_example(error, "/delete-version acme/flux:5c7d5dc6") from error


def parse_rules(text: str) -> tuple[SelectionRule, ...]:
    """Parse rules written without a model, such as `--keep 5 --older-than 30d`: at least one.

    Raises NotUnderstood, with an example, for anything else.
    """
    try:
        return _only_rules(text)
    except ParseError as error:
        raise _with_example(error, "--keep 5 --older-than 30d") from error


def _only_rules(text: str) -> tuple[SelectionRule, ...]:
    named, reason = split_reason(text)
    typed = split_options(tokens_in(named), command=Command.DELETE_VERSION)
    unexpected = f"--reason {reason}" if reason else next(iter(typed.words), "")
    if unexpected:
        raise ParseError(f"{as_code(unexpected)} is not a rule.", example="--keep 5 --older-than 30d")
    if not typed.options:
        raise ParseError("No rule is written.", example="--keep 5 --older-than 30d")
    return _rules(typed)


def _rules(typed: SplitOptions) -> tuple[SelectionRule, ...]:
    return tuple(option for option in typed.options if not isinstance(option, WithVersions))


def _with_example(error: ParseError, usual_example: str) -> NotUnderstood:
    example = error.example or usual_example
    return NotUnderstood(f"{error} Nothing was touched. For example: `{example}`")


def _split_unless_help(text: str, command: Command) -> SplitOptions | None:
    """Return the text's words and options, or None if it asks for help."""
    tokens = list(tokens_in(text))
    return None if _asks_for_help(tokens) else split_options(tokens, command=command)


def _asks_for_help(tokens: list[str]) -> bool:
    nothing_else = len(tokens) <= 1 and all(token.lower() in _HELP_WORDS for token in tokens)
    return nothing_else or any(is_option(token) and option_name(token) == "help" for token in tokens)


def _whole_models(typed: SplitOptions) -> list[ModelRef]:
    models = [_whole_model(reference) for reference in read_references(typed.words)]
    if not models:
        options = _options_text(typed)
        raise ParseError(f"{as_code(options)} names no model.", example=f"/delete-model acme/flux {options}")
    return models


def _whole_model(reference: Reference) -> ModelRef:
    if isinstance(reference, VersionRef):
        raise ParseError(
            f"{as_code(str(reference))} names a version, and /delete-model deletes whole models; "
            "/delete-version deletes versions.",
            example=f"/delete-version {reference}",
        )
    return reference


def _one_model(references: list[Reference], typed: SplitOptions) -> ModelRef:
    """Return the model whose versions the rules select. Raises ParseError unless exactly one model is named."""
    rules, unique = _options_text(typed), list(dict.fromkeys(references))
    version = next((reference for reference in unique if isinstance(reference, VersionRef)), None)
    if version is not None:
        raise ParseError(
            f"{as_code(rules)} selects versions by rule, and {as_code(str(version))} names one; "
            "write one or the other.",
            example=f"/delete-version {version.model} {rules}",
        )
    models = [reference for reference in unique if isinstance(reference, ModelRef)]
    if len(models) != 1:
        named = f"{len(models)} models are named" if models else "no model is named"
        raise ParseError(
            f"{as_code(rules)} selects versions of one model, and {named}.",
            example=f"/delete-version {models[0] if models else 'acme/flux'} {rules}",
        )
    return models[0]


def _options_text(typed: SplitOptions) -> str:
    return " ".join(map(str, typed.options))


def _named_versions(references: list[Reference]) -> list[VersionRef]:
    """Return the versions. Raises ParseError if a model is named without any of its versions."""
    versions = [reference for reference in references if isinstance(reference, VersionRef)]
    with_versions = {version.model for version in versions}
    for reference in references:
        if isinstance(reference, ModelRef) and reference not in with_versions:
            raise ParseError(
                f"{as_code(str(reference))} is a model, and none of its versions is named; add their ids, or select "
                "them by `--keep 5`, `--older-than 30d`, `--unused-for 90d` or `--all`.",
                example=f"/delete-version {reference}:5c7d5dc6",
            )
    return versions


def _deduplicated(references: list[_Ref]) -> tuple[_Ref, ...]:
    """Return each reference once, in typed order. Raises ParseError if there are more than MAX_REFERENCES."""
    unique = tuple(dict.fromkeys(references))
    if len(unique) > MAX_REFERENCES:
        raise ParseError(
            f"That names {len(unique)} models or versions, from {as_code(str(unique[0]))} "
            f"to {as_code(str(unique[-1]))}, and one command takes at most {MAX_REFERENCES}. "
            "Split it into several commands."
        )
    return unique
