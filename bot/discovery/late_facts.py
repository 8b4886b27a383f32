"""Completes what open requests lack about runs, which Replicate did not tell in time for their previews."""

from __future__ import annotations

from bot.backoff import Backoff
from bot.clock import Clock
from bot.discovery.run_facts import RunFactsReader
from bot.store.requests import RequestStore
from bot.store.run_facts import RunFactStore

_BACKOFF = Backoff(first=30.0, longest=600.0)
"""Seconds until Replicate is asked again after it did not tell everything."""

_AT_ONCE = 5


class LateFacts:
    """Reads what is missing, for one account. What was read is stored for each request with a redraw of its card."""

    def __init__(
        self, account: str, reader: RunFactsReader, requests: RequestStore, facts: RunFactStore, clock: Clock
    ) -> None:
        self._account = account
        self._reader = reader
        self._requests = requests
        self._facts = facts
        self._clock = clock
        self._failures = 0
        self._not_before = 0.0

    async def step(self) -> float | None:
        """Complete the oldest open requests; return in how many seconds there may be more to do.

        Raises DatabaseUnavailable.
        """
        if (wait := self._not_before - self._clock.elapsed()) > 0:
            return wait
        lacking = await self._facts.incomplete(self._account, _AT_ONCE)
        for request_id in lacking:
            facts = await self._reader.read(self._account, await self._requests.targets(request_id))
            if not facts.is_final:
                self._failures += 1
                self._not_before = self._clock.elapsed() + _BACKOFF.wait(self._failures)
                return None
            await self._facts.complete(request_id, facts)
        self._failures = 0
        return 0.0 if len(lacking) == _AT_ONCE else None
