"""What a line that was read asks for, or why it asks for nothing that could be done. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from bot.commands.line import Line, Wrong
from bot.commands.mistakes import Mistake, ParseError, as_code
from bot.commands.options import WithVersions
from bot.commands.references import Named
from bot.commands.wanted import DeleteModels, DeleteVersions, PickVersions, SelectVersions
from bot.refs import Command, ModelPattern, ModelRef, VersionRef

MAX_REFERENCES = 1_000
"""The most models or versions that one command may name."""

_NAMED = 3
"""Models that one sentence names."""

_Item = TypeVar("_Item")


def models_wanted(line: Line) -> DeleteModels:
    """Return the models that a line of /delete-model names. Raises Wrong if it names versions, or nothing."""
    if any(isinstance(named.what, VersionRef) for named in line.named):
        raise _versions_named(line)
    models = tuple(named.what for named in line.named if not isinstance(named.what, VersionRef))
    if not models:
        raise _nothing_named(line, "/delete-model acme/flux")
    is_along = any(isinstance(placed.option, WithVersions) for placed in line.placed)
    return DeleteModels(
        _deduplicated(models, line), line.reason.reason, with_versions=is_along, reference=line.reason.reference
    )


def _versions_named(line: Line) -> Wrong:
    """Return the error for versions in a line of /delete-model, with the line of /delete-version for them alone."""
    versions = {n.what: n for n in line.named if isinstance(n.what, VersionRef)}
    mistakes = []
    for version, named in versions.items():
        said = (
            f"{as_code(str(version))} is a version, and `{Command.DELETE_MODEL}` deletes whole models. "
            f"To delete versions, use `{Command.DELETE_VERSION}`."
        )
        mistakes.append(named.word.mistake(ParseError(said, example=f"{Command.DELETE_VERSION} {version}")))
    are_all = {n.what for n in line.named} <= {*versions, *(version.model for version in versions)}
    return Wrong(mistakes, [line.with_parts(command=Command.DELETE_VERSION)] if are_all else [])


def versions_wanted(line: Line) -> DeleteVersions | SelectVersions | PickVersions:
    """Return what a line of /delete-version asks for. Raises Wrong if that is not clear."""
    if line.rules:
        return _selection(line)
    if not line.named:
        raise _nothing_named(line, "/delete-version acme/flux:5c7d5dc6")
    unique = {named.what for named in line.named}
    if len(unique) == 1 and isinstance(model := line.named[0].what, ModelRef):
        return PickVersions(model, line.reason.reason, line.reason.reference)
    return DeleteVersions(_deduplicated(_named_versions(line), line), line.reason.reason, line.reason.reference)


def _selection(line: Line) -> SelectVersions:
    versions = [named for named in line.named if isinstance(named.what, VersionRef)]
    if versions:
        raise _rule_or_version(line, versions)
    models = tuple(named.what for named in line.named if not isinstance(named.what, VersionRef))
    if not models:
        raise _nothing_named(line, f"/delete-version acme/flux {line.options_text}")
    understood = tuple(placed.understood for placed in line.placed if placed.understood)
    return SelectVersions(
        _deduplicated(models, line), line.rules, line.reason.reason, understood, line.reason.reference
    )


def _rule_or_version(line: Line, versions: Sequence[Named]) -> Wrong:
    """Return the error for rules beside versions: either of them works alone."""
    of_models = [(n.word.start, n.word.end, str(n.what.model)) for n in versions if isinstance(n.what, VersionRef)]
    by_rule = line.with_parts(*_without_repetitions(of_models, {str(n.what) for n in line.named}))
    by_id = line.with_parts(*((placed.start, placed.end, "") for placed in line.placed))
    said = (
        f"`{line.options_text}` selects versions by rule, and {as_code(str(versions[0].what))} names one. "
        "Use one or the other."
    )
    error = ParseError(said, example=f"/delete-version acme/flux {line.options_text}")
    return Wrong([named.word.mistake(error) for named in versions], [by_rule, by_id])


def _without_repetitions(parts: Iterable[tuple[int, int, str]], seen: set[str]) -> list[tuple[int, int, str]]:
    """Return the parts, of which each text that was not `seen` is there once, and empty afterwards."""
    once = []
    for start, end, text in parts:
        once.append((start, end, "" if text in seen else text))
        seen.add(text)
    return once


def _nothing_named(line: Line, example: str) -> Wrong:
    if not line.placed:
        return Wrong([Mistake(0, len(line.text), ParseError("No model or version is named.", example=example))])
    said = f"Which model? Write its name before `{line.options_text}`."
    first, last = line.placed[0], line.placed[-1]
    return Wrong([Mistake(first.start, last.end, ParseError(said, example=example))])


def _named_versions(line: Line) -> tuple[VersionRef, ...]:
    """Return the versions. Raises Wrong if models are named without any of their versions."""
    versions = tuple(named.what for named in line.named if isinstance(named.what, VersionRef))
    with_versions = {version.model for version in versions}
    bare = [named for named in line.named if not isinstance(named.what, VersionRef) and named.what not in with_versions]
    if bare:
        raise Wrong(named.word.mistake(_which_versions(bare)) for named in bare)
    return versions


def _which_versions(bare: Sequence[Named]) -> ParseError:
    models = list(dict.fromkeys(named.what for named in bare))
    named = ", ".join(as_code(str(model)) for model in models[:_NAMED])
    more = f" and {len(models) - _NAMED:,} more" if len(models) > _NAMED else ""
    are_patterns = any(isinstance(model, ModelPattern) for model in models)
    how = "Use a rule" if are_patterns else "Add their ids, or use a rule"
    return ParseError(
        f"Which versions of {named}{more}? {how}: `--keep 5`, `--older-than 30d`, `--unused-for 90d` or `--all`.",
        example=f"/delete-version {models[0]} --keep 5",
    )


def _deduplicated(references: Iterable[_Item], line: Line) -> tuple[_Item, ...]:
    """Return each reference once, in typed order. Raises Wrong if there are more than MAX_REFERENCES."""
    unique = tuple(dict.fromkeys(references))
    if len(unique) > MAX_REFERENCES:
        error = ParseError(
            f"That names {len(unique):,} models or versions, from {as_code(str(unique[0]))} "
            f"to {as_code(str(unique[-1]))}, and one command takes at most {MAX_REFERENCES:,}. "
            "Split it into several commands."
        )
        raise Wrong([Mistake(0, len(line.text), error)])
    return unique
