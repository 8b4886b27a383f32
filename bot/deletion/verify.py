"""202 is not the end: watches what Replicate accepted to delete until it is gone."""

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
"""Seconds after which an accepted deletion counts as failed; Replicate speaks of a few minutes."""

UNSEEN_AFTER = 1800.0
"""Seconds after which it counts as failed as well where the list could not be read when it was looked at."""

UNSEEN = "Replicate accepted its deletion, but the bot could not see whether it is gone"
"""What there is to say of an accepted deletion that nobody saw happen."""

_STILL_LISTED = (
    "Replicate accepted the deletion, but still listed the {what} more than 10 minutes later; "
    "look at the model's page before trying again"
)
_STILL_UNSEEN = (
    f"{UNSEEN}: more than 30 minutes later that could not be read ({{error}}); "
    "look at the model's page before trying again"
)

Sleep = Callable[[float], Awaitable[None]]
"""Lets so many seconds pass."""

_log = logging.getLogger(__name__)


_CHECKED = 6
"""Versions whose own addresses are asked at one look, where the list alone is not believed: all of few, enough of many.

With half of the missing ones still there, all six would be absent once in 64 looks; with all of them there, never.
"""


class _Judged(NamedTuple):
    """What a look says of accepted targets: which are gone, which are shown, and why others are not known."""

    gone: Sequence[Target]
    shown: Sequence[Target]
    listed: frozenset[str] | None
    trouble: str = ""


class DeletionVerifier:
    """Reads the lists of versions until they no longer have what was accepted, each list once a look.

    A list is believed where nothing is missing from it but what was accepted. Otherwise the versions' own addresses
    are asked as well.
    """

    def __init__(self, replicate: Replicate, work: WorkStore, sleep: Sleep = asyncio.sleep) -> None:
        self._replicate = replicate
        self._work = work
        self._sleep = sleep

    async def wait_until_gone(self, claim: Claim) -> None:
        """Return when nothing is accepted any more: all of it was seen gone, or still there, or not seen for too long.

        Raises ReplicateError, once every list that can be read was, DatabaseUnavailable and LeaseLost.
        """
        waits = LookSchedule()
        before: dict[ModelRef, frozenset[str]] = {}
        while accepted := await self._work.targets(claim, TargetState.ACCEPTED):
            await self._sleep(waits.seconds())
            looks = await self._look_at_all(claim, accepted, before)
            waits.looked(looks)
            before |= {look.ref: look.listed for look in looks if look.listed is not None and look.is_believed}

    async def _look_at_all(
        self, claim: Claim, accepted: Iterable[Target], before: Mapping[ModelRef, frozenset[str]]
    ) -> list[Look]:
        """Look at each model; raises the first of its errors at the end."""
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
        """Record which of a model's accepted targets are gone, or overdue."""
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
        return Look(ref, bool(judged.gone), judged.listed, is_believed=not judged.trouble)

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
        if not missing or _is_sound(listed, before, accepted):
            return _Judged(missing, shown, listed)
        judged = await self._judge_each(ref, missing, Listing.DOUBTFUL)
        return judged._replace(shown=[*shown, *judged.shown], listed=listed)

    async def _judge_each(
        self, ref: ModelRef, accepted: Sequence[Target], listing: Listing, trouble: str = ""
    ) -> _Judged:
        """Ask some of the versions by their own addresses. Where a list lacks all of them, they speak for all."""
        asked = random.sample(accepted, min(_CHECKED, len(accepted)))
        try:
            sighting = (self._replicate.sight_of_version(ref, str(target.version_id)) for target in asked)
            account, model, sights = await asyncio.gather(
                self._replicate.account(), self._replicate.sight_of_model(ref), asyncio.gather(*sighting)
            )
        except (ReplicateUnavailable, ReplicateThrottled, ReplicateNotFound) as exc:
            return _Judged((), (), None, trouble or str(exc))
        owned = account.owns(ref)
        ends = [presence(Evidence(model, listing, owned, sight, accepted=True)) for sight in sights]
        gone = [target for target, end in zip(asked, ends, strict=True) if end is Presence.GONE]
        shown = [target for target, end in zip(asked, ends, strict=True) if end is Presence.THERE]
        if listing is Listing.DOUBTFUL and len(gone) == len(asked):
            return _Judged(accepted, (), None)
        return _Judged(gone, shown, None, trouble or _CONTRADICTION)

    async def _judge_without_list(self, ref: ModelRef, accepted: Sequence[Target]) -> _Judged:
        """A model whose list is a 404: gone with all of its versions only where it is a 404 itself."""
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


def _is_sound(listed: frozenset[str], before: frozenset[str] | None, accepted: Sequence[Target]) -> bool:
    """Whether nothing is missing from a list since the one before but what was accepted; an empty one is not."""
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
