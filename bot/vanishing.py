"""202 is not the end: sees to it that what Replicate accepted to delete is really gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from itertools import groupby

from bot.errors import ReplicateThrottled, ReplicateUnavailable
from bot.references import ModelRef
from bot.replicate import Replicate
from bot.requests import Outcome, Target, TargetState
from bot.store import Claim, RequestStore, WorkStore

STILL_LISTED_AFTER = 600.0
"""Seconds after which an accepted deletion counts as failed; Replicate speaks of a few minutes."""

_LOOKS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between looks whether a version is gone; the last one repeats."""

_WAIT_PER_LISTED = 0.01
"""Seconds that each version still listed adds to the wait: long lists take many pages to read again."""

_STILL_LISTED = (
    "Replicate accepted the deletion, but still listed the version 10 minutes later; "
    "look at the model's page before trying again"
)
_log = logging.getLogger(__name__)


class Vanishing:
    """Reads the lists of versions until they no longer have what was accepted, each list once a look."""

    def __init__(self, replicate: Replicate, requests: RequestStore, work: WorkStore) -> None:
        self._replicate = replicate
        self._requests = requests
        self._work = work

    async def see_gone(self, claim: Claim) -> None:
        """Return when no version is accepted any more: each was seen gone, or still listed for too long.

        Raises ReplicateError, DatabaseUnavailable and LeaseLost.
        """
        looks, listed = 0, 0
        while accepted := await self._accepted(claim):
            await asyncio.sleep(max(_LOOKS[min(looks, len(_LOOKS) - 1)], listed * _WAIT_PER_LISTED))
            looks += 1
            by_model = groupby(sorted(accepted, key=lambda t: t.ref), key=lambda t: t.ref)
            listed = sum([await self._look(claim, ref, list(group)) for ref, group in by_model])

    async def _accepted(self, claim: Claim) -> list[Target]:
        targets = await self._requests.targets(claim.request_id)
        return [t for t in targets if t.state is TargetState.ACCEPTED]

    async def _look(self, claim: Claim, ref: ModelRef, accepted: Sequence[Target]) -> int:
        """Record which of the accepted versions are gone, or overdue; return how many are still listed."""
        try:
            listed = await self._replicate.listed_version_ids(ref)
        except (ReplicateUnavailable, ReplicateThrottled) as exc:
            _log.warning("could not look whether versions of %s are gone: %s", ref, exc)
            listed = frozenset(t.version_id for t in accepted if t.version_id)
        left = [t for t in accepted if t.version_id in listed]
        gone = [Outcome(t, TargetState.DELETED) for t in accepted if t.version_id not in listed]
        await self._work.record(claim, gone)
        overdue = await self._work.overdue(claim, left, STILL_LISTED_AFTER)
        await self._work.record(claim, [Outcome(t, TargetState.FAILED, _STILL_LISTED) for t in overdue])
        return len(left)
