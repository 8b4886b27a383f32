"""Keeps with a request what is about to go, in the same reading of Replicate that the re-check needs.

The versions' pages carry the schemas, so keeping them costs no further requests, and each page's schemas
are stored before the next page is read: however many versions there are, few schemas are in memory.
"""

from __future__ import annotations

import asyncio
import logging
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
from bot.store import KeptStore, RequestStore

POLL = 10.0
"""Seconds between looks for requests with which nothing is kept yet."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Readme:
    """A model's readme, or why there is none to keep."""

    text: str | None
    problem: str = ""


class Keeping:
    """What one reading of Replicate tells of a request's targets; `keep` stores it."""

    def __init__(self, kept: KeptStore, request_id: str, targets: Iterable[Target]) -> None:
        self._kept = kept
        self._request_id = request_id
        self._wanted = {(t.ref, t.version_id) for t in targets}
        self._models: dict[ModelRef, KeptModel] = {}
        self._versions: dict[tuple[ModelRef, str | None], KeptVersion] = {}
        self._stored: set[str] = set()

    async def read(self, replicate: Replicate, ref: ModelRef) -> Found | None:
        """Read a model and its versions as `bot.facts.read_found` does, remembering what is to be kept.

        Raises ReplicateError and DatabaseUnavailable; a readme that cannot be read stops nothing.
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
        """Store what was read about these targets. Raises DatabaseUnavailable."""
        models = [self._models[ref] for ref in dict.fromkeys(t.ref for t in targets) if ref in self._models]
        versions = [kept for t in targets if (kept := self._versions.get((t.ref, t.version_id)))]
        await self._kept.keep(self._request_id, models, versions)

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
            await self._kept.keep_schemas(list(new.values()))
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


class Keeper:
    """Keeps what a request is about while it waits for approval, so that nothing has to be read at the click.

    Whatever it did not get to is read and kept just before the deletion.
    """

    def __init__(self, replicate: Replicate, requests: RequestStore, kept: KeptStore) -> None:
        self._replicate = replicate
        self._requests = requests
        self._kept = kept
        self._tried: set[str] = set()

    async def keep_due(self) -> None:
        """Keep what nobody has kept yet; each request is tried once. Raises DatabaseUnavailable."""
        waiting = await self._kept.unkept()
        self._tried.intersection_update(waiting)
        for request_id in waiting:
            if request_id not in self._tried:
                self._tried.add(request_id)
                await self._keep(request_id)

    async def _keep(self, request_id: str) -> None:
        targets = await self._requests.targets(request_id)
        keeping = Keeping(self._kept, request_id, targets)
        try:
            for ref in dict.fromkeys(t.ref for t in targets):
                await keeping.read(self._replicate, ref)
        except ReplicateError as exc:
            _log.info("%s: what it is about is kept later: %s", request_id, exc)
            return
        await keeping.keep(targets)


async def _read_readme(replicate: Replicate, ref: ModelRef) -> _Readme:
    try:
        readme = await replicate.readme(ref)
    except ReplicateTokenRejected:
        raise
    except ReplicateError as exc:
        return _Readme(None, str(exc))
    return _Readme(None if readme is None else readme_text(readme))
