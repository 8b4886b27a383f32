"""Verifies accepted deletions: Replicate answers 202 before a target is gone, so it is checked until it is."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from bot.clock import Clock
from bot.deletion.absence_judge import AbsenceJudge, Memory
from bot.deletion.verify_schedule import Look, LookSchedule
from bot.errors import ReplicateError
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.requests.outcomes import Outcome
from bot.requests.request import Target, TargetState
from bot.store.claims import Claim
from bot.store.worker_claims import WorkStore

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

_log = logging.getLogger(__name__)


class DeletionVerifier:
    """Looks at accepted targets again and again, and records what has become of them.

    `interval` returns the present seconds between two requests to Replicate. While the account is limited, a check
    takes minutes, and other requests wait for their turns as well.
    """

    def __init__(
        self, replicate: Replicate, work: WorkStore, clock: Clock, interval: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._judge = AbsenceJudge(replicate)
        self._work = work
        self._clock = clock
        self._interval = interval

    async def wait_until_gone(self, claim: Claim) -> None:
        """Return when every accepted target is verified as gone, or has failed because it took too long.

        Raises ReplicateError, after all lists that can be read were read, DatabaseUnavailable and LeaseLost.
        """
        waits, began = LookSchedule(), self._clock.elapsed()
        memory = Memory()
        while accepted := await self._work.targets(claim, TargetState.ACCEPTED):
            await self._clock.sleep(waits.seconds(self._interval()))
            looks = await self._look_at_all(claim, accepted, memory, began)
            waits.looked(looks)
            trusted = {look.ref: look.listed for look in looks if look.listed is not None and look.is_trusted}
            memory.before |= trusted

    async def _look_at_all(self, claim: Claim, accepted: Iterable[Target], memory: Memory, began: float) -> list[Look]:
        """Check each model; if some raise, raise the first error at the end. `began`: when verification began."""
        looks, errors = [], []
        planned = await self._work.targets(claim, TargetState.PLANNED)
        emptied = {target.ref for target in planned if target.version_id is None}
        for ref, group in groupby(sorted(accepted, key=_ref), key=_ref):
            try:
                looks.append(await self._look(claim, ref, list(group), memory, began, is_emptied=ref in emptied))
            except ReplicateError as exc:
                errors.append(exc)
        if errors:
            raise errors[0]
        return looks

    async def _look(
        self,
        claim: Claim,
        ref: ModelRef,
        accepted: Sequence[Target],
        memory: Memory,
        began: float,
        *,
        is_emptied: bool,
    ) -> Look:
        """Check one model, and record which of its accepted targets are gone or overdue.

        A target counts as overdue by the time at which the check began, as the answers may be as old as that. One that
        could not be read also needs that much time since `began`: it may have been accepted hours before, while the
        rest was still being sent.
        """
        looked_at = self._clock.elapsed()
        judged = await self._judge.judge(ref, accepted, memory, is_emptied=is_emptied)
        took = self._clock.elapsed() - looked_at
        if judged.trouble:
            _log.warning("could not look whether what was deleted of %s is gone: %s", ref, judged.trouble)
        gone = [Outcome(target, TargetState.DELETED, gone_from=places) for target, places in judged.gone.items()]
        await self._work.record(claim, gone)
        overdue = await self._work.overdue(claim, judged.shown, STILL_LISTED_AFTER + took)
        await self._work.record(claim, [_still_listed(target) for target in overdue])
        if looked_at - began >= UNSEEN_AFTER:
            settled = {target.position for target in (*judged.gone, *judged.shown)}
            unknown = [target for target in accepted if target.position not in settled]
            overdue = await self._work.overdue(claim, unknown, UNSEEN_AFTER + took)
            await self._work.record(claim, [_still_unseen(target, judged.trouble) for target in overdue])
        size = len(judged.listed) if judged.listed is not None else None if judged.trouble else len(accepted)
        return Look(ref, bool(judged.gone), judged.listed, is_trusted=not judged.trouble, size=size)


def _ref(target: Target) -> ModelRef:
    return target.ref


def _still_listed(target: Target) -> Outcome:
    what = "version" if target.version_id else "model"
    return Outcome(target, TargetState.FAILED, _STILL_LISTED.format(what=what))


def _still_unseen(target: Target, trouble: str) -> Outcome:
    return Outcome(target, TargetState.FAILED, _STILL_UNSEEN.format(error=trouble))
