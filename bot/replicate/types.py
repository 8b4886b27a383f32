"""Replicate's answers as typed values. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.refs import ModelRef


class AccountType(enum.StrEnum):
    """The kind of account that a token belongs to."""

    USER = "user"
    ORGANIZATION = "organization"
    UNKNOWN = "unknown"
    """A kind that Replicate has added since; nothing depends on it."""


class Visibility(enum.StrEnum):
    """Who may see a model. Only private ones can be deleted."""

    PUBLIC = "public"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class UnknownVisibility:
    """A visibility that the bot does not know, as Replicate words it; `said` is empty if it gives none."""

    said: str

    def __str__(self) -> str:
        return self.said


def visibility_of(said: str) -> Visibility | UnknownVisibility:
    """Return the visibility that Replicate words so."""
    try:
        return Visibility(said)
    except ValueError:
        return UnknownVisibility(said)


class Deletion(enum.Enum):
    """The result of a deletion that did not fail."""

    DELETED = "deleted"
    """204: it is deleted."""
    ACCEPTED = "accepted"
    """202: Replicate will delete it within minutes; it is deleted once it is no longer listed."""
    ALREADY_GONE = "already gone"
    """404, and further reads confirmed that there is nothing left to delete."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the token belongs to, the only owner whose models it may delete."""

    type: AccountType
    username: str

    def owns(self, ref: ModelRef) -> bool:
        """Return whether the account owns models of this owner name; case is ignored."""
        return self.username.lower() == ref.owner.lower()


@dataclass(frozen=True, slots=True)
class Model:
    """A model; `ref` is spelled as Replicate spells it.

    `run_count` is how often anybody has run it; it is None, and `description` empty, where Replicate does not tell.
    """

    ref: ModelRef
    visibility: Visibility | UnknownVisibility
    latest_version_id: str | None
    description: str = ""
    run_count: int | None = None

    @property
    def url(self) -> str:
        """The URL of its page."""
        return f"https://replicate.com/{self.ref}"

    def is_called(self, ref: ModelRef) -> bool:
        """Return whether this model has that name, ignoring case; a renamed model may be returned for its old name."""
        return str(self.ref).lower() == str(ref).lower()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model; `created_at` is in UTC.

    `schema_digest` identifies its OpenAPI schema; None if there is none or it has not been read.
    """

    id: str
    created_at: datetime
    cog_version: str | None
    schema_digest: str | None = None


@dataclass(frozen=True, slots=True)
class UnreadVersion:
    """An entry of a model's list that lacks what a version has: `problem` says what, `id` is empty if it is the id."""

    id: str
    problem: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment, the version it runs, and that version's model as Replicate names it.

    `version_id` and `model` are empty if they cannot be read. `owner` and `name` are for display.
    """

    owner: str
    name: str
    version_id: str
    model: str = ""

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class Training:
    """A training and the version it started from, empty if that cannot be read. `id` is for display.

    `model` is the model of that version and `result` the one it has made a version of, as Replicate names them; both
    are empty if they cannot be read.
    """

    id: str
    base_version_id: str
    model: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction of the account: the version that was run, when, in UTC, and the model as Replicate names it.

    `version_id`, `model` and `id` are empty and `created_at` is None if Replicate does not reveal them.
    """

    version_id: str
    created_at: datetime | None
    model: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model with every field of Replicate's answer about it."""

    model: Model
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class VersionDetails:
    """A version with its OpenAPI schema as JSON values; `schema` is None if Replicate gives none."""

    version: Version
    schema: object

    @property
    def id(self) -> str:
        """The version's full id."""
        return self.version.id


def without_schema(listed: VersionDetails | UnreadVersion) -> Version | UnreadVersion:
    """Return an entry of a list of versions without the schema it carries."""
    return listed.version if isinstance(listed, VersionDetails) else listed
