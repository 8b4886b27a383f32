"""Verifies accepted deletions: Replicate answers 202 before a target is gone, so it is checked until it is."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from bot.deletion.verify_schedule import Look, LookSchedule
from bot.errors import ReplicateError, ReplicateNotFound, ReplicateThrottled, ReplicateUnavailable
from bot.refs import ModelRef
from bot.replicate import Replicate
from bot.replicate.absence import Evidence, Listing, Presence, Sight, presence
from bot.requests.request import Outcome, Target, TargetState
from bot.store import Claim, WorkStore

STILL_LISTED_AFTER = 600.0
"""Seconds after which an accepted deletion counts as failed; Replicate's documentation says a few minutes."""

UNSEEN_AFTER = 1800.0
"""Seconds after which it counts as failed if it could not be checked, as the list could not be read."""

UNSEEN = "Replicate accepted its deletion, but the bot could not see whether it is gone"
"""The reason of an accepted deletion that could not be verified."""

_STILL_LISTED = (
    "Replicate accepted the deletion, but still listed the {what} more than 10 minutes later; "
    "look at the model's page before trying again"
)
_STILL_UNSEEN = (
    f"{UNSEEN}: more than 30 minutes later that could not be read ({{error}}); "
    "look at the model's page before trying again"
)

Sleep = Callable[[float], Awaitable[None]]
"""Sleeps for a number of seconds."""

_log = logging.getLogger(__name__)


_SAMPLE = 6
"""Versions that are looked up by their own URL in one check, if the list alone is not trusted.

If half of the missing versions still existed, all six would appear gone in one of 64 checks; if all did, in none.
"""


class _Judged(NamedTuple):
    """The result of one check of a model's accepted targets: which are gone, and which still exist.

    `listed` are the version ids in the model's list, None if it was not read. `trouble` says why others are unknown.
    """

    gone: Sequence[Target]
    shown: Sequence[Target]
    listed: frozenset[str] | None
    trouble: str = ""


