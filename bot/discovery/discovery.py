"""Reads whatever is due, one page or one model at a time."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from bot.discovery.model_reader import KnownModelReader
from bot.discovery.pace import Pace
from bot.discovery.source_pages import Endless, SourcePages
from bot.errors import ReplicateError, ReplicateHeld, ReplicateThrottled, ReplicateUnavailable
from bot.inventory.known_model import Source
from bot.inventory.run_reading import GoesBack
from bot.shared_rate_limit import Outlook
from bot.store.model_readings import ModelClaim, ModelReadingStore
from bot.store.source_readings import EVERY, SourceClaim, SourceReadingStore

_AGAIN = 600.0
"""Seconds until something that could not be read is tried again."""

_LISTS = (Source.DEPLOYMENT, Source.TRAINING, Source.REQUEST)
_RUNS = (Source.PREDICTION,)

_log = logging.getLogger(__name__)


class Discovery:
    """Reads the sources of known models, and the models themselves, for one account.

    Every step stores what it read together with how far that is, so a process can die at any moment.
    """

    def __init__(
        self,
        account: str,
        pages: SourcePages,
        models: KnownModelReader,
        sources: SourceReadingStore,
        readings: ModelReadingStore,
        pace: Pace,
        outlook: Callable[[], Outlook],
    ) -> None:
        self._account = account
        self._pages = pages
        self._models = models
        self._sources = sources
        self._readings = readings
        self._pace = pace
        self._outlook = outlook
        self._has_begun = False

    async def step(self) -> float | None:
        """Read one thing that is due, if it may be now; return in how many seconds there is more to do.

        None while Replicate limits the account: then its few requests are for people and deletions.
        Raises DatabaseUnavailable.
        """
        if not self._has_begun:
            await self._sources.begin(self._account, (*_LISTS, *_RUNS))
            self._has_begun = True
            return 0.0
        if self._outlook().is_limited:
            return None
        if (wait := await self._until_due()) > 0 or (wait := await self._pace.until_free()) > 0:
            return wait
        await self._read_next()
        return 0.0

    async def _until_due(self) -> float:
        waits = [await self._sources.until_due(self._account), await self._readings.until_due(self._account)]
        return min(wait for wait in waits if wait is not None)

    async def _read_next(self) -> None:
        """Read lists first, then names never looked at, then runs, and then what was read a day ago."""
        if source := await self._sources.claim(self._account, _LISTS):
            await self._read_page(source)
        elif model := await self._readings.claim(self._account, never_read=True):
            await self._read_model(model)
        elif source := await self._sources.claim(self._account, _RUNS):
            await self._read_page(source)
        elif model := await self._readings.claim(self._account):
            await self._read_model(model)

    async def _read_page(self, claim: SourceClaim) -> None:
        failed = await self._failure(self._pages.read(claim), f"the {claim.source}s of {claim.account}")
        if failed is not None:
            # The address of a page may have become invalid. Without it, the reading finds its place again.
            is_lost = not isinstance(failed, ReplicateThrottled | ReplicateUnavailable)
            # Until what has no end is read again, everything else has its turns.
            again = EVERY if isinstance(failed, Endless) else _AGAIN
            await self._sources.put_off(claim, again, forget_page=is_lost)

    async def _read_model(self, claim: ModelClaim) -> None:
        if await self._failure(self._models.read(claim), str(claim.ref)) is not None:
            await self._readings.put_off(claim, _AGAIN)

    async def _failure(self, reading: Awaitable[None], what: str) -> Exception | None:
        """Read something; return why it could not be. If Replicate is busy, all background reading is put off."""
        try:
            await reading
        except ReplicateHeld as exc:
            return exc
        except (ReplicateError, GoesBack, Endless) as exc:
            if isinstance(exc, ReplicateThrottled):
                await self._pace.pause()
            _log.info("%s could not be read in the background, and will be later: %s", what, exc)
            return exc
        return None
