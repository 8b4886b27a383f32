"""Sends DELETEs: a bounded number at once, and only while the request is not stopping."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from bot.deletion.outcome_writer import OutcomeWriter
from bot.deletion.recheck import GONE_SINCE, GONE_UNANSWERED
from bot.deletion.send_control import Gate, Precondition, StopFlag, Stopped
from bot.errors import (
    DatabaseUnavailable,
    ReplicateError,
    ReplicateRefused,
    ReplicateTokenRejected,
    ReplicateUnavailable,
)
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import RateLimiter, RateLimitRefusal, Urgency
from bot.replicate.types import Deletion
from bot.requests.outcomes import Outcome
from bot.requests.request import MAYBE_DELETED, Target, TargetState
from bot.store.claims import Claim, MaySend
from bot.store.notify import ChangeBus, Topic
from bot.store.worker_claims import WorkStore

_LOOK_AGAIN = 2.0
"""Seconds between two looks whether a request is stopping; on SQLite other processes send no notifications."""

_ASKED_AGAIN = "its deletion was asked for again, as no answer had come, and then"
_GONE_MEANWHILE = "Replicate did not know it any more when its deletion was asked for"


class Sender:
    """Sends the DELETEs of one process within the rate limit, at most `concurrency` at once.

    Requests that are carried out at the same time alternate, however many targets each of them has.
    """

    def __init__(
        self, replicate: Replicate, limiter: RateLimiter, work: WorkStore, changes: ChangeBus, concurrency: int
    ) -> None:
        self._replicate = replicate
        self._gate = Gate(limiter)
        self._work = work
        self._changes = changes
        self._in_flight = asyncio.Semaphore(concurrency)

    async def send_all(
        self,
        claim: Claim,
        targets: Iterable[Target],
        *,
        once: Coroutine[Any, Any, None],
        verify: Callable[[], Coroutine[Any, Any, Exception | None]],
        outdated: Callable[[], Exception | None] = lambda: None,
    ) -> None:
        """Send a DELETE for each target and record the answers, until the request is stopping.

        Nothing is sent before `once` is done; in the meantime the first calls wait for the rate limit. `verify` runs
        before the first DELETE of each model, `outdated` before every one. If one of them returns an error, nothing
        more is sent, and the error is raised once the calls in flight are answered.
        Raises ReplicateTokenRejected, which concerns no single target, DatabaseUnavailable and LeaseLost; the first
        of these cancels all other calls.
        """
        stop_flag = StopFlag()
        try:
            async with asyncio.TaskGroup() as watch:
                watching = watch.create_task(self._watch_for_stop(claim, stop_flag))
                outcomes = OutcomeWriter(self._work, claim)
                async with asyncio.TaskGroup() as tasks:
                    ready = Precondition(tasks.create_task(once), verify, outdated, tasks)
                    calls = (_DeleteCall(target, outcomes, self._gate, stop_flag, ready) for target in targets)
                    tasks.create_task(self._begin_each(calls, tasks, stop_flag))
                watching.cancel()
        except BaseExceptionGroup as failures:
            raise _first_error(failures) from failures
        if stop_flag.why is not None:
            raise stop_flag.why

    async def drain(self, seconds: float) -> None:
        """Send nothing more, and wait up to `seconds` for the answers to the calls in flight."""
        await self._gate.close(seconds)

    async def _begin_each(self, calls: Iterable[_DeleteCall], tasks: asyncio.TaskGroup, stop_flag: StopFlag) -> None:
        """Start one call after the other. The semaphore is fair, so concurrent requests alternate."""
        with contextlib.suppress(Stopped):
            for call in calls:
                stop_flag.enter_wait()
                await self._in_flight.acquire()
                stop_flag.leave_wait()
                sending = tasks.create_task(self._send(call))
                sending.add_done_callback(lambda _: self._in_flight.release())

    async def until_stopped(self, claim: Claim) -> None:
        """Return once the request is stopping; it is read after each change notification, and every two seconds."""
        # Subscribed before the first read, so that no change between the two is missed.
        with self._changes.subscribe(Topic.WORK) as changed:
            while not await self._is_stopping(claim):
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_AGAIN):
                        await changed.wait()
                changed.clear()

    async def _watch_for_stop(self, claim: Claim, stop_flag: StopFlag) -> None:
        await self.until_stopped(claim)
        stop_flag.set()

    async def _is_stopping(self, claim: Claim) -> bool:
        """Whether the request is stopping; False while the database is unavailable, as each DELETE checks it again."""
        try:
            return await self._work.is_stopping(claim)
        except DatabaseUnavailable:
            return False

    async def _send(self, call: _DeleteCall) -> None:
        try:
            await call.outcomes.record(await self._outcome(call))
        except Stopped:
            pass
        finally:
            call.ended()

    async def _outcome(self, call: _DeleteCall) -> Outcome:
        """Send the DELETE and return its target's outcome."""
        target = call.target
        try:
            deletion = await _send_delete(self._replicate.limited_by(call), target)
        except ReplicateTokenRejected as rejected:
            await call.turned_away()
            if rejected.is_outdated:
                return await self._outcome(call)
            raise
        except ReplicateError as failed:
            return _outcome_of(failed, call)
        match deletion:
            case Deletion.ACCEPTED:
                return Outcome(target, TargetState.ACCEPTED)
            case Deletion.DELETED:
                return Outcome(target, TargetState.DELETED)
            case Deletion.ALREADY_GONE:
                return Outcome(target, TargetState.ALREADY_GONE, _why_gone(call))