class DeletionVerifier:
    """Reads the lists of versions until they no longer have the accepted targets, each list once per check.

    A list is trusted if nothing but accepted targets has disappeared from it. Otherwise versions are also looked up
    by their own URLs.
    """

    def __init__(self, replicate: Replicate, work: WorkStore, sleep: Sleep = asyncio.sleep) -> None:
        self._replicate = replicate
        self._work = work
        self._sleep = sleep

    async def wait_until_gone(self, claim: Claim) -> None:
        """Return when every accepted target is verified as gone, or has failed because it took too long.

        Raises ReplicateError, after all lists that can be read were read, DatabaseUnavailable and LeaseLost.
        """
        waits = LookSchedule()
        before: dict[ModelRef, frozenset[str]] = {}
        while accepted := await self._work.targets(claim, TargetState.ACCEPTED):
            await self._sleep(waits.seconds())
            looks = await self._look_at_all(claim, accepted, before)
            waits.looked(looks)
            before |= {look.ref: look.listed for look in looks if look.listed is not None and look.is_trusted}

    async def _look_at_all(
        self, claim: Claim, accepted: Iterable[Target], before: Mapping[ModelRef, frozenset[str]]
    ) -> list[Look]:
        """Check each model; if some raise, raise the first error at the end."""
        looks, errors = [], []
        for ref, group in groupby(sorted(accepted, key=_ref), key=_ref):
            try:
                looks.append(await self._look(claim, ref, list(group), before.get(ref)))
            except ReplicateError as exc:
                errors.append(exc)
        if errors:
            raise errors[0]
        return looks

    async def _look(
        self, claim: Claim, ref: ModelRef, accepted: Sequence[Target], before: frozenset[str] | None
    ) -> Look:
        """Check one model, and record which of its accepted targets are gone or overdue."""
        judged = await self._judge(ref, accepted, before)
        if judged.trouble:
            _log.warning("could not look whether what was deleted of %s is gone: %s", ref, judged.trouble)
        await self._work.record(claim, [Outcome(target, TargetState.DELETED) for target in judged.gone])
        overdue = await self._work.overdue(claim, judged.shown, STILL_LISTED_AFTER)
        await self._work.record(claim, [_still_listed(target) for target in overdue])
        settled = {target.position for target in (*judged.gone, *judged.shown)}
        unknown = [target for target in accepted if target.position not in settled]
        overdue = await self._work.overdue(claim, unknown, UNSEEN_AFTER)
        await self._work.record(claim, [_still_unseen(target, judged.trouble) for target in overdue])
        return Look(ref, bool(judged.gone), judged.listed, is_trusted=not judged.trouble)

    async def _judge(self, ref: ModelRef, accepted: Sequence[Target], before: frozenset[str] | None) -> _Judged:
        if accepted[0].version_id is None:
            return await self._judge_model(ref, accepted)
        try:
            listed = await self._replicate.listed_version_ids(ref)
        except ReplicateNotFound:
            return await self._judge_without_list(ref, accepted)
        except (ReplicateUnavailable, ReplicateThrottled) as exc:
            return await self._judge_each(ref, accepted, Listing.UNREAD, trouble=str(exc))
        shown = [t for t in accepted if t.version_id in listed]
        missing = [t for t in accepted if t.version_id not in listed]
        if not missing or _is_trusted(listed, before, accepted):
            return _Judged(missing, shown, listed)
        judged = await self._judge_each(ref, missing, Listing.DOUBTFUL)
        return judged._replace(shown=[*shown, *judged.shown], listed=listed)

    async def _judge_each(
        self, ref: ModelRef, accepted: Sequence[Target], listing: Listing, trouble: str = ""
    ) -> _Judged:
        """Look up some of the versions by their own URLs.

        If a list lacks all of `accepted` and the whole sample is gone, all of them count as gone.
        """
        sample = random.sample(accepted, min(_SAMPLE, len(accepted)))
        try:
            sighting = (self._replicate.sight_of_version(ref, str(target.version_id)) for target in sample)
            account, model, sights = await asyncio.gather(
                self._replicate.account(), self._replicate.sight_of_model(ref), asyncio.gather(*sighting)
            )
        except (ReplicateUnavailable, ReplicateThrottled, ReplicateNotFound) as exc:
            return _Judged((), (), None, trouble or str(exc))
        owned = account.owns(ref)
        presences = [presence(Evidence(model, listing, owned, sight, accepted=True)) for sight in sights]
        gone = [target for target, seen in zip(sample, presences, strict=True) if seen is Presence.GONE]
        shown = [target for target, seen in zip(sample, presences, strict=True) if seen is Presence.THERE]
        if listing is Listing.DOUBTFUL and len(gone) == len(sample):
            return _Judged(accepted, (), None)
        return _Judged(gone, shown, None, trouble or _CONTRADICTION)

    async def _judge_without_list(self, ref: ModelRef, accepted: Sequence[Target]) -> _Judged:
        """Judge a model whose list is a 404: its versions are gone only if the model is a 404 too."""
        try:
            owned = (await self._replicate.account()).owns(ref)
            model = await self._replicate.sight_of_model(ref)
        except (ReplicateUnavailable, ReplicateThrottled, ReplicateNotFound) as exc:
            return _Judged((), (), None, str(exc))
        seen = Evidence(model, Listing.NO_LIST, owned, Sight.UNSEEN, accepted=True)
        gone = presence(seen) is Presence.GONE
        return _Judged(accepted, (), frozenset()) if gone else _Judged((), (), None, _NO_LIST)

    async def _judge_model(self, ref: ModelRef, accepted: Sequence[Target]) -> _Judged:
        try:
            model = await self._replicate.sight_of_model(ref)
            if model is Sight.THERE:
                return _Judged((), accepted, None)
            owned = (await self._replicate.account()).owns(ref)
            listed = await self._replicate.sight_of_list(ref)
        except (ReplicateUnavailable, ReplicateThrottled, ReplicateNotFound) as exc:
            return _Judged((), (), None, str(exc))
        listing = Listing.NO_LIST if listed is Sight.ABSENT else Listing.WITH
        match presence(Evidence(model, listing, owned, accepted=True)):
            case Presence.GONE:
                return _Judged(accepted, (), None)
            case Presence.THERE:
                return _Judged((), accepted, None)
            case Presence.UNSETTLED:
                return _Judged((), (), None, _CONTRADICTION)


_NO_LIST = "Replicate shows no list of its versions, and does not say clearly that the model is gone"
_CONTRADICTION = "what Replicate's list says and what it says of single versions does not agree"


def _is_trusted(listed: frozenset[str], before: frozenset[str] | None, accepted: Sequence[Target]) -> bool:
    """Whether only accepted targets have disappeared since the list before; False without one, or for an empty list."""
    if before is None or not listed:
        return False
    return before - listed <= {target.version_id for target in accepted}


def _ref(target: Target) -> ModelRef:
    return target.ref


def _still_listed(target: Target) -> Outcome:
    what = "version" if target.version_id else "model"
    return Outcome(target, TargetState.FAILED, _STILL_LISTED.format(what=what))


def _still_unseen(target: Target, trouble: str) -> Outcome:
    return Outcome(target, TargetState.FAILED, _STILL_UNSEEN.format(error=trouble))
