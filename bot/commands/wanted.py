"""What a command asks for, and the line that says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from bot.commands.options import SelectionRule
from bot.commands.reasons import written_end
from bot.refs import Command, ModelPattern, ModelRef, VersionRef


@dataclass(frozen=True, slots=True)
class DeleteModels:
    """A command to delete these models and those that match: at least one, without duplicates, in typed order.

    `with_versions`: delete each model's versions as well, before the model.
    """

    models: tuple[ModelRef | ModelPattern, ...]
    reason: str = ""
    with_versions: bool = False
    reference: str = ""


@dataclass(frozen=True, slots=True)
class DeleteVersions:
    """A command to delete these versions: at least one, without duplicates, in typed order."""

    versions: tuple[VersionRef, ...]
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class SelectVersions:
    """A command to delete those versions of each of these models that match every rule; there is at least one rule.

    `understood` are sentences that say how values were understood that can be written in several ways.
    """

    models: tuple[ModelRef | ModelPattern, ...]
    rules: tuple[SelectionRule, ...]
    reason: str = ""
    understood: tuple[str, ...] = ()
    reference: str = ""


@dataclass(frozen=True, slots=True)
class PickVersions:
    """A command to open the picker for the versions of this model."""

    model: ModelRef
    reason: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Help:
    """A command that asks how it is used."""


Wanted = DeleteModels | DeleteVersions | SelectVersions | PickVersions
"""What a command asks for that is not help."""


def written(wanted: Wanted) -> str:
    """Return the line that asks for this, with its command; read again, it means the same."""
    match wanted:
        case DeleteModels():
            options = " --with-versions" if wanted.with_versions else ""
            line = f"{Command.DELETE_MODEL} {_listed(wanted.models)}{options}"
        case DeleteVersions():
            line = f"{Command.DELETE_VERSION} {_listed(wanted.versions)}"
        case SelectVersions():
            line = f"{Command.DELETE_VERSION} {_listed(wanted.models)} {_listed(wanted.rules)}"
        case PickVersions():
            line = f"{Command.DELETE_VERSION} {wanted.model}"
    return line + written_end(wanted.reference, wanted.reason)


def renamed(wanted: Wanted, names: Mapping[ModelRef, ModelRef]) -> Wanted:
    """Return the same with other models in place of some, each named once."""
    match wanted:
        case DeleteModels() | SelectVersions():
            models = (names.get(m, m) if isinstance(m, ModelRef) else m for m in wanted.models)
            return replace(wanted, models=tuple(dict.fromkeys(models)))
        case DeleteVersions():
            versions = (replace(v, model=names.get(v.model, v.model)) for v in wanted.versions)
            return replace(wanted, versions=tuple(dict.fromkeys(versions)))
        case PickVersions():
            return replace(wanted, model=names.get(wanted.model, wanted.model))


def _listed(parts: tuple[object, ...]) -> str:
    return " ".join(map(str, parts))
