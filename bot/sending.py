"""Sends DELETEs: as many at once as may be in flight, each of them only while nobody has said stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any

from bot.errors import ReplicateError, ReplicateRefused, ReplicateTokenRejected, ReplicateUnavailable
from bot.ledger import Ledger
from bot.pace import Pace, Urgency
from bot.recheck import GONE_SINCE
from bot.replicate import Deletion, Replicate
from bot.requests import MAYBE_DELETED, Outcome, Target, TargetState
from bot.store import Claim, WorkStore

_GONE_MEANWHILE = "Replicate did not know it any more when its deletion was asked for"


class Sender:
    """Sends the DELETEs of one process, within `pace` and no more than `concurrency` at once."""

    def __init__(self, replicate: Replicate, pace: Pace, work: WorkStore, concurrency: int) -> None:
        self._replicate = replicate
        self._gate = _Gate(pace)
        self._work = work
        self._in_flight = asyncio.Semaphore(concurrency)

    async def send_all(self, claim: Claim, targets: Iterable[Target], *, once: Coroutine[Any, Any, None]) -> None:
        """Send a DELETE for each target and record the answers; leave out the rest when somebody says stop.

        Nothing is sent before `once` is done. While it is under way the first of them wait for their turns.
        Raises ReplicateTokenRejected, which is about no target, DatabaseUnavailable and LeaseLost: the first
        of them ends it all.
        """
        ledger = Ledger(self._work, claim)
        try:
            async with asyncio.TaskGroup() as tasks:
                done = tasks.create_task(once)
                for target in targets:
                    tasks.create_task(self._send(_Errand(target, ledger, self._gate, done), ledger))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def drain(self, seconds: float) -> None:
        """Send nothing more, and wait for the answers to what is on its way, but no longer than this."""
        await self._gate.close(seconds)

    async def _send(self, errand: _Errand, ledger: Ledger) -> None:
        async with self._in_flight:
            try:
                await ledger.became(await self._outcome(errand))
            except _Stopped:
                pass
            finally:
                self._gate.back(errand)

    async def _outcome(self, errand: _Errand) -> Outcome:
        """Send the DELETE and return what became of its target."""
        target = errand.target
        try:
            deletion = await _asked(self._replicate.paced(errand), target)
        except ReplicateTokenRejected:
            raise
        except ReplicateRefused as refused:
            return Outcome(target, TargetState.REFUSED, refused.detail)
        except ReplicateUnavailable as silent:
            return Outcome(target, TargetState.FAILED, f"{silent} {MAYBE_DELETED}")
        except ReplicateError as failed:
            return Outcome(target, TargetState.FAILED, str(failed))
        match deletion:
            case Deletion.ACCEPTED:
                return Outcome(target, TargetState.ACCEPTED)
            case Deletion.DELETED:
                return Outcome(target, TargetState.DELETED)
            case Deletion.ALREADY_GONE:
                return Outcome(target, TargetState.ALREADY_GONE, GONE_SINCE if target.was_sent else _GONE_MEANWHILE)


class _Gate:
    """Lets errands out at the pace until it is closed, and knows which are on their way."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self._out: set[_Errand] = set()
        self._all_back = asyncio.Event()
        self._all_back.set()
        self._closed = False

    async def passed(self, errand: _Errand, urgency: Urgency) -> None:
        """Return when the errand is out; never, once the gate is closed."""
        await self.pace.turn(urgency)
        if self._closed:
            await asyncio.Event().wait()
        self._out.add(errand)
        self._all_back.clear()

    def back(self, errand: _Errand) -> None:
        """Note that an errand is done, or never went."""
        self._out.discard(errand)
        if not self._out:
            self._all_back.set()

    async def close(self, seconds: float) -> None:
        """Let nobody out any more, and return when all are back, but no later than this."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._all_back.wait()


class _Errand:
    """One target's DELETE. It is its own pace: before each attempt its turn, and then whether it still may be sent."""

    def __init__(self, target: Target, ledger: Ledger, gate: _Gate, done: asyncio.Task[None]) -> None:
        self.target = target
        self._done = done
        self._ledger = ledger
        self._gate = gate

    async def turn(self, urgency: Urgency) -> None:
        """Return when the DELETE may be sent, which is stored by then. Raises _Stopped."""
        await self._gate.passed(self, urgency)
        await asyncio.shield(self._done)
        if not await self._ledger.may_send(self.target):
            raise _Stopped

    async def hold(self, seconds: float) -> None:
        """Let nobody send anything for this long."""
        # A 429 is an answer: until its next turn the errand is not on its way.
        self._gate.back(self)
        await self._gate.pace.hold(seconds)


class _Stopped(Exception):
    """Somebody said stop: this DELETE is not to be sent."""


async def _asked(replicate: Replicate, target: Target) -> Deletion:
    if target.version_id is None:
        return await replicate.delete_model(target.ref)
    return await replicate.delete_version(target.ref, target.version_id)
