"""The JSON of Replicate's answers, parsed into typed values. Pure.

The `*Answer` and `*Page` models declare the fields the bot relies on; all others are ignored.
Shapes: https://replicate.com/docs/reference/http
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC
from typing import Annotated, Protocol, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, StringConstraints
from pydantic_core import from_json

from bot.refs import ModelRef
from bot.replicate.types import (
    Account,
    AccountType,
    Deployment,
    Model,
    ModelDetails,
    Prediction,
    Training,
    Version,
    VersionDetails,
    Visibility,
)

Parsed_co = TypeVar("Parsed_co", covariant=True)
Item_co = TypeVar("Item_co", covariant=True)


Segment = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$")]
"""An owner, a name or an id: one safe path segment, which can be shown unescaped."""

_NOT_IN_NAMES = re.compile(r"[^\w./-]")


class Shape(Protocol[Parsed_co]):
    """A class that parses one kind of answer from its JSON."""

    def model_validate_json(self, json_data: bytes, /) -> Parsed_co:
        """Return the parsed answer. Raises pydantic's ValidationError for anything else."""


class Page(Protocol[Item_co]):
    """One page of a list."""

    @property
    def next(self) -> str | None:
        """The link to the next page, or None on the last one."""

    def value(self) -> Sequence[Item_co]:
        """Return the items of this page."""


class _Answer(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore", protected_namespaces=())


class AccountAnswer(_Answer):
    """`GET /account`."""

    type: AccountType
    username: Segment

    def value(self) -> Account:
        """Return the account."""
        return Account(self.type, self.username)


class _LatestVersion(_Answer):
    id: Segment


class ModelAnswer(_Answer):
    """`GET /models/{owner}/{name}`."""

    owner: Segment
    name: Segment
    visibility: Visibility
    latest_version: _LatestVersion | None = None

    def value(self) -> Model:
        """Return the model, without its schemas and examples."""
        return Model(
            ref=ModelRef(self.owner, self.name),
            visibility=self.visibility,
            latest_version_id=self.latest_version.id if self.latest_version else None,
        )


class ModelDetailsAnswer:
    """`GET /models/{owner}/{name}`, with all its fields."""

    @staticmethod
    def model_validate_json(json_data: bytes, /) -> ModelDetails:
        """Return the model and its fields. Raises pydantic's ValidationError as `ModelAnswer` does."""
        return ModelDetails(ModelAnswer.model_validate_json(json_data).value(), from_json(json_data))


class _VersionAnswer(_Answer):
    id: Segment
    created_at: AwareDatetime
    cog_version: str | None = None

    def value(self) -> Version:
        return Version(self.id, self.created_at.astimezone(UTC), self.cog_version)


class OneVersionAnswer(_Answer):
    """`GET /models/{owner}/{name}/versions/{id}`; only the id is used."""

    id: str


class _VersionDetailsAnswer(_VersionAnswer):
    openapi_schema: object = None


class _Release(_Answer):
    version: str


class _DeploymentAnswer(_Answer):
    owner: str
    name: str
    current_release: _Release | None = None


class _TrainingAnswer(_Answer):
    id: str
    version: str


class _PageAnswer(_Answer):
    next: str | None = None


class VersionsPage(_PageAnswer):
    """`GET /models/{owner}/{name}/versions`."""

    results: list[_VersionAnswer]

    def value(self) -> Sequence[Version]:
        """Return the versions of this page, newest first."""
        return [version.value() for version in self.results]


class VersionDetailsPage(_PageAnswer):
    """`GET /models/{owner}/{name}/versions`, with the schemas that its items carry."""

    results: list[_VersionDetailsAnswer]

    def value(self) -> Sequence[VersionDetails]:
        """Return the versions of this page, newest first."""
        return [VersionDetails(version.value(), version.openapi_schema) for version in self.results]


class DeploymentsPage(_PageAnswer):
    """`GET /deployments`."""

    results: list[_DeploymentAnswer]

    def value(self) -> Sequence[Deployment]:
        """Return the deployments of this page, without those that have no release and so run no version."""
        return [
            Deployment(_displayable(d.owner), _displayable(d.name), d.current_release.version)
            for d in self.results
            if d.current_release is not None
        ]


class TrainingsPage(_PageAnswer):
    """`GET /trainings`."""

    results: list[_TrainingAnswer]

    def value(self) -> Sequence[Training]:
        """Return the trainings of this page."""
        return [Training(_displayable(t.id), t.version) for t in self.results]


class _PredictionAnswer(_Answer):
    created_at: AwareDatetime
    model: str | None = None
    version: str | None = None


_NO_VERSION = (None, "", "hidden")


class PredictionsPage(_PageAnswer):
    """`GET /predictions`."""

    results: list[_PredictionAnswer]

    def value(self) -> Sequence[Prediction]:
        """Return the predictions of this page, most recent first.

        A prediction with an official model has no version, and any prediction may hide it (`"hidden"`).
        """
        return [
            Prediction("" if p.version in _NO_VERSION else str(p.version), p.created_at.astimezone(UTC), p.model or "")
            for p in self.results
        ]


def _displayable(name: str) -> str:
    """Return a name for display, with every character that is unusual in names replaced by U+FFFD."""
    return _NOT_IN_NAMES.sub("\N{REPLACEMENT CHARACTER}", name)
