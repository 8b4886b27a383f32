"""When the targets of a request were last run, from what is stored and from predictions made since."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from bot.clock import Clock
from bot.discovery.source_pages import run_of
from bot.discovery.target_facts import facts_of
from bot.errors import ReplicateError
from bot.inventory.known_runs import StoredRuns
from bot.inventory.new_runs import NewRuns
from bot.replicate.client import Replicate
from bot.requests.request import Target
from bot.requests.run_facts import RunFacts
from bot.store.known_runs import KnownRunStore

_log = logging.getLogger(__name__)


class RunFactsReader:
    """Reads what is known of the runs of targets. Nothing of it is needed to delete, so Replicate's errors are logged.

    Reads at most `most_pages` pages of predictions, each time. Every method raises DatabaseUnavailable.
    """

    def __init__(self, replicate: Replicate, known: KnownRunStore, clock: Clock, *, most_pages: int) -> None:
        self._replicate = replicate
        self._known = known
        self._clock = clock
        self._most_pages = most_pages

    async def stored(self, account: str, targets: Sequence[Target]) -> RunFacts:
        """Return what is known without asking Replicate."""
        stored = await self._stored(account, targets)
        return facts_of(account, targets, stored, NewRuns(stored.reading))

    async def read_within(self, seconds: float, account: str, targets: Sequence[Target]) -> RunFacts:
        """Return what is known, with what Replicate tells within so many seconds."""
        stored = await self._stored(account, targets)
        new = await self._newest_within(seconds, account, NewRuns(stored.reading))
        return facts_of(account, targets, stored, new)

    async def read(self, account: str, targets: Sequence[Target]) -> RunFacts:
        """Return what is known, once Replicate has told all that it is asked for; see `RunFacts.is_final`."""
        stored = await self._stored(account, targets)
        known = [NewRuns(stored.reading)]
        known.extend([new async for new in self._pages(account, known[0])])
        return facts_of(account, targets, stored, known[-1], is_last_try=len(known) > self._most_pages)

    async def _stored(self, account: str, targets: Sequence[Target]) -> StoredRuns:
        version_ids = {target.version_id for target in targets if target.version_id}
        return await self._known.stored(account, version_ids, {target.ref for target in targets})

    async def _newest_within(self, seconds: float, account: str, nothing: NewRuns) -> NewRuns:
        """Return what was read when everything was, or when the time is over; the page on its way is given up."""
        known = [nothing]

        async def read() -> None:
            async for new in self._pages(account, nothing):
                known[0] = new

        reading, limit = asyncio.create_task(read()), asyncio.create_task(self._clock.sleep(seconds))
        try:
            await asyncio.wait({reading, limit}, return_when=asyncio.FIRST_COMPLETED)
            if reading.done():
                reading.result()
            return known[0]
        finally:
            for task in (reading, limit):
                task.cancel()
            await asyncio.gather(reading, limit, return_exceptions=True)

    async def _pages(self, account: str, new: NewRuns) -> AsyncIterator[NewRuns]:
        """Yield what is known after each page, until it joins what is stored or there are enough."""
        since = None if new.read_from is None else datetime.fromtimestamp(new.read_from, UTC)
        address = ""
        try:
            for _ in range(self._most_pages):
                asked_at = self._clock.now()
                page = await self._replicate.predictions_page(address, since=since)
                runs = [run_of(prediction, account.lower()) for prediction in page.items]
                new = new.after(runs, is_last=page.next is None, asked_at=asked_at)
                yield new
                if page.next is None or new.has_joined:
                    return
                address = page.next
        except ReplicateError as exc:
            _log.info("the newest runs of %s could not be read: %s", account, exc)
