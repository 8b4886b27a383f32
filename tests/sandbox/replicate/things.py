"""The things a stand-in Replicate knows: accounts, models, versions and what uses them. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Account:
    """Whom a token belongs to."""

    type: str
    username: str


@dataclass
class Version:
    """A version; `deleting_since` is when its deletion was accepted, `delete_requests` how often asked.

    Without a `schema` of its own it has the one of every other.
    """

    id: str
    created_at: datetime
    cog_version: str = "0.9.4"
    schema: object = None
    deleting_since: datetime | None = None
    delete_requests: int = 0


@dataclass
class Model:
    """A model with its versions, oldest first."""

    owner: str
    name: str
    visibility: str
    description: str
    created_at: datetime
    run_count: int = 0
    is_official: bool = False
    readme: str = ""
    has_list: bool = True
    versions: list[Version] = field(default_factory=list)

    @property
    def ref(self) -> str:
        """`owner/name`."""
        return f"{self.owner}/{self.name}"

    @property
    def private(self) -> bool:
        """Whether only its owner sees it."""
        return self.visibility == "private"

    def version(self, version_id: str) -> Version | None:
        """The version with exactly this id."""
        return next((version for version in self.versions if version.id == version_id), None)


@dataclass(frozen=True)
class Deployment:
    """A deployment and the version its current release runs."""

    owner: str
    name: str
    model: str
    version_id: str
    created_at: datetime


@dataclass(frozen=True)
class Training:
    """A training by `owner`: `version_id` is the base, `output` the `owner/name:id` that it made."""

    id: str
    owner: str
    model: str
    version_id: str
    output: str | None
    status: str
    created_at: datetime


@dataclass(frozen=True)
class Prediction:
    """A prediction, who ran it, how (`source` is `api` or `web`), and the name of the deployment that it ran on."""

    id: str
    by: str
    model: str
    version_id: str
    created_at: datetime
    told: str | None = "version"
    source: str = "api"
    deployment: str | None = None

    @property
    def version_told(self) -> str | None:
        """What Replicate says the version is: the version, `hidden`, the id of a deployment (`dp-...`) or nothing."""
        return self.version_id if self.told == "version" else self.told
