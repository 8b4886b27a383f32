"""Sends DELETEs: as many at once as may be in flight, each of them only while nobody has said stop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Iterable
from typing import Any

from bot.errors import (
    DatabaseUnavailable,
    ReplicateError,
    ReplicateRefused,
    ReplicateTokenRejected,
    ReplicateUnavailable,
)
from bot.ledger import Ledger
from bot.pace import Pace, Urgency
from bot.recheck import GONE_SINCE
from bot.replicate import Deletion, Replicate
from bot.requests import MAYBE_DELETED, Outcome, Target, TargetState
from bot.store import Claim, Topic, Word, WorkStore

_GONE_MEANWHILE = "Replicate did not know it any more when its deletion was asked for"
_GONE_UNANSWERED = "its deletion was asked for again, as no answer had come, and by then it was gone"


class Sender:
    """Sends the DELETEs of one process, within `pace` and no more than `concurrency` at once.

    Requests that are carried out at the same time take turns, however many targets each of them has.
    """

    def __init__(self, replicate: Replicate, pace: Pace, work: WorkStore, word: Word, concurrency: int) -> None:
        self._replicate = replicate
        self._gate = _Gate(pace)
        self._work = work
        self._word = word
        self._in_flight = asyncio.Semaphore(concurrency)

    async def send_all(self, claim: Claim, targets: Iterable[Target], *, once: Coroutine[Any, Any, None]) -> None:
        """Send a DELETE for each target and record the answers; leave out the rest when somebody says stop.

        Nothing is sent before `once` is done. While it is under way the first of them wait for their turns.
        Raises ReplicateTokenRejected, which is about no target, DatabaseUnavailable and LeaseLost: the first
        of them ends it all.
        """
        halt = _Halt()
        try:
            async with asyncio.TaskGroup() as watch:
                watching = watch.create_task(self._heed_stop(claim, halt))
                await self._send_each(targets, Ledger(self._work, claim), halt, once)
                watching.cancel()
        except BaseExceptionGroup as failures:
            raise _first(failures) from failures

    async def drain(self, seconds: float) -> None:
        """Send nothing more, and wait for the answers to what is on its way, but no longer than this."""
        await self._gate.close(seconds)

    async def _send_each(
        self, targets: Iterable[Target], ledger: Ledger, halt: _Halt, once: Coroutine[Any, Any, None]
    ) -> None:
        """Send for each target, and return when all have come back."""
        async with asyncio.TaskGroup() as errands:
            done = errands.create_task(once)
            every = (_Errand(target, ledger, self._gate, halt, done) for target in targets)
            errands.create_task(self._begin_each(every, errands, halt))

    async def _begin_each(self, every: Iterable[_Errand], errands: asyncio.TaskGroup, halt: _Halt) -> None:
        """Begin one errand after the other. The semaphore serves in order, so requests take turns at it."""
        with contextlib.suppress(_Stopped):
            for errand in every:
                halt.waits()
                await self._in_flight.acquire()
                halt.waits_no_more()
                sending = errands.create_task(self._send(errand))
                sending.add_done_callback(lambda _: self._in_flight.release())

    async def _heed_stop(self, claim: Claim, halt: _Halt) -> None:
        """Look whether somebody has said stop whenever there is word of a change, as a turn may be far off."""
        with self._word.hearing(Topic.WORK) as heard:
            while not await self._is_stopping(claim):
                await heard.wait()
                heard.clear()
        halt.say()

    async def _is_stopping(self, claim: Claim) -> bool:
        """Whether somebody has said stop; a database that is away says nothing, and is asked before each DELETE."""
        try:
            return await self._work.is_stopping(claim)
        except DatabaseUnavailable:
            return False

    async def _send(self, errand: _Errand) -> None:
        try:
            await errand.ledger.became(await self._outcome(errand))
        except _Stopped:
            pass
        finally:
            errand.ended()

    async def _outcome(self, errand: _Errand) -> Outcome:
        """Send the DELETE and return what became of its target."""
        target = errand.target
        try:
            deletion = await _asked(self._replicate.paced(errand), target)
        except ReplicateTokenRejected:
            await errand.turned_away()
            raise
        except ReplicateRefused as refused:
            return Outcome(target, TargetState.REFUSED, refused.detail)
        except ReplicateUnavailable as silent:
            return Outcome(target, TargetState.FAILED, f"{silent} {MAYBE_DELETED}")
        except ReplicateError as failed:
            return Outcome(target, TargetState.FAILED, f"{failed} {MAYBE_DELETED}" if errand.was_sent else str(failed))
        match deletion:
            case Deletion.ACCEPTED:
                return Outcome(target, TargetState.ACCEPTED)
            case Deletion.DELETED:
                return Outcome(target, TargetState.DELETED)
            case Deletion.ALREADY_GONE:
                return Outcome(target, TargetState.ALREADY_GONE, _why_gone(errand))


class _Halt:
    """Somebody has said stop: who waits to be sent goes home, and nobody else sets out."""

    def __init__(self) -> None:
        self._is_said = False
        self._waiting: set[asyncio.Task[Any] | None] = set()

    def say(self) -> None:
        """Send home whoever waits."""
        self._is_said = True
        for task in self._waiting:
            if task is not None:
                task.cancel()

    def waits(self) -> None:
        """Note that the current task waits from now on. Raises _Stopped when that is in vain."""
        if self._is_said:
            raise _Stopped
        self._waiting.add(asyncio.current_task())

    def waits_no_more(self) -> None:
        """Note that the current task is not to be disturbed."""
        self._waiting.discard(asyncio.current_task())


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
    """One target's DELETE. It is its own pace: before each attempt its turn, and then whether it still may be sent.

    `was_sent` says whether an attempt, in this process or before it, ended without an answer that settles it.
    """

    def __init__(self, target: Target, ledger: Ledger, gate: _Gate, halt: _Halt, done: asyncio.Task[None]) -> None:
        self.target = target
        self.was_sent = target.was_sent
        self._is_out = False
        self.ledger = ledger
        self._gate = gate
        self._halt = halt
        self._done = done

    async def turn(self, urgency: Urgency) -> None:
        """Return when the DELETE may be sent, which is stored by then. Raises _Stopped."""
        # Had the attempt before been answered with 429, it would not be out any more; any other answer ends it.
        self.was_sent = self.was_sent or self._is_out
        self._halt.waits()
        await self._gate.passed(self, urgency)
        self._halt.waits_no_more()
        await asyncio.shield(self._done)
        if not await self.ledger.may_send(self.target):
            self._halt.say()
            raise _Stopped
        self._is_out = True

    async def hold(self, seconds: float) -> None:
        """Let nobody send anything for this long. Raises _Stopped."""
        self._gate.back(self)
        await self._gate.pace.hold(seconds)
        await self.turned_away()
        self._halt.waits()

    async def turned_away(self) -> None:
        """Note that the answer was a 429 or a 401: the DELETE did nothing."""
        self._is_out = False
        if not self.was_sent:
            await self.ledger.came_back(self.target)

    def ended(self) -> None:
        """Note that it is done, or never went."""
        self._halt.waits_no_more()
        self._gate.back(self)


class _Stopped(Exception):
    """Somebody said stop: this DELETE is not to be sent."""


async def _asked(replicate: Replicate, target: Target) -> Deletion:
    if target.version_id is None:
        return await replicate.delete_model(target.ref)
    return await replicate.delete_version(target.ref, target.version_id)


def _why_gone(errand: _Errand) -> str:
    if errand.target.was_sent:
        return GONE_SINCE
    return _GONE_UNANSWERED if errand.was_sent else _GONE_MEANWHILE


def _first(failures: BaseExceptionGroup[BaseException]) -> BaseException:
    first = failures.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
