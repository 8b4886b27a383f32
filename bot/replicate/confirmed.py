"""What a DELETE's 404 is worth: whether its target is gone, asked again only of what may have changed since."""

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
    """What has to be asked of Replicate. Each raises ReplicateError where there is no answer."""

    async def account(self) -> Account:
        """Whose token it is."""

    async def sight_of_model(self, ref: ModelRef) -> Sight:
        """Whether the model's own address shows it."""

    async def sight_of_version(self, ref: ModelRef, version_id: str) -> Sight:
        """Whether the version's own address shows it."""

    async def sight_of_list(self, ref: ModelRef) -> Sight:
        """Whether the model has a list of versions."""


class NotFoundConfirmer:
    """Remembers when an account or a model was last confirmed; what was denied is asked again.

    `timer` gives seconds that never go back, from whatever moment.
    """

    def __init__(self, timer: Callable[[], float] = time.monotonic) -> None:
        self._timer = timer
        self._asked_at: LRUCache[str, float] = LRUCache(10_000)
        self._asking = Locks()

    async def version_is_gone(
        self, replicate: SightReader, ref: ModelRef, version_id: str, not_found: ReplicateNotFound
    ) -> Deletion:
        """Return ALREADY_GONE where a 404 to a version's DELETE means that; raise it with what is unclear otherwise."""
        since = self._timer()
        await self._still_owner(replicate, ref, not_found, since)
        version = await replicate.sight_of_version(ref, version_id)
        await self._model_readable(replicate, ref, not_found, since)
        seen = Evidence(Sight.THERE, Listing.UNREAD, owned=True, version=version)
        return _settled(seen, f"{ref}:{version_id}", not_found)

    async def model_is_gone(self, replicate: SightReader, ref: ModelRef, not_found: ReplicateNotFound) -> Deletion:
        """The same for the DELETE of a model."""
        await self._still_owner(replicate, ref, not_found, self._timer())
        model, listed = await replicate.sight_of_model(ref), await replicate.sight_of_list(ref)
        listing = Listing.NO_LIST if listed is Sight.ABSENT else Listing.WITH
        return _settled(Evidence(model, listing, owned=True), str(ref), not_found)

    async def _still_owner(
        self, replicate: SightReader, ref: ModelRef, not_found: ReplicateNotFound, since: float
    ) -> None:
        async def ask() -> None:
            account = await replicate.account()
            if not account.owns(ref):
                raise unsettled(not_found, f"The token belongs to {account.username}") from not_found

        await self.sure_of(ref.owner, ask, since=since)

    async def _model_readable(
        self, replicate: SightReader, ref: ModelRef, not_found: ReplicateNotFound, since: float
    ) -> None:
        async def ask() -> None:
            if await replicate.sight_of_model(ref) is not Sight.THERE:
                raise unsettled(not_found, f"The model {ref} cannot be read") from not_found

        await self.sure_of(str(ref), ask, since=since)

    async def sure_of(self, what: str, ask: Callable[[], Awaitable[None]], *, since: float) -> None:
        """Return when `what` is confirmed: call `ask`, unless that was asked and answered at or after `since`.

        Those who come while it is being asked wait for that answer. Raises what `ask` raises.
        """
        async with self._asking.of(what):
            if self._asked_at.get(what, -1.0) >= since:
                return
            began = self._timer()
            await ask()
            self._asked_at[what] = began


def _settled(seen: Evidence, what: str, not_found: ReplicateNotFound) -> Deletion:
    """Return ALREADY_GONE where the evidence says so; else raise the DELETE's 404 with what speaks against it."""
    match presence(seen):
        case Presence.GONE:
            return Deletion.ALREADY_GONE
        case Presence.THERE:
            raise unsettled(not_found, f"Replicate still shows {what}") from not_found
        case Presence.UNSETTLED:
            raise unsettled(not_found, f"Replicate does not say clearly whether {what} is gone") from not_found
