"""Asks what verifying a deletion left open: whether a deleted target is gone from the other place too.

A deletion is verified with as few calls as prove it (`absence_judge.py`). Often these ask one of two places alone: the
model's list, or the target's own address. So the other one is asked afterwards, when nobody waits for it, at the
lowest urgency. What it says changes nothing but what a receipt tells.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.clock import Clock
from bot.errors import ReplicateError, ReplicateNotFound
from bot.refs import ModelRef
from bot.replicate.absence import Sight
from bot.replicate.client import Replicate
from bot.requests.gone_from import GoneFrom
from bot.requests.request import Target
from bot.side_by_side import side_by_side
from bot.store.confirmations import ConfirmationStore, ToConfirm

_LOOK_EVERY = 60.0
"""Seconds between two looks into the database for what is to be asked."""

_SIDE_BY_SIDE = 10
_log = logging.getLogger(__name__)

_Found = defaultdict[GoneFrom, list[Target]]


class Confirmer:
    """Asks about the deleted targets of `accounts`; `replicate` returns the client for one of them."""

    def __init__(
        self,
        store: ConfirmationStore,
        accounts: Callable[[], Collection[str]],
        replicate: Callable[[str], Replicate],
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._replicate = replicate
        self._clock = clock
        self._next = 0.0

    async def step(self) -> float | None:
        """Ask about some targets, if any are due; return in how many seconds there may be more. Raises as the store."""
        wait = self._next - self._clock.elapsed()
        if wait > 0:
            return wait
        accounts = self._accounts()
        due = await self._store.wait(accounts) if accounts else None
        if due is not None and due <= 0:
            if taken := await self._store.take(accounts):
                await self._ask(taken)
            return 0.0
        pause = _LOOK_EVERY if due is None else min(due, _LOOK_EVERY)
        self._next = self._clock.elapsed() + pause
        return pause

    async def _ask(self, taken: ToConfirm) -> None:
        by_model: defaultdict[ModelRef, dict[Target, frozenset[GoneFrom]]] = defaultdict(dict)
        for target, missing in taken.missing.items():
            by_model[target.ref][target] = missing
        for ref, targets in by_model.items():
            try:
                found = await gone_now(self._replicate(taken.account), ref, targets)
            except ReplicateError as exc:
                _log.info("%s: could not ask from where %s is gone: %s", taken.request_id, ref, exc)
                continue
            await self._store.gone(taken.request_id, found)


async def gone_now(
    replicate: Replicate, ref: ModelRef, missing: Mapping[Target, Collection[GoneFrom]]
) -> Mapping[GoneFrom, Sequence[Target]]:
    """Return which targets of one model are gone from which of the places that are `missing`.

    To a token of another account everything private looks gone, so nothing is then. A place that gives no answer
    confirms nothing. Raises ReplicateError if the account is not told.
    """
    found: _Found = defaultdict(list)
    if not (await replicate.account()).owns(ref):
        return found
    by_list = [target for target, places in missing.items() if GoneFrom.LIST in places]
    if by_list:
        found[GoneFrom.LIST] += await _gone_from_list(replicate, ref, by_list)
    by_address = [target for target, places in missing.items() if GoneFrom.ADDRESS in places]
    for start in range(0, len(by_address), _SIDE_BY_SIDE):
        some = by_address[start : start + _SIDE_BY_SIDE]
        sights = await side_by_side(*(_sight(replicate, target) for target in some))
        found[GoneFrom.ADDRESS] += [t for t, sight in zip(some, sights, strict=True) if sight is Sight.ABSENT]
        if Sight.UNSEEN in sights:
            break  # The rest would hardly be answered either.
    return found


async def _gone_from_list(replicate: Replicate, ref: ModelRef, targets: Sequence[Target]) -> list[Target]:
    try:
        listed = await _listed(replicate, ref)
    except ReplicateError as exc:
        _log.info("the list of versions of %s could not be read again: %s", ref, exc)
        return []
    return [target for target in targets if _is_gone(target, listed)]


async def _listed(replicate: Replicate, ref: ModelRef) -> frozenset[str] | None:
    """Return the ids that the model's list has; None if there is neither a list nor a model any more.

    Raises ReplicateNotFound if only the list is missing, which says nothing of what was in it.
    """
    try:
        # Without a limit of pages this is never None.
        return await replicate.listed_version_ids(ref) or frozenset()
    except ReplicateNotFound:
        if await replicate.sight_of_model(ref) is not Sight.ABSENT:
            raise
        return None


def _is_gone(target: Target, listed: frozenset[str] | None) -> bool:
    """Whether a list says that a target is gone. A model still has a list; an entry without an id may be anything."""
    if listed is None or target.version_id is None:
        return listed is None
    return target.version_id not in listed and "" not in listed


async def _sight(replicate: Replicate, target: Target) -> Sight:
    try:
        if target.version_id is None:
            return await replicate.sight_of_model(target.ref)
        return await replicate.sight_of_version(target.ref, target.version_id)
    except ReplicateError as exc:
        _log.info("%s could not be looked up again: %s", target, exc)
        return Sight.UNSEEN
