"""Carries out approved requests: claim, re-check, delete, verify, finish.

Each step is recorded before the next begins, so any other process can continue a request after a crash. Only a
DELETE that was in flight at that moment is sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from bot.backoff import Backoff
from bot.deletion.account_deletion import Deletions
from bot.deletion.recheck import ATTEMPTS
from bot.deletion.verify import UNSEEN
from bot.errors import BotError, DatabaseUnavailable, NotNow, SlackUnavailable
from bot.policy_source import PolicySource
from bot.poll_loop import is_now
from bot.requests.outcomes import Outcome, ended_unsent
from bot.requests.policy_in_force import PolicyInForce
from bot.requests.request import State, Target, TargetState
from bot.requests.restoring import not_known_since
from bot.store.claims import Claim, LeaseLost, NotAsApproved
from bot.store.requests import RequestStore
from bot.store.worker_claims import WorkStore

_STOPPED = "the request was stopped first"
_BACKOFF = Backoff(first=5.0, longest=60.0, spread=False)
_log = logging.getLogger(__name__)


class Worker:
    """Works on approved requests. Any number of workers, in any number of processes, may share one database."""

    def __init__(
        self,
        *,
        requests: RequestStore,
        work: WorkStore,
        deletions: Deletions,
        policy: PolicySource,
    ) -> None:
        self._requests = requests
        self._work = work
        self._deletions = deletions
        self._policy = policy
        self._running: set[asyncio.Task[None]] = set()
        self._held_up: Counter[str] = Counter()
        """How often in a row each request could not be worked on for a reason that is none of its own."""
        self._draining = asyncio.Event()

    async def claim_due(self) -> float | None:
        """Begin or resume one request that no process works on; return in how many seconds to call again, or None.

        It claims one request per call, so that those under way make progress before others begin.
        """
        if self._draining.is_set():
            return None
        if not is_now(wait := await self._work.wait()) or (claim := await self._work.claim()) is None:
            return wait
        if self._draining.is_set():
            await self._give_back(claim)
            return None
        self._deletions.of(claim.account)  # there from now on, so that `drain` reaches it
        task = asyncio.create_task(self._carry_out(claim), name=claim.request_id)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return 0.0

    async def expire_due(self) -> float | None:
        """Expire the requests whose time has passed; return in how many seconds the next one expires, or None."""
        wait = await self._requests.until_next_expiry()
        if wait is None or wait > 0:
            return wait
        await self._requests.expire_due()
        return await self._requests.until_next_expiry()

    async def drain(self, seconds: float) -> None:
        """Send no further DELETE, wait up to `seconds` for those in flight, and give the requests back."""
        self._draining.set()
        await self._deletions.drain(seconds)
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _carry_out(self, claim: Claim) -> None:
        """Work on one request while its lease is held; if that fails, leave it for another attempt."""
        try:
            await self._under_lease(claim)
            del self._held_up[claim.request_id]
        except LeaseLost:
            _log.warning("another process took the request over", extra={"request": claim.request_id})
        except DatabaseUnavailable:
            _log.warning("the request is left until the database is back", extra={"request": claim.request_id})
        except SlackUnavailable:
            await self._hold_up(claim, "Slack does not say who approved it")
        except NotNow as exc:
            await self._hold_up(claim, str(exc))
        except asyncio.CancelledError:
            # Shielded, so that a second cancellation does not leave the request leased to a process that is ending.
            await asyncio.shield(self._give_back(claim))
            raise
        except Exception as exc:  # noqa: BLE001 - whatever it was, the request must not be lost
            if not isinstance(exc, BotError):
                _log.exception("the request could not be carried out", extra={"request": claim.request_id})
            with contextlib.suppress(LeaseLost, DatabaseUnavailable):
                await self._retry_or_fail(claim, exc)

    async def _hold_up(self, claim: Claim, why: str) -> None:
        """Give the request back until what is missing may be there, for longer each time."""
        _log.warning("the request waits: %s", why, extra={"request": claim.request_id})
        self._held_up[claim.request_id] += 1
        await self._give_back(claim, after=_BACKOFF.wait(self._held_up[claim.request_id]))

    async def _give_back(self, claim: Claim, after: float = 0.0) -> None:
        """Let any process claim the request again. The attempt does not count, as it was ended from outside."""
        with contextlib.suppress(LeaseLost, DatabaseUnavailable):
            await self._work.give_back(claim, after=after, count_attempt=False)

    async def _under_lease(self, claim: Claim) -> None:
        """Delete while renewing the lease; if the lease is lost, cancel the deletion at once."""
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

    async def _retry_or_fail(self, claim: Claim, exc: Exception) -> None:
        """Give the request back after a failed attempt; after the last one without progress, fail its open targets."""
        attempts = await self._work.attempts(claim)
        if attempts < ATTEMPTS:
            await self._work.give_back(claim, after=_BACKOFF.wait(max(1, attempts)))
            return
        error = exc.told if isinstance(exc, BotError) else "an internal error, which is in the bot's log"
        gave_up = f"given up after {ATTEMPTS} attempts without progress: {error}"
        await self._end_planned(claim, TargetState.FAILED, f"it was not deleted, {gave_up}")
        accepted = await self._work.targets(claim, TargetState.ACCEPTED)
        await self._work.record(claim, [Outcome(t, TargetState.FAILED, f"{UNSEEN}, {gave_up}") for t in accepted])
        await self._finish(claim)

    async def _delete(self, claim: Claim) -> None:
        """Delete the versions first and, once they are gone, the models: Replicate deletes only models without any."""
        if claim.objection:
            await self._end_as_not_approved(claim, claim.objection)
        if claim.restored_to is not None:
            await self._end_planned(claim, TargetState.FAILED, not_known_since(claim.restored_to))
        if claim.stopping:
            await self._end_planned(claim, TargetState.NOT_REACHED, _STOPPED)
        for is_due in (_is_version, _is_model):
            try:
                while not await self._sent_all(claim, is_due):
                    pass
            except NotAsApproved as exc:
                await self._end_as_not_approved(claim, str(exc))
            if await self._work.is_stopping(claim):
                await self._end_planned(claim, TargetState.NOT_REACHED, _STOPPED)
            await self._deletions.of(claim.account).verifier.wait_until_gone(claim)
        await self._finish(claim)

    async def _end_as_not_approved(self, claim: Claim, why: str) -> None:
        await self._end_planned(claim, TargetState.FAILED, f"{why}. Ask for the deletion again")

    async def _sent_all(self, claim: Claim, is_due: Callable[[Target], bool]) -> bool:
        """Send what is due; False if the rest has to be checked again first."""
        try:
            await self._send(claim, is_due)
        except _CheckOutdated as why:
            _log.info("the request is checked again: %s", why, extra={"request": claim.request_id})
            return False
        return True

    async def _send(self, claim: Claim, is_due: Callable[[Target], bool]) -> None:
        """Send what may still be deleted under the policy in force and by Replicate's current data."""
        if not any(map(is_due, await self._work.targets(claim, TargetState.PLANNED))):
            return
        planned = [target for target in await self._work.verified(claim) if is_due(target)]
        deletion = self._deletions.of(claim.account)
        in_force, request = await self._policy(), await self._requests.get(claim.request_id)
        checking = asyncio.create_task(deletion.check(claim, request, planned))
        if await self._is_stopped_before(claim, checking):
            return
        allowed, objection = await checking
        if objection:
            await self._end_planned(claim, TargetState.SKIPPED, objection)
            return
        once = deletion.recheck.store_snapshots(claim, allowed)
        await deletion.sender.send_all(
            claim,
            allowed.targets,
            once=once,
            verify=lambda: self._reason_to_end(claim, in_force),
            outdated=lambda: _CheckOutdated("that was long ago") if deletion.recheck.is_outdated(allowed) else None,
        )

    async def _reason_to_end(self, claim: Claim, checked_under: PolicyInForce) -> NotAsApproved | _CheckOutdated | None:
        """Return why sending must end: the rows are not as approved, or the policy is not the one checked; or None."""
        try:
            await self._work.verified(claim)
        except NotAsApproved as exc:
            return exc
        is_same = (await self._policy()).is_the_same_as(checked_under)
        return None if is_same else _CheckOutdated("the policy in force has changed")

    async def _is_stopped_before(self, claim: Claim, work: asyncio.Future[Any]) -> bool:
        """Whether the request is stopped before `work` is done, which may take minutes, and is then cancelled."""
        stopping = asyncio.create_task(self._deletions.of(claim.account).sender.until_stopped(claim))
        try:
            await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
            return not work.done()
        finally:
            stopping.cancel()
            work.cancel()
            await asyncio.gather(stopping, work, return_exceptions=True)

    async def _end_planned(self, claim: Claim, state: TargetState, reason: str) -> None:
        planned = await self._work.targets(claim, TargetState.PLANNED)
        await self._work.record(claim, [ended_unsent(target, state, reason) for target in planned])

    async def _finish(self, claim: Claim) -> None:
        """End the request: as STOPPED if some of its targets were not reached, else as FINISHED."""
        stopped = await self._work.targets(claim, TargetState.NOT_REACHED)
        await self._work.finish(claim, State.STOPPED if stopped else State.FINISHED)


class _CheckOutdated(Exception):
    """What is left has to be checked again; the message says why."""


def _is_version(target: Target) -> bool:
    return target.version_id is not None


def _is_model(target: Target) -> bool:
    return target.version_id is None