class _DeleteCall:
    """One target's DELETE, and the rate limit of its attempts: each takes a slot, then checks the stop flag.

    `was_sent`: an earlier attempt, of this or another process, ended without an answer that settles the outcome.
    """

    def __init__(
        self, target: Target, outcomes: OutcomeWriter, gate: Gate, stop_flag: StopFlag, ready: Precondition
    ) -> None:
        self.target = target
        self.was_sent = target.was_sent
        self._is_unanswered = False
        self.outcomes = outcomes
        self._gate = gate
        self._stop_flag = stop_flag
        self._ready = ready

    async def acquire(self, urgency: Urgency) -> None:
        """Return when the DELETE may be sent, after that was stored. Raises Stopped."""
        # A 429 or 401 resets `_is_unanswered`, and any other answer ends the call.
        # So if it is still set here, the last attempt went unanswered.
        self.was_sent = self.was_sent or self._is_unanswered
        self._stop_flag.enter_wait()
        await self._gate.wait_to_send(self, urgency)
        self._stop_flag.leave_wait()
        if why := await self._ready.for_model(self.target.ref):
            self._stop_flag.set(why)
            raise Stopped
        match await self.outcomes.mark_sent(self.target):
            case MaySend.YES:
                self._is_unanswered = True
            case MaySend.STOPPING:
                self._stop_flag.set()
                raise Stopped
            case MaySend.TAKEN_OUT:
                raise Stopped

    async def hold(self, seconds: float) -> None:
        """Let no call be sent for this many seconds."""
        await self._gate.limiter.hold(seconds)

    async def refused(self, refusal: RateLimitRefusal) -> None:
        """Note a 429, which lets no call be sent for a while. Raises Stopped."""
        self._gate.back(self)  # before the limiter, which may take long
        await self._gate.limiter.refused(refusal)
        await self.turned_away()
        self._stop_flag.enter_wait()

    async def turned_away(self) -> None:
        """Note that the answer was a 429 or a 401, so the DELETE had no effect."""
        self._gate.back(self)
        self._is_unanswered = False
        if not self.was_sent:
            await self.outcomes.mark_unsent(self.target)

    def ended(self) -> None:
        """Note that the call is done, or was never sent."""
        self._stop_flag.leave_wait()
        self._gate.back(self)


async def _send_delete(replicate: Replicate, target: Target) -> Deletion:
    if target.version_id is None:
        return await replicate.delete_model(target.ref)
    return await replicate.delete_version(target.ref, target.version_id)


def _outcome_of(failed: ReplicateError, call: _DeleteCall) -> Outcome:
    """Return what a DELETE that failed leaves of its target: REFUSED only if no DELETE before it went unanswered.

    How Replicate answers a DELETE of what it is deleting already is not documented; that may be a refusal too.
    """
    if isinstance(failed, ReplicateUnavailable):
        return Outcome(call.target, TargetState.FAILED, f"{failed.told} {MAYBE_DELETED}")
    if call.was_sent:
        return Outcome(call.target, TargetState.FAILED, f"{_ASKED_AGAIN} {failed.told} {MAYBE_DELETED}")
    if isinstance(failed, ReplicateRefused):
        return Outcome(call.target, TargetState.REFUSED, failed.detail)
    return Outcome(call.target, TargetState.FAILED, failed.told)


def _why_gone(call: _DeleteCall) -> str:
    if call.target.was_sent:
        return GONE_SINCE
    return GONE_UNANSWERED if call.was_sent else _GONE_MEANWHILE


def _first_error(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first_error(first) if isinstance(first, BaseExceptionGroup) else first
