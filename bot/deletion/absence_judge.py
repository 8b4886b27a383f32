"""Judges whether accepted targets of one model are gone, in whichever way takes fewer calls.

Few versions are looked up by their own URLs, and so are those that are fewer than the pages of their model's list.
Otherwise the list is read; also if the model is to be deleted next, which takes an empty list. A list is trusted if
nothing but accepted targets has disappeared from it. Otherwise versions are also looked up by their own URLs.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.errors import ReplicateNotFound, ReplicateThrottled, ReplicateUnavailable, ReplicateUnreadable
from bot.refs import ModelRef
from bot.replicate.absence import Evidence, Listing, Presence, Sight, presence
from bot.replicate.client import Replicate
from bot.requests.gone_from import EVERYWHERE, GoneFrom
from bot.requests.request import Target
from bot.side_by_side import side_by_side

_SAMPLE = 6
"""Versions that are looked up by their own URL in one check, if the list alone is not trusted.

If half of the missing versions still existed, all six would appear gone in one of 64 checks; if all did, in none.
"""

_FEW = 6
"""Up to this many versions are looked up by their own URLs, however long the list is."""

_LIST, _ADDRESS = frozenset({GoneFrom.LIST}), frozenset({GoneFrom.ADDRESS})
_NO_ANSWER = (ReplicateUnavailable, ReplicateUnreadable, ReplicateThrottled)


class Judged(NamedTuple):
    """The result of one check of a model's accepted targets: which are gone, from where, and which still exist.

    `listed` are the version ids in the model's list, None if it was not read. `trouble` says why others are unknown.
    """

    gone: Mapping[Target, frozenset[GoneFrom]]
    shown: Sequence[Target]
    listed: frozenset[str] | None = None
    trouble: str = ""


@dataclass(slots=True)
class Memory:
    """What earlier checks found for each model: the last list that was trusted, and how many pages it has at least."""

    before: dict[ModelRef, frozenset[str]] = field(default_factory=dict)
    longer_than: dict[ModelRef, int] = field(default_factory=dict)


_NO_LIST = "Replicate shows no list of its versions, and does not say clearly that the model is gone"
_CONTRADICTION = "what Replicate's list says and what it says of single versions does not agree"


class AbsenceJudge:
    """Reads what there is to know about accepted targets."""

    def __init__(self, replicate: Replicate) -> None:
        self._replicate = replicate

    async def judge(self, ref: ModelRef, accepted: Sequence[Target], memory: Memory, *, is_emptied: bool) -> Judged:
        """Return what has become of a model's accepted targets: all are versions, or the one is the model.

        `is_emptied`: the model is to be deleted once they are gone. Raises ReplicateTokenRejected and ReplicateRefused.
        """
        if accepted[0].version_id is None:
            return await self._judge_model(ref, accepted)
        if not is_emptied and len(accepted) <= max(_FEW, memory.longer_than.get(ref, 0)):
            return await self._judge_each(ref, accepted, Listing.UNREAD)
        try:
            listed = await self._replicate.listed_version_ids(ref, most_pages=None if is_emptied else len(accepted))
        except ReplicateNotFound:
            return await self._judge_without_list(ref, accepted)
        except _NO_ANSWER as exc:
            return (await self._judge_each(ref, _sample(accepted), Listing.UNREAD))._replace(trouble=exc.told)
        if listed is None:
            memory.longer_than[ref] = len(accepted)
            return await self._judge_each(ref, accepted, Listing.UNREAD)
        return await self._judge_by_list(ref, accepted, listed, memory.before.get(ref))

    async def _judge_by_list(
        self, ref: ModelRef, accepted: Sequence[Target], listed: frozenset[str], before: frozenset[str] | None
    ) -> Judged:
        """Judge by a list. If it lacks some versions and a sample of those is gone, all of them count as gone.

        A list with an entry whose id cannot be read may have any of them: then each is looked up.
        """
        shown = [t for t in accepted if t.version_id in listed]
        missing = [t for t in accepted if t.version_id not in listed]
        # An entry whose id cannot be read may be any of them.
        by_list = dict.fromkeys(missing, frozenset[GoneFrom]() if "" in listed else _LIST)
        if not missing or _is_trusted(listed, before, accepted):
            return Judged(by_list, shown, listed)
        sample = missing if "" in listed else _sample(missing)
        judged = await self._judge_each(ref, sample, Listing.DOUBTFUL)
        if len(judged.gone) == len(sample):
            return Judged(by_list | {t: by_list[t] | places for t, places in judged.gone.items()}, shown, listed)
        both = {target: by_list[target] | places for target, places in judged.gone.items()}
        return judged._replace(
            gone=both, shown=[*shown, *judged.shown], listed=listed, trouble=judged.trouble or _CONTRADICTION
        )

    async def _judge_each(self, ref: ModelRef, accepted: Sequence[Target], listing: Listing) -> Judged:
        """Look versions up by their own URLs; that one is absent counts together with what its model's URL answers."""
        looked = await side_by_side(*(self._look_up(ref, target) for target in accepted))
        sights = [sight for sight, _ in looked]
        trouble = next((trouble for _, trouble in looked if trouble), "")
        model, owned = Sight.UNSEEN, False
        if Sight.ABSENT in sights:
            try:
                model, owned, listing = await self._model_of_absent(ref, listing)
            except (*_NO_ANSWER, ReplicateNotFound) as exc:
                trouble = exc.told
        seen = [presence(Evidence(model, listing, owned, sight, accepted=True)) for sight in sights]
        if Presence.UNSETTLED in seen:
            trouble = trouble or _CONTRADICTION
        by_list = _LIST if listing is Listing.NO_LIST else frozenset[GoneFrom]()
        gone = {
            target: by_list | (_ADDRESS if sight is Sight.ABSENT else frozenset[GoneFrom]())
            for target, sight, what in zip(accepted, sights, seen, strict=True)
            if what is Presence.GONE
        }
        shown = [target for target, what in zip(accepted, seen, strict=True) if what is Presence.THERE]
        return Judged(gone, shown, None, trouble)

    async def _look_up(self, ref: ModelRef, target: Target) -> tuple[Sight, str]:
        """Return what a version's own URL shows; UNSEEN, with the reason, if it gives no answer that can be used."""
        try:
            return await self._replicate.sight_of_version(ref, str(target.version_id)), ""
        except _NO_ANSWER as exc:
            return Sight.UNSEEN, exc.told

    async def _model_of_absent(self, ref: ModelRef, listing: Listing) -> tuple[Sight, bool, Listing]:
        """Return whether the model is there, whether the account owns it, and what its list says if it is absent."""
        account, model = await side_by_side(self._replicate.account(), self._replicate.sight_of_model(ref))
        if model is Sight.ABSENT and listing is Listing.UNREAD:
            listed = await self._replicate.sight_of_list(ref)
            listing = Listing.NO_LIST if listed is Sight.ABSENT else Listing.UNREAD
        return model, account.owns(ref), listing

    async def _judge_without_list(self, ref: ModelRef, accepted: Sequence[Target]) -> Judged:
        """Judge a model whose list is a 404: its versions are gone only if the model is a 404 too."""
        try:
            owned = (await self._replicate.account()).owns(ref)
            model = await self._replicate.sight_of_model(ref)
        except (*_NO_ANSWER, ReplicateNotFound) as exc:
            return Judged({}, (), None, exc.told)
        seen = Evidence(model, Listing.NO_LIST, owned, Sight.UNSEEN, accepted=True)
        gone = presence(seen) is Presence.GONE
        return Judged(dict.fromkeys(accepted, _LIST), (), frozenset()) if gone else Judged({}, (), None, _NO_LIST)

    async def _judge_model(self, ref: ModelRef, accepted: Sequence[Target]) -> Judged:
        try:
            model = await self._replicate.sight_of_model(ref)
            if model is Sight.THERE:
                return Judged({}, accepted, None)
            owned = (await self._replicate.account()).owns(ref)
            listed = await self._replicate.sight_of_list(ref)
        except (*_NO_ANSWER, ReplicateNotFound) as exc:
            return Judged({}, (), None, exc.told)
        listing = Listing.NO_LIST if listed is Sight.ABSENT else Listing.WITH
        match presence(Evidence(model, listing, owned, accepted=True)):
            case Presence.GONE:
                return Judged(dict.fromkeys(accepted, EVERYWHERE), (), None)
            case Presence.THERE:
                return Judged({}, accepted, None)
            case Presence.UNSETTLED:
                return Judged({}, (), None, _CONTRADICTION)


def _is_trusted(listed: frozenset[str], before: frozenset[str] | None, accepted: Sequence[Target]) -> bool:
    """Whether only accepted targets have disappeared since the list before.

    False without one, for an empty list, and for one with an entry whose id cannot be read.
    """
    if before is None or not listed or "" in listed:
        return False
    return before - listed <= {target.version_id for target in accepted}


def _sample(targets: Sequence[Target]) -> Sequence[Target]:
    return random.sample(targets, min(_SAMPLE, len(targets)))
