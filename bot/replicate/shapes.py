"""The JSON values of Replicate's answers -> typed values. Pure.

Only what everything depends on is required: the account's name, a model's owner and name, that a list is a list.
Anything else that is missing or of another kind is noted and passed over, and the typed value says that it is not
known. What is not known never makes anything deletable: each reader of these values takes it for the worse case.
Shapes: https://replicate.com/docs/reference/http, where nearly every field is optional.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field

from bot.refs import ModelRef
from bot.replicate.fields import Id, Lenient, ModelName, Moment, Needed, Segment, displayable
from bot.replicate.types import (
    Account,
    AccountType,
    Deployment,
    Model,
    ModelDetails,
    Prediction,
    Training,
    UnknownVisibility,
    UnreadVersion,
    Version,
    VersionDetails,
    visibility_of,
    without_schema,
)
from bot.untrusted_text import clean

Note = Callable[[str], None]
"""Is told what was passed over, in words that quote nothing of the answer."""

Item = TypeVar("Item")
Value = TypeVar("Value")

Shape = Callable[[Any, Note], Value]
"""Turns the JSON value of an answer into a typed one. Raises pydantic's ValidationError for another shape."""

_MAX_SAID_CHARS = 50
_MAX_DESCRIPTION_CHARS = 500
_MAX_RUN_COUNT = 2**31 - 1
"""Above it, a count is taken for not told: no private model is run as often, and the database takes no more."""
_NOT_TOLD = "(not told)"


class _Account(Needed):
    username: Segment
    type: object = None


def account_of(value: Any, note: Note) -> Account:  # noqa: ANN401 - any JSON
    """`GET /account`."""
    fields = _Account.model_validate(value)
    try:
        kind = AccountType(str(fields.type))
    except ValueError:
        note("the account is of a type that the bot does not know")
        kind = AccountType.UNKNOWN
    return Account(kind, fields.username)


class _LatestVersion(Lenient):
    id: Id | None = None


class _AboutModel(Lenient):
    description: str | None = None
    run_count: Annotated[int, Field(ge=0, le=_MAX_RUN_COUNT)] | None = None


class _Model(Needed):
    owner: Segment
    name: Segment
    visibility: object = None
    latest_version: object = None


def model_of(value: Any, note: Note) -> Model:  # noqa: ANN401 - any JSON
    """`GET /models/{owner}/{name}`, without its schemas and examples."""
    fields = _Model.model_validate(value)
    visibility = visibility_of(displayable(fields.visibility)[:_MAX_SAID_CHARS])
    if isinstance(visibility, UnknownVisibility):
        note("a model has a visibility that the bot does not know")
    latest = _LatestVersion.of(fields.latest_version).id
    if fields.latest_version is not None and latest is None:
        note("a model has a latest version without an id")
    about = _AboutModel.of(value)
    description = clean(about.description or "")[:_MAX_DESCRIPTION_CHARS]
    return Model(ModelRef(fields.owner, fields.name), visibility, latest, description, about.run_count)


def details_of(value: Any, note: Note) -> ModelDetails:  # noqa: ANN401 - any JSON
    """`GET /models/{owner}/{name}`, with all its fields."""
    return ModelDetails(model_of(value, note), value)


class _Version(Lenient):
    id: Id | None = None
    created_at: Moment | None = None
    cog_version: str | None = None
    openapi_schema: object = None


def listed_version(value: Any, note: Note) -> VersionDetails | UnreadVersion:  # noqa: ANN401 - any JSON
    """Return an item of a model's list of versions.

    A version without a date is not a version here: no rule could place it, and none of its siblings either. One
    without a Cog version is, as that is for information only.
    """
    fields = _Version.of(value)
    if fields.id is None:
        note("a version has no readable id")
        return UnreadVersion("", "Replicate gives no id that can be read")
    if fields.created_at is None:
        note("a version has no readable date")
        return UnreadVersion(fields.id, "Replicate does not say when it was made")
    cog_version = None if fields.cog_version is None else clean(fields.cog_version)
    return VersionDetails(Version(fields.id, fields.created_at, cog_version), fields.openapi_schema)


