"""Keeps with a request what is about to go, in the same reading of Replicate that the re-check needs.

The versions' pages carry the schemas, so keeping them costs no further requests, and each page's schemas
are stored before the next page is read: however many versions there are, few schemas are in memory.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.errors import ReplicateError, ReplicateNotFound, ReplicateTokenRejected
from bot.facts import Found
from bot.kept import (
    KeptModel,
    KeptSchema,
    KeptVersion,
    canonical,
    compressed,
    digest_of_schema,
    metadata_text,
    readme_text,
)
from bot.references import ModelRef
from bot.replicate import Replicate, Version, VersionDetails
from bot.requests import Target
from bot.store import Claim, WorkStore


@dataclass(frozen=True, slots=True)
class _Readme:
    """A model's readme, or why there is none to keep."""

    text: str | None
    problem: str = ""


class Keeping:
    """What one claim's re-check reads of the targets; `keep` stores it before anything is deleted."""

    def __init__(self, work: WorkStore, claim: Claim, targets: Iterable[Target]) -> None:
        self._work = work
        self._claim = claim
        self._wanted = {(t.ref, t.version_id) for t in targets}
        self._models: dict[ModelRef, KeptModel] = {}
        self._versions: dict[tuple[ModelRef, str | None], KeptVersion] = {}
        self._stored: set[str] = set()

    async def read(self, replicate: Replicate, ref: ModelRef) -> Found | None:
        """Read a model and its versions as `bot.facts.read_found` does, remembering what is to be kept.

        Raises ReplicateError, DatabaseUnavailable and LeaseLost; a readme that cannot be read stops nothing.
        """
        try:
            details, versions, readme = await asyncio.gather(
                replicate.details(ref), self._read_versions(replicate, ref), _read_readme(replicate, ref)
            )
        except ReplicateNotFound:
            return None
        self._models[ref] = KeptModel(ref, metadata_text(details.fields), readme.text, readme.problem)
        return Found(details.model, versions)

    async def keep(self, targets: Sequence[Target]) -> None:
        """Store what was read about these targets. Raises DatabaseUnavailable and LeaseLost."""
        models = [self._models[ref] for ref in dict.fromkeys(t.ref for t in targets)]
        versions = [self._versions[t.ref, t.version_id] for t in targets if t.version_id is not None]
        await self._work.keep(self._claim, models, versions)

    async def _read_versions(self, replicate: Replicate, ref: ModelRef) -> tuple[Version, ...]:
        versions: list[Version] = []
        async for page in replicate.version_pages(ref):
            versions += [details.version for details in page]
            await self._remember(ref, page)
        return tuple(versions)

    async def _remember(self, ref: ModelRef, page: Sequence[VersionDetails]) -> None:
        new: dict[str, KeptSchema] = {}
        for details in page:
            version = details.version
            if (ref, version.id) in self._wanted:
                digest = self._digest(details.schema, new)
                self._versions[ref, version.id] = KeptVersion(
                    ref, version.id, version.created_at.timestamp(), version.cog_version, digest
                )
        if new:
            await self._work.keep_schemas(self._claim, list(new.values()))
            self._stored.update(new)

    def _digest(self, schema: object, new: dict[str, KeptSchema]) -> str | None:
        """Return a schema's digest, and add it to `new` where it was not stored before."""
        if schema is None:
            return None
        written = canonical(schema)
        digest = digest_of_schema(written)
        if digest not in self._stored and digest not in new:
            new[digest] = compressed(digest, written)
        return digest


async def _read_readme(replicate: Replicate, ref: ModelRef) -> _Readme:
    try:
        readme = await replicate.readme(ref)
    except ReplicateTokenRejected:
        raise
    except ReplicateError as exc:
        return _Readme(None, str(exc))
    return _Readme(None if readme is None else readme_text(readme))
