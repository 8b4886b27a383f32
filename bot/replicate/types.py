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


class Visibility(enum.StrEnum):
    """Who may see a model. Only private ones can be deleted."""

    PUBLIC = "public"
    PRIVATE = "private"


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
    """A model; `ref` is spelled as Replicate spells it."""

    ref: ModelRef
    visibility: Visibility
    latest_version_id: str | None

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
class Deployment:
    """A deployment and the version it runs."""

    owner: str
    name: str
    version_id: str

    def __str__(self) -> str:
        return f"{self.owner}/{self.name}"


@dataclass(frozen=True, slots=True)
class Training:
    """A training and the version it started from."""

    id: str
    base_version_id: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """A prediction of the account: the version that was run, when, in UTC, and the model as Replicate names it.

    `version_id` and `model` are empty if Replicate does not reveal them.
    """

    version_id: str
    created_at: datetime
    model: str = ""


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
