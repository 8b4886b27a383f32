"""Takes snapshots of what will be deleted, from the data that a plan and its re-check read anyway.

The lists of versions include the schemas, so storing them takes no further calls. Versions never change, so their
snapshots are taken with the plan. Models do change, so theirs are taken just before the deletion.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, replace

from bot.errors import ReplicateError, ReplicateTokenRejected, ReplicateUnavailable
from bot.planning.facts import FoundModel, Listed, found_model, read_versions
from bot.planning.version_reading import Entry, Named, version_batches
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.types import Model, Version, VersionDetails, Visibility, without_schema
from bot.requests.snapshots import (
    ModelSnapshot,
    StoredSchema,
    canonical,
    compressed,
    digest_of_schema,
    metadata_text,
    readme_text,
)
from bot.side_by_side import side_by_side
from bot.store.snapshots import SnapshotStore


class SchemaSnapshots:
    """Reads models with their versions for a plan, and stores the schemas of private models.

    A page's schemas are stored before the next page is read, so that only one page of them is in memory. Nothing is
    stored for public models, which cannot be deleted and may belong to anyone.
    """

    def __init__(self, snapshots: SnapshotStore) -> None:
        self._snapshots = snapshots

    async def read(self, replicate: Replicate, ref: ModelRef, named: Named) -> FoundModel | None:
        """Read a model as `bot.planning.facts.read_found` does; what was named has the digest of its stored schema.

        Raises ReplicateError and DatabaseUnavailable.
        """
        reading = asyncio.ensure_future(replicate.model(ref))
        return await found_model(replicate, ref, reading, self._versions(replicate, ref, reading, named), named)

    async def _versions(
        self, replicate: Replicate, ref: ModelRef, model: Awaitable[Model], named: Named
    ) -> tuple[Listed, ...]:
        versions: list[Listed] = []
        stored: set[str] = set()
        async for batch in version_batches(replicate, ref, named):
            if (await model).visibility is Visibility.PRIVATE:
                versions += await self._store(batch, stored, named)
            else:
                versions += map(without_schema, batch)
        return tuple(versions)

    async def _store(self, batch: Sequence[Entry], stored: set[str], named: Named) -> list[Listed]:
        """Store the schemas of a batch that are named and not among `stored`, and add their digests to it."""
        new: dict[str, StoredSchema] = {}
        versions = [
            _with_digest(entry, stored, new)
            if isinstance(entry, VersionDetails) and (named is None or entry.id in named)
            else without_schema(entry)
            for entry in batch
        ]
        await self._snapshots.store_schemas(list(new.values()))
        stored.update(new)
        return versions


class ModelSnapshotReader:
    """Reads models for a re-check and collects their snapshots, which `snapshots` returns."""

    def __init__(self) -> None:
        self._models: dict[ModelRef, ModelSnapshot] = {}

    async def read(self, replicate: Replicate, ref: ModelRef, named: Named) -> FoundModel | None:
        """Read a model as `bot.planning.facts.read_found` does.

        Raises ReplicateError, but not if only the readme cannot be read.
        """
        found, readme = await side_by_side(
            found_model(replicate, ref, self._model(replicate, ref), read_versions(replicate, ref, named), named),
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

    def snapshots(self, refs: Iterable[ModelRef]) -> list[ModelSnapshot]:
        """Return the snapshots of these models without duplicates, and without models that were not read."""
        return [self._models[ref] for ref in dict.fromkeys(refs) if ref in self._models]


@dataclass(frozen=True, slots=True)
class _Readme:
    """A model's readme, None if it has none, or the problem if it could not be read."""

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
    """Return the version with its schema's digest, and add the schema to `new` if it is not stored yet."""
    if details.schema is None:
        return details.version
    text = canonical(details.schema)
    digest = digest_of_schema(text)
    if digest not in stored and digest not in new:
        new[digest] = compressed(digest, text)
    return replace(details.version, schema_digest=digest)
