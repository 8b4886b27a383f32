"""Replicate's answers as typed values, each read once from its JSON. Pure.

The `*Answer` models say which fields are relied on; every other field may come, go or change. Shapes:
https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from bot.references import ModelRef


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


@dataclass(frozen=True, slots=True)
class Model:
    """A model, its reference spelled as Replicate spells it."""

    ref: ModelRef
    visibility: Visibility
    description: str
    run_count: int
    latest_version_id: str | None
    url: str


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a model; `created_at` is in UTC."""

    id: str
    created_at: datetime
    cog_version: str | None


@dataclass(frozen=True, slots=True)
class Deployment:
    """A deployment and the version it runs; `model` is `owner/name`."""

    owner: str
    name: str
    model: str
    version_id: str


@dataclass(frozen=True, slots=True)
class Training:
    """A training: the version it started from and, once it has succeeded, the version it made."""

    id: str
    base_model: str | None
    base_version_id: str
    output_version_id: str | None


Parsed_co = TypeVar("Parsed_co", covariant=True)
Item_co = TypeVar("Item_co", covariant=True)


class Shape(Protocol[Parsed_co]):
    """A class whose instances are one kind of answer, read from its JSON."""

    def model_validate_json(self, json_data: bytes, /) -> Parsed_co:
        """The answer. Raises pydantic's ValidationError for anything else."""


class Page(Protocol[Item_co]):
    """One page of a list."""

    @property
    def next(self) -> str | None:
        """Where the list goes on, None on its last page."""

    def value(self) -> Sequence[Item_co]:
        """The items of this page."""


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", protected_namespaces=())


class AccountAnswer(_Answer):
    """`GET /account`."""

    type: AccountType
    username: str

    def value(self) -> Account:
        """The account."""
        return Account(self.type, self.username)


class _LatestVersion(_Answer):
    id: str


class ModelAnswer(_Answer):
    """`GET /models/{owner}/{name}`."""

    owner: str
    name: str
    visibility: Visibility
    url: str
    description: str | None = None
    run_count: int = 0
    latest_version: _LatestVersion | None = None

    def value(self) -> Model:
        """The model, without its schemas and examples."""
        return Model(
            ref=ModelRef(self.owner, self.name),
            visibility=self.visibility,
            description=self.description or "",
            run_count=self.run_count,
            latest_version_id=self.latest_version.id if self.latest_version else None,
            url=self.url,
        )


class _VersionAnswer(_Answer):
    id: str
    created_at: AwareDatetime
    cog_version: str | None = None


class _Release(_Answer):
    model: str
    version: str


class _DeploymentAnswer(_Answer):
    owner: str
    name: str
    current_release: _Release | None = None


class _TrainingAnswer(_Answer):
    id: str
    version: str
    model: str | None = None
    output: object = None


class _PageAnswer(_Answer):
    next: str | None = None


class VersionsPage(_PageAnswer):
    """`GET /models/{owner}/{name}/versions`."""

    results: list[_VersionAnswer]

    def value(self) -> Sequence[Version]:
        """The versions of this page, newest first."""
        return [Version(v.id, v.created_at.astimezone(UTC), v.cog_version) for v in self.results]


class DeploymentsPage(_PageAnswer):
    """`GET /deployments`."""

    results: list[_DeploymentAnswer]

    def value(self) -> Sequence[Deployment]:
        """The deployments of this page; one without a release runs no version and is left out."""
        return [
            Deployment(d.owner, d.name, d.current_release.model, d.current_release.version)
            for d in self.results
            if d.current_release is not None
        ]


class TrainingsPage(_PageAnswer):
    """`GET /trainings`."""

    results: list[_TrainingAnswer]

    def value(self) -> Sequence[Training]:
        """The trainings of this page."""
        return [Training(t.id, t.model, t.version, _output_version(t.output)) for t in self.results]


def _output_version(output: object) -> str | None:
    """The id in a training's output, which comes bare or as `owner/name:id`, and only after success."""
    version = output.get("version") if isinstance(output, dict) else None
    return version.rpartition(":")[2] or None if isinstance(version, str) else None
