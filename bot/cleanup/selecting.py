"""What a cleanup rule selects, which the processes on one database tell each other. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from bot.commands.options import Keep, OlderThan, SelectionRule, UnusedFor
from bot.refs import ModelRef


@dataclass(frozen=True, slots=True)
class Selecting:
    """The part of a cleanup rule that says which versions it proposes, with its fields as `CleanupRule` has them.

    `models` are references and patterns, as they are written.
    """

    name: str
    models: tuple[str, ...]
    keep: int | None = None
    older_than: int | None = None
    unused_for: int | None = None

    @property
    def selection(self) -> tuple[SelectionRule, ...]:
        """What a version has to match, as the options of a command say it."""
        return (
            *([] if self.keep is None else [Keep(self.keep)]),
            *([] if self.older_than is None else [OlderThan(self.older_than)]),
            *([] if self.unused_for is None else [UnusedFor(self.unused_for)]),
        )

    def covers(self, ref: ModelRef) -> bool:
        """Whether it is about this model; capitals do not matter, as in the names of commands."""
        return any(fnmatchcase(str(ref).lower(), one.lower()) for one in self.models)

    def to_fields(self) -> dict[str, Any]:
        """Return this as what JSON can hold."""
        return {
            "name": self.name,
            "models": list(self.models),
            "keep": self.keep,
            "older_than": self.older_than,
            "unused_for": self.unused_for,
        }

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Selecting:
        """Read what `to_fields` returned. Raises ValueError, KeyError or TypeError for anything else."""
        lengths = (fields[key] for key in ("keep", "older_than", "unused_for"))
        return cls(
            str(fields["name"]),
            tuple(map(str, fields["models"])),
            *(None if length is None else int(length) for length in lengths),
        )
