"""Carries approved requests out: claim, re-check, delete, see that it is gone, finish.

Each step is recorded before the next begins, so a process that dies leaves a request that any other can
go on with. Only a DELETE that was on its way when that happened is ever sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable

from bot.errors import (
    BotError,
    DatabaseUnavailable,
    ReplicateError,
    ReplicateRefused,
    ReplicateTokenRejected,
    ReplicateUnavailable,
    SlackUnavailable,
)
from bot.ledger import Ledger
from bot.policy import Protected
from bot.quorum import Quorum
from bot.recheck import GONE_SINCE, Recheck
from bot.replicate import Deletion, Replicate
from bot.requests import Outcome, State, Target, TargetState
from bot.store import Claim, KeptStore, LeaseLost, RequestStore, WorkStore
from bot.vanishing import Vanishing

LEASE = 30.0
"""Seconds after which another process goes on with the work of one that died."""

ATTEMPTS = 5
"""How often in a row a request is tried without any progress."""

_BACK_OFF = 5.0
_log = logging.getLogger(__name__)


class Worker:
    """Works on approved requests; any number of them, in any number of processes, share one database."""

    def __init__(
        self,
        *,
        requests: RequestStore,
        work: WorkStore,
        replicate: Replicate,
        kept: KeptStore,
        quorum: Quorum,
        protected: Protected,
        concurrency: int,
    ) -> None:
        self._requests = requests
        self._work = work
        self._replicate = replicate
        self._quorum = quorum
        self._vanishing = Vanishing(replicate, requests, work)
        self._recheck = Recheck(replicate, work, kept, protected)
        self._in_flight = asyncio.Semaphore(concurrency)
        self._running: set[asyncio.Task[None]] = set()
        self._sending: set[tuple[str, int]] = set()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._draining = False

    async def claim_due(self) -> float | None:
        """Begin or resume every request that nobody works on; return in how many seconds the next can be."""
        while not self._draining and (claim := await self._work.claim()):
            task = asyncio.create_task(self._carry_out(claim), name=claim.request_id)
            self._running.add(task)
            task.add_done_callback(self._running.discard)
        return await self._work.wait()

    async def expire_due(self) -> float | None:
        """Expire the requests whose time is over; return in how many seconds the next one's will be."""
        await self._requests.expire_due()
        return await self._requests.until_next_expiry()

    async def drain(self, seconds: float) -> None:
        """Send no further DELETE, wait for the answers to those on their way, and give the rest back."""
        self._draining = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._quiet.wait()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _carry_out(self, claim: Claim) -> None:
        """Work on one request while its lease is held; leave it for another attempt when that fails."""
        try:
            await self._under_lease(claim)
        except LeaseLost:
            _log.warning("%s was taken over by another process", claim.request_id)
        except DatabaseUnavailable:
            _log.warning("%s is left until the database is back", claim.request_id)
        except SlackUnavailable:
            _log.warning("%s waits: Slack does not say who approved it", claim.request_id)
            with contextlib.suppress(LeaseLost, DatabaseUnavailable):
                await self._work.give_back(claim, after=_BACK_OFF, blameless=True)
        except asyncio.CancelledError:
            with contextlib.suppress(LeaseLost, DatabaseUnavailable):
                await asyncio.shield(self._work.give_back(claim, blameless=True))
            raise
        except Exception as exc:  # noqa: BLE001 - whatever it was, the request must not be lost
            if not isinstance(exc, BotError):
                _log.exception("%s could not be carried out", claim.request_id)
            await self._left_for_later(claim, exc)

    async def _under_lease(self, claim: Claim) -> None:
        """Delete, renewing the lease meanwhile; the moment it is lost, the deleting stops."""
        deleting = asyncio.create_task(self._delete(claim))
        renewing = asyncio.create_task(self._keep_lease(claim))
        try:
            await asyncio.wait({deleting, renewing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (deleting, renewing):
                task.cancel()
            await asyncio.gather(deleting, renewing, return_exceptions=True)
        for task in (renewing, deleting):
            if not task.cancelled():
                task.result()

    async def _keep_lease(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(self._work.lease / 3)
            await self._work.renew(claim)

    async def _left_for_later(self, claim: Claim, exc: Exception) -> None:
        """Count an attempt that got nowhere; after the last one every target that is left has failed."""
        with contextlib.suppress(LeaseLost, DatabaseUnavailable):
            if claim.attempt < ATTEMPTS:
                await self._work.give_back(claim, after=_BACK_OFF * claim.attempt)
                return
            said = str(exc) if isinstance(exc, BotError) else "an internal error, which is in the bot's log"
            targets = await self._requests.targets(claim.request_id)
            for state, before in _GIVEN_UP.items():
                reason = f"{before}, given up after {ATTEMPTS} attempts without progress: {said}"
                failed = [Outcome(t, TargetState.FAILED, reason) for t in targets if t.state is state]
                await self._work.record(claim, failed)
            await self._finish(claim)

    async def _delete(self, claim: Claim) -> None:
        """Versions first, then, when those are gone, the models."""
        await self._skip_what_policy_forbids(claim)
        targets = await self._requests.targets(claim.request_id)
        versions = [t for t in targets if t.version_id is not None]
        await self._send_all(claim, await self._recheck.allowed(claim, versions))
        await self._vanishing.see_gone(claim)
        if not (await self._requests.get(claim.request_id)).stopping:
            models = [t for t in targets if t.version_id is None]
            await self._send_all(claim, await self._recheck.allowed(claim, models))
        await self._end_planned(claim, TargetState.NOT_REACHED, _STOPPED)
        await self._finish(claim)

    async def _finish(self, claim: Claim) -> None:
        """End the request: stopped when that kept it from some of its targets."""
        targets = await self._requests.targets(claim.request_id)
        stopped = any(t.state is TargetState.NOT_REACHED for t in targets)
        await self._work.finish(claim, State.STOPPED if stopped else State.FINISHED)

    async def _end_planned(self, claim: Claim, state: TargetState, reason: str) -> None:
        targets = await self._requests.targets(claim.request_id)
        planned = [t for t in targets if t.state is TargetState.PLANNED]
        await self._work.record(claim, [Outcome(t, state, reason) for t in planned])

    async def _skip_what_policy_forbids(self, claim: Claim) -> None:
        """An approval under an older policy counts only as far as today's allows."""
        objection = await self._quorum.objection(await self._requests.get(claim.request_id))
        if objection:
            await self._end_planned(claim, TargetState.SKIPPED, objection)

    async def _send_all(self, claim: Claim, targets: Iterable[Target]) -> None:
        """Send every DELETE, as many at once as may be in flight; the first failure of ours ends them all."""
        ledger = Ledger(self._work, claim)
        try:
            async with asyncio.TaskGroup() as tasks:
                for target in targets:
                    tasks.create_task(self._send(claim, ledger, target))
        except BaseExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def _send(self, claim: Claim, ledger: Ledger, target: Target) -> None:
        """Send one DELETE and record the answer."""
        async with self._in_flight, self._on_its_way(claim, target):
            if await ledger.may_send(target):
                await ledger.became(await self._outcome(target))

    async def _outcome(self, target: Target) -> Outcome:
        """Send the DELETE and return what became of the target. Raises ReplicateTokenRejected: that is about none."""
        try:
            deletion = await self._request_deletion(target)
        except ReplicateTokenRejected:
            raise
        except ReplicateRefused as refused:
            return Outcome(target, TargetState.REFUSED, refused.detail)
        except ReplicateUnavailable as silent:
            return Outcome(target, TargetState.FAILED, f"{silent} {_MAYBE}")
        except ReplicateError as failed:
            return Outcome(target, TargetState.FAILED, str(failed))
        match deletion:
            case Deletion.ACCEPTED:
                return Outcome(target, TargetState.ACCEPTED)
            case Deletion.DELETED:
                return Outcome(target, TargetState.DELETED)
            case Deletion.ALREADY_GONE:
                return Outcome(target, TargetState.ALREADY_GONE, GONE_SINCE if target.was_sent else _GONE_MEANWHILE)

    @contextlib.asynccontextmanager
    async def _on_its_way(self, claim: Claim, target: Target) -> AsyncIterator[None]:
        """Count a DELETE as on its way; while draining, wait here until cancelled instead."""
        if self._draining:
            await asyncio.Event().wait()
        key = (claim.request_id, target.position)
        self._sending.add(key)
        self._quiet.clear()
        try:
            yield
        finally:
            self._sending.discard(key)
            if not self._sending:
                self._quiet.set()

    async def _request_deletion(self, target: Target) -> Deletion:
        if target.version_id is None:
            return await self._replicate.delete_model(target.ref)
        return await self._replicate.delete_version(target.ref, target.version_id)


_STOPPED = "somebody stopped the request before its turn"
_MAYBE = "It may have happened all the same: look at its page before trying again."
_GIVEN_UP = {
    TargetState.PLANNED: "it was not deleted",
    TargetState.ACCEPTED: "Replicate accepted its deletion, but the bot could not see whether it is gone",
}
_GONE_MEANWHILE = "Replicate did not know it any more when its deletion was asked for"
