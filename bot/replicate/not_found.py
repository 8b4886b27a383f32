"""Checks whether the 404 of a DELETE means that its target is gone, and caches what was confirmed."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from cachetools import LRUCache

from bot.errors import ReplicateNotFound
from bot.locks import Locks
from bot.refs import ModelRef
from bot.replicate.absence import Evidence, Listing, Presence, Sight, presence
from bot.replicate.answers import unsettled
from bot.replicate.types import Account, Deletion


class SightReader(Protocol):
    """The reads that the check needs. Each raises ReplicateError if there is no usable answer."""

    async def account(self) -> Account:
        """Return the account that the token belongs to."""

    async def sight_of_model(self, ref: ModelRef) -> Sight:
        """Return whether the model's own endpoint shows it."""

    async def sight_of_version(self, ref: ModelRef, version_id: str) -> Sight:
        """Return whether the version's own endpoint shows it."""

    async def sight_of_list(self, ref: ModelRef) -> Sight:
        """Return whether the model has a list of versions."""


class NotFoundConfirmer:
    """Remembers when an owner or a model was last confirmed; failed checks are not cached.

    `timer` returns monotonic seconds from an arbitrary start.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._confirmed_at: LRUCache[str, float] = LRUCache(10_000)
        self._locks = Locks()

    async def version_is_gone(
        self, replicate: SightReader, ref: ModelRef, version_id: str, not_found: ReplicateNotFound
    ) -> Deletion:
        """Return ALREADY_GONE if the 404 of a version's DELETE means that; otherwise raise it, with the reason."""
        since = self._timer()
        await self._check_owner(replicate, ref, not_found, since)
        version = await replicate.sight_of_version(ref, version_id)
        await self._check_model_readable(replicate, ref, not_found, since)
        seen = Evidence(Sight.THERE, Listing.UNREAD, owned=True, version=version)
        return _conclude(seen, f"{ref}:{version_id}", not_found)

    async def model_is_gone(self, replicate: SightReader, ref: ModelRef, not_found: ReplicateNotFound) -> Deletion:
        """Do the same for the DELETE of a model."""
        await self._check_owner(replicate, ref, not_found, self._timer())
        model, listed = await replicate.sight_of_model(ref), await replicate.sight_of_list(ref)
        listing = Listing.NO_LIST if listed is Sight.ABSENT else Listing.WITH
        return _conclude(Evidence(model, listing, owned=True), str(ref), not_found)

    async def _check_owner(
        self, replicate: SightReader, ref: ModelRef, not_found: ReplicateNotFound, since: float
    ) -> None:
        async def ask() -> None:
            account = await replicate.account()
            if not account.owns(ref):
                raise unsettled(not_found, f"The token belongs to {account.username}") from not_found

        await self.confirm(ref.owner, ask, since=since)

    async def _check_model_readable(
        self, replicate: SightReader, ref: ModelRef, not_found: ReplicateNotFound, since: float
    ) -> None:
        async def ask() -> None:
            if await replicate.sight_of_model(ref) is not Sight.THERE:
                raise unsettled(not_found, f"The model {ref} cannot be read") from not_found

        await self.confirm(str(ref), ask, since=since)

    async def confirm(self, what: str, ask: Callable[[], Awaitable[None]], *, since: float) -> None:
        """Confirm `what` by calling `ask`, unless a successful call for it began at or after `since`.

        Concurrent callers for the same `what` wait for the call in progress. Raises what `ask` raises.
        """
        async with self._locks.of(what):
            if self._confirmed_at.get(what, -1.0) >= since:
                return
            began = self._timer()  # before the call: what changes during it is not confirmed
            await ask()
            self._confirmed_at[what] = began


def _conclude(seen: Evidence, what: str, not_found: ReplicateNotFound) -> Deletion:
    """Return ALREADY_GONE if the evidence proves it; otherwise raise the DELETE's 404 with the reason why not."""
    match presence(seen):
        case Presence.GONE:
            return Deletion.ALREADY_GONE
        case Presence.THERE:
            raise unsettled(not_found, f"Replicate still shows {what}") from not_found
        case Presence.UNSETTLED:
            raise unsettled(not_found, f"Replicate does not say clearly whether {what} is gone") from not_found
