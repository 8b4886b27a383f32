"""202 is not the end: sees to it that what Replicate accepted to delete is really gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from bot.errors import ReplicateError, ReplicateNotFound, ReplicateThrottled, ReplicateUnavailable
from bot.references import ModelRef
from bot.replicate import Replicate
from bot.requests import Outcome, Target, TargetState
from bot.store import Claim, WorkStore

STILL_LISTED_AFTER = 600.0
"""Seconds after which an accepted deletion counts as failed; Replicate speaks of a few minutes."""

_LOOKS = (0.3, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look whether a version is gone; the last one repeats."""

_WAIT_PER_LISTED = 0.01
"""Seconds that each version in the lists adds to the wait: long lists take many pages to read again.

Twice as many after each further look that saw nothing go: what stays for a minute may stay for ten.
"""

_LONGEST_WAIT_PER_LISTED = 0.32
"""Seconds: with 25 versions on a page, a page every 8 s, however many there are."""

_LONGEST_WAIT = 120.0

UNSEEN_AFTER = 1800.0
"""Seconds after which it counts as failed as well where the list could not be read when it was looked at."""

UNSEEN = "Replicate accepted its deletion, but the bot could not see whether it is gone"
"""What there is to say of an accepted deletion that nobody saw happen."""

_STILL_LISTED = (
    "Replicate accepted the deletion, but still listed the {what} more than 10 minutes later; "
    "look at the model's page before trying again"
)
_STILL_UNSEEN = (
    f"{UNSEEN}: more than 30 minutes later its model could not be read ({{error}}); "
    "look at the model's page before trying again"
)

Sleep = Callable[[float], Awaitable[None]]
"""Lets so many seconds pass."""

_log = logging.getLogger(__name__)


class _Look(NamedTuple):
    """What one look at a model saw; `listed` is how many versions it has, None where that could not be read."""

    ref: ModelRef
    saw_some_go: bool
    listed: int | None


class _Waits:
    """The waits before the looks of one request: the longer, the more there is to read again and the less goes."""

    def __init__(self) -> None:
        self._looks = 0
        self._listed: dict[ModelRef, int] = {}
        # The first look comes so soon after the last answer that what it does not see go tells nothing.
        self._each = _WAIT_PER_LISTED / 2

    def seconds(self) -> float:
        """Return how long to wait before the next look."""
        usual = _LOOKS[min(self._looks, len(_LOOKS) - 1)]
        return max(usual, min(_LONGEST_WAIT, sum(self._listed.values()) * self._each))

    def looked(self, looks: Sequence[_Look]) -> None:
        """Note what a look at each model saw; one that could not be read counts as long as it was before."""
        self._looks += 1
        self._listed = {
            look.ref: self._listed.get(look.ref, 1) if look.listed is None else look.listed for look in looks
        }
        saw_some_go = any(look.saw_some_go for look in looks)
        self._each = _WAIT_PER_LISTED if saw_some_go else min(_LONGEST_WAIT_PER_LISTED, 2 * self._each)


class Vanishing:
    """Reads the lists of versions until they no longer have what was accepted, each list once a look."""

    def __init__(self, replicate: Replicate, work: WorkStore, sleep: Sleep = asyncio.sleep) -> None:
        self._replicate = replicate
        self._work = work
        self._sleep = sleep

    async def see_gone(self, claim: Claim) -> None:
        """Return when nothing is accepted any more: all of it was seen gone, or still there, or not seen for too long.

        Raises ReplicateError, once every list that can be read was, DatabaseUnavailable and LeaseLost.
        """
        waits = _Waits()
        while accepted := await self._work.targets(claim, TargetState.ACCEPTED):
            await self._sleep(waits.seconds())
            waits.looked(await self._look_at_all(claim, accepted))

    async def _look_at_all(self, claim: Claim, accepted: Iterable[Target]) -> list[_Look]:
        """Look at each model; raises the first of its errors at the end."""
        looks, errors = [], []
        for ref, group in groupby(sorted(accepted, key=_ref), key=_ref):
            try:
                looks.append(await self._look(claim, ref, list(group)))
            except ReplicateError as exc:
                errors.append(exc)
        if errors:
            raise errors[0]
        return looks

    async def _look(self, claim: Claim, ref: ModelRef, accepted: Sequence[Target]) -> _Look:
        """Record which of a model's accepted targets are gone, or overdue."""
        try:
            there = await self._there(ref, accepted)
        except (ReplicateUnavailable, ReplicateThrottled) as exc:
            _log.warning("could not look whether what was deleted of %s is gone: %s", ref, exc)
            overdue = await self._work.overdue(claim, accepted, UNSEEN_AFTER)
            await self._work.record(claim, [_still_unseen(target, exc) for target in overdue])
            return _Look(ref, saw_some_go=False, listed=None)
        gone = [t for t in accepted if t.version_id not in there]
        await self._work.record(claim, [Outcome(target, TargetState.DELETED) for target in gone])
        left = [t for t in accepted if t.version_id in there]
        overdue = await self._work.overdue(claim, left, STILL_LISTED_AFTER)
        await self._work.record(claim, [_still_listed(target) for target in overdue])
        return _Look(ref, saw_some_go=bool(gone), listed=len(there))

    async def _there(self, ref: ModelRef, accepted: Sequence[Target]) -> set[str | None]:
        """Return the ids of the versions that are listed, and None for the model itself where that was accepted."""
        try:
            if any(target.version_id is None for target in accepted):
                await self._replicate.model(ref)
                return {None}
            return set(await self._replicate.listed_version_ids(ref))
        except ReplicateNotFound:
            # Out of another account's sight is not gone.
            if not (await self._replicate.account()).owns(ref):
                raise
            return set()


def _ref(target: Target) -> ModelRef:
    return target.ref


def _still_listed(target: Target) -> Outcome:
    what = "version" if target.version_id else "model"
    return Outcome(target, TargetState.FAILED, _STILL_LISTED.format(what=what))


def _still_unseen(target: Target, error: ReplicateError) -> Outcome:
    return Outcome(target, TargetState.FAILED, _STILL_UNSEEN.format(error=error))
