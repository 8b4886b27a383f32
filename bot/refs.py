"""References to models and versions, and the commands that take them. Pure.

References are parsed by `bot.commands.references`, which checks that every part is one safe path segment.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

ID_SHOWN = 12
"""Characters of a version's id that are shown; the full id is in the link and in the request."""

_HEXADECIMAL = re.compile(r"[0-9a-f]+")


class Command(enum.StrEnum):
    """The slash commands."""

    DELETE_MODEL = "/delete-model"
    DELETE_VERSION = "/delete-version"


@dataclass(frozen=True, slots=True, order=True)
class ModelRef:
    """A model on Replicate, `owner/name`; each part has been checked to be one safe path segment."""

    owner: str
    name: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class VersionRef:
    """A version as a person named it: its model and a selector.

    The selector is a full id (64 hex digits), a prefix of at least 4 characters of one, or another id
    assigned by Replicate (its published examples use ids such as `v1`), which is always whole. The plan pins it to one
    full id.
    """

    model: ModelRef
    selector: str

    @property
    def is_whole(self) -> bool:
        """Whether the selector is a full id, which can be no prefix of another one."""
        return re.fullmatch(r"[0-9a-f]{64}", self.selector) is not None

    def __str__(self) -> str:
        return f"{self.model}:{self.selector}"


def may_be_beginning(selector: str) -> bool:
    """Return whether other characters may follow these in a version's id: they are hexadecimal. `v1` is not `v12`."""
    return _HEXADECIMAL.fullmatch(selector) is not None


def beginning(version_id: str, most: int = ID_SHOWN) -> str:
    """Return as much of an id as is typed to mean it: its first `most` characters, or all of one such as `v1`."""
    return version_id[:most] if may_be_beginning(version_id) else version_id


@dataclass(frozen=True, slots=True)
class ModelPattern:
    """A pattern of models of one owner: a glob over their names, in which capitals do not matter."""

    owner: str
    glob: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.glob}"


Reference = ModelRef | VersionRef
