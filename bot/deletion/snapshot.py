"""Keeps what is about to go, in the very readings of Replicate that a plan and its re-check need.

The lists of versions carry the schemas, so keeping them costs no further requests. A version never changes,
so what the plan read of it is what goes; a model does, so it is kept as it is just before its deletion.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.errors import ReplicateError, ReplicateTokenRejected, ReplicateUnavailable
from bot.planning.facts import FoundModel, found_of
from bot.refs import ModelRef
from bot.replicate import Model, Replicate, Version, VersionDetails, Visibility
from bot.requests.snapshots import (
    ModelSnapshot,
    StoredSchema,
    canonical,
    compressed,
    digest_of_schema,
    metadata_text,
    readme_text,
)
from bot.store import SnapshotStore


class SchemaSnapshots:
    """Reads models with their versions for a plan, and stores the schemas of private ones on the way.

    A page's schemas are stored before the next page is read: however many versions there are, few schemas
    are in memory. Nothing is stored of public models, which cannot be deleted and may be anybody's.
    """

    def __init__(self, kept: SnapshotStore) -> None:
        self._kept = kept

    async def read(self, replicate: Replicate, ref: ModelRef) -> FoundModel | None:
        """Read as `bot.planning.facts.read_found` does; each version says under which digest its schema is stored.

        Raises ReplicateError and DatabaseUnavailable.
        """
        reading = asyncio.ensure_future(replicate.model(ref))
        return await found_of(replicate, ref, reading, self._versions(replicate, ref, reading))

    async def _versions(self, replicate: Replicate, ref: ModelRef, model: Awaitable[Model]) -> tuple[Version, ...]:
        versions: list[Version] = []
        stored: set[str] = set()
        async for page in replicate.version_pages(ref):
            if (await model).visibility is Visibility.PRIVATE:
                versions += await self._keep(page, stored)
            else:
                versions += [details.version for details in page]
        return tuple(versions)

    async def _keep(self, page: Sequence[VersionDetails], stored: set[str]) -> list[Version]:
        """Store the schemas of a page, unless they are among those `stored` before."""
        new: dict[str, StoredSchema] = {}
        versions = [_with_digest(details, stored, new) for details in page]
        await self._kept.keep_schemas(list(new.values()))
        stored.update(new)
        return versions


class ModelSnapshotReader:
    """One reading of models for a re-check, that remembers them; `kept` is what there is to store of them.

    `listing`: whether a model's versions are read as well; otherwise it is found without any.
    """

    def __init__(self, *, listing: bool) -> None:
        self._listing = listing
        self._models: dict[ModelRef, ModelSnapshot] = {}

    async def read(self, replicate: Replicate, ref: ModelRef) -> FoundModel | None:
        """Read a model as `bot.planning.facts.read_found` does. Raises ReplicateError, but not for a
        readme that cannot be read.
        """
        found, readme = await asyncio.gather(
            found_of(replicate, ref, self._model(replicate, ref), self._versions(replicate, ref)),
            _read_readme(replicate, ref),
        )
        if found is None:
            return None
        if not found.is_listed:
            raise ReplicateUnavailable(
                "It shows this model, but no list of its versions.", method="GET", path=f"/models/{ref}/versions"
            )
        self._models[ref] = replace(self._models[ref], readme=readme.text, readme_problem=readme.problem)
        return found

    async def _model(self, replicate: Replicate, ref: ModelRef) -> Model:
        details = await replicate.details(ref)
        self._models[ref] = ModelSnapshot(ref, metadata_text(details.fields), None)
        return details.model

    def kept(self, refs: Iterable[ModelRef]) -> list[ModelSnapshot]:
        """Return what was read of these models, each once."""
        return [self._models[ref] for ref in dict.fromkeys(refs) if ref in self._models]

    async def _versions(self, replicate: Replicate, ref: ModelRef) -> tuple[Version, ...]:
        return await replicate.versions(ref) if self._listing else ()


@dataclass(frozen=True, slots=True)
class _Readme:
    """A model's readme, or why there is none to keep."""

    text: str | None
    problem: str = ""


async def _read_readme(replicate: Replicate, ref: ModelRef) -> _Readme:
    try:
        readme = await replicate.readme(ref)
    except ReplicateTokenRejected:
        raise
    except ReplicateError as exc:
        return _Readme(None, str(exc))
    return _Readme(None if readme is None else readme_text(readme))


def _with_digest(details: VersionDetails, stored: set[str], new: dict[str, StoredSchema]) -> Version:
    """Return the version with its schema's digest; add the schema to `new` where it is not stored yet."""
    if details.schema is None:
        return details.version
    written = canonical(details.schema)
    digest = digest_of_schema(written)
    if digest not in stored and digest not in new:
        new[digest] = compressed(digest, written)
    return replace(details.version, schema_digest=digest)