class _WithId(Needed):
    id: str


def one_version(value: Any, note: Note) -> VersionDetails | UnreadVersion:  # noqa: ANN401 - any JSON
    """`GET /models/{owner}/{name}/versions/{id}`, which has at least an id."""
    _WithId.model_validate(value)
    return listed_version(value, note)


class _Release(Lenient):
    model: ModelName | None = None
    version: Id | None = None


class _Deployment(Lenient):
    owner: str | None = None
    name: str | None = None


def _deployment(value: Any, note: Note) -> Deployment | None:  # noqa: ANN401 - any JSON
    """Return a deployment; None if it says that it has no release, and so runs no version.

    One that does not say so may run any version: of its release's model, or of all models if that is not told either.
    """
    fields = _Deployment.of(value)
    said = value.get("current_release", _NOT_TOLD) if isinstance(value, dict) else _NOT_TOLD
    if said is None:
        return None
    release = _Release.of(said)
    if release.version is None:
        note("a deployment does not tell its version")
    name = displayable(fields.name) or _NOT_TOLD
    return Deployment(displayable(fields.owner) or _NOT_TOLD, name, release.version or "", release.model or "")


class _TrainingOutput(Lenient):
    version: str | None = None


class _NamedModel(Lenient):
    name: ModelName | None = None


class _Training(Lenient):
    id: str | None = None
    model: ModelName | None = None
    version: Id | None = None
    output: object = None


def _training(value: Any, note: Note) -> Training:  # noqa: ANN401 - any JSON
    """Return a training; one that does not tell its version may have begun with any, as a deployment may run any."""
    fields = _Training.of(value)
    if fields.version is None:
        note("a training does not tell its version")
    # `owner/name:version`: https://replicate.com/docs/reference/http#trainings.get
    made = _TrainingOutput.of(fields.output).version or ""
    result = _NamedModel.of({"name": made.partition(":")[0]}).name
    return Training(displayable(fields.id) or _NOT_TOLD, fields.version or "", fields.model or "", result or "")


class _Prediction(Lenient):
    id: Segment | None = None
    created_at: Moment | None = None
    model: ModelName | None = None
    version: Id | None = None


def _prediction(value: Any, note: Note) -> Prediction:  # noqa: ANN401 - any JSON
    """Return a prediction; with an official model it has no version, and any may hide it (`"hidden"`).

    One that does not tell its version may have run any, as a deployment may.
    """
    fields = _Prediction.of(value)
    if fields.created_at is None:
        note("a prediction has no readable date")
    return Prediction(fields.version or "", fields.created_at, fields.model or "", fields.id or "")


class _Page(Needed):
    results: list[Any] | None
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """One page of a list, and the link to the next one, None on the last."""

    items: Sequence[Item]
    next: str | None


def _page_of(shape: Shape[Item]) -> Shape[Page[Item]]:
    def page(value: Any, note: Note) -> Page[Item]:  # noqa: ANN401 - any JSON
        fields = _Page.model_validate(value)
        if fields.results is None:
            note("a list has null for its results")
        # The list may be empty or have failed to load. The worse case is an item that cannot be read.
        results = [None] if fields.results is None else fields.results
        return Page([shape(item, note) for item in results], fields.next)

    return page


versions_page = _page_of(listed_version)
"""`GET /models/{owner}/{name}/versions`, newest first, with the schemas that its items carry."""

plain_versions_page = _page_of(lambda value, note: without_schema(listed_version(value, note)))
"""The same without the schemas."""

version_ids_page = _page_of(lambda value, note: listed_version(value, note).id)
"""The ids of the same; empty for what has no id that can be read."""

deployments_page = _page_of(_deployment)
"""`GET /deployments`; None for each that has no release."""

trainings_page = _page_of(_training)
"""`GET /trainings`."""

predictions_page = _page_of(_prediction)
"""`GET /predictions`, most recent first."""
