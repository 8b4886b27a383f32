"""Reads the versions of a model: all of them, or those named by their full ids, with few calls."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import aclosing

from bot.errors import ReplicateNotFound
from bot.refs import ModelRef, VersionRef
from bot.replicate.client import Replicate
from bot.replicate.types import UnreadVersion, VersionDetails
from bot.side_by_side import side_by_side

Named = frozenset[str] | None
"""The full ids of the versions that are wanted of a model; None for all versions."""

Entry = VersionDetails | UnreadVersion


def named_of(refs: Iterable[VersionRef]) -> dict[ModelRef, Named]:
    """Return what has to be read of each model to find these versions: all of it where one is named by a prefix."""
    by_model: dict[ModelRef, list[VersionRef]] = {}
    for ref in refs:
        by_model.setdefault(ref.model, []).append(ref)
    return {
        model: frozenset(ref.selector for ref in named) if all(ref.is_whole for ref in named) else None
        for model, named in by_model.items()
    }


_AT_ONCE = 25
"""Versions that are read side by side, as many as Replicate puts on a page: so many schemas are in memory."""


async def version_batches(replicate: Replicate, ref: ModelRef, named: Named) -> AsyncGenerator[Sequence[Entry], None]:
    """Yield the versions in batches: all, or at least the named ones that exist, and the newest.

    How many pages the list has is not known before it is read. So it is read from its beginning, newest first, until
    the versions still missing are no more than the pages read in vain, and read at their own addresses. That takes
    at most twice the calls of the cheaper way: the whole list, or every address. One name takes two calls, side by
    side, however many versions there are. None takes none.
    Raises ReplicateNotFound if the model has no list, and any other ReplicateError.
    """
    if named is None:
        async for page in replicate.version_pages(ref):
            yield page
    elif len(named) == 1:
        first, own = await side_by_side(_first_page(replicate, ref), _by_id(replicate, ref, named))
        yield first
        yield own
    elif named:
        missing = set(named)
        async with aclosing(replicate.version_pages(ref)) as pages:
            in_vain = 0
            async for page in pages:
                yield page
                found = missing.intersection(entry.id for entry in page)
                missing -= found
                in_vain += not found
                if len(missing) <= in_vain:
                    break
        for some in _in_batches(sorted(missing)):
            yield await _by_id(replicate, ref, some)


async def _first_page(replicate: Replicate, ref: ModelRef) -> Sequence[Entry]:
    async with aclosing(replicate.version_pages(ref)) as pages:
        return await anext(pages)


async def _by_id(replicate: Replicate, ref: ModelRef, ids: Iterable[str]) -> Sequence[Entry]:
    """Return the versions of these ids that their own addresses show."""

    async def read(version_id: str) -> Entry | None:
        try:
            return await replicate.version(ref, version_id)
        except ReplicateNotFound:
            return None

    found = await side_by_side(*map(read, ids))
    return [entry for entry in found if entry is not None]


def _in_batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))
