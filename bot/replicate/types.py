"""What Replicate says, as typed values. Pure."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.refs import ModelRef


class AccountType(enum.StrEnum):
    """What kind of account a token belongs to."""

    USER = "user"
    ORGANIZATION = "organization"


class Visibility(enum.StrEnum):
    """Who may see a model. Only private ones can be deleted."""

    PUBLIC = "public"
    PRIVATE = "private"


class Deletion(enum.Enum):
    """How a deletion that did not fail ended."""

    DELETED = "deleted"
    """204: it is gone."""
    ACCEPTED = "accepted"
    """202: Replicate will delete it within minutes; it is gone when it is no longer listed."""
    ALREADY_GONE = "already gone"
    """404, and the account can see that nothing is left to delete."""


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the token belongs to: the only owner whose models it may delete."""

    type: AccountType
    username: str

    def owns(self, ref: ModelRef) -> bool:
        """Whether a model of this name is the account's own, in whichever case it is written."""
        return self.username.lower() == ref.owner.lower()


@dataclass(frozen=True, slots=True)
class Model:
    """A model, its reference spelled as Replicate spells it."""

    ref: ModelRef
    visibility: Visibility
    latest_version_id: str | None

    @property
    def url(self) -> str:
        """The address of its page."""
        return f"https://replicate.com/{self.ref}"

    def is_called(self, ref: ModelRef) -> bool:
        """Whether this is the model of that name, in whichever case; after a renaming the old name may lead here."""
        return str(self.ref).lower() == str(ref).lower()


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model; `created_at` is in UTC.

    `schema_digest` tells its OpenAPI schema from others, once somebody has looked at that.
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
    """A prediction of the account: the version that made it, when, in UTC, and the model as Replicate names it.

    `version_id` is empty where Replicate does not tell the version, and `model` where it does not tell that.
    """

    version_id: str
    created_at: datetime
    model: str = ""


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model with everything Replicate says about it: its answer, field by field."""

    model: Model
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class VersionDetails:
    """A version with its OpenAPI schema as JSON values, None where Replicate gives none."""

    version: Version
    schema: object
