"""Writes what happens to the targets of one claim, in batches.

Writes that come in during a transaction are stored together in the next one. So the number of transactions per
target falls with the load, and no write waits for a timer.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

from bot.errors import DatabaseUnavailable
from bot.requests.outcomes import Outcome
from bot.requests.request import Target
from bot.store.claims import Claim, LeaseLost, MaySend
from bot.store.worker_claims import WorkStore

_log = logging.getLogger(__name__)

Item = TypeVar("Item")
Answer = TypeVar("Answer")


class OutcomeWriter:
    """Writes for one claim. Each method returns once the write is stored, or raises what the store raised."""

    def __init__(self, work: WorkStore, claim: Claim) -> None:
        self._sent: _Batcher[Target, Mapping[int, MaySend]] = _Batcher(lambda targets: work.mark_sent(claim, targets))
        self._unsent: _Batcher[Target, None] = _Batcher(lambda targets: work.mark_unsent(claim, targets))
        self._outcomes: _Batcher[Outcome, None] = _Batcher(lambda outcomes: _record(work, claim, outcomes))

    async def mark_sent(self, target: Target) -> MaySend:
        """Note that a DELETE for the target is about to be sent, if it may be."""
        return (await self._sent.write(target))[target.position]

    async def mark_unsent(self, target: Target) -> None:
        """Note that no DELETE for the target is in flight, and that none had an effect."""
        await self._unsent.write(target)

    async def record(self, outcome: Outcome) -> None:
        """Record a target's outcome."""
        await self._outcomes.write(outcome)


class _Batcher(Generic[Item, Answer]):
    """Writes items in batches, one batch at a time, and returns the batch's answer for every item."""

    def __init__(self, store: Callable[[Sequence[Item]], Awaitable[Answer]]) -> None:
        self._store = store
        self._pending: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, item: Item) -> Answer:
        written: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._pending.append((item, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())
        return await written

    async def _write_all(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            try:
                answer = await self._store([item for item, _ in batch])
            except Exception as exc:  # noqa: BLE001 - it is raised to everybody who waits for this batch
                for _, written in batch:
                    if not written.done():
                        written.set_exception(exc)
            else:
                for _, written in batch:
                    if not written.done():
                        written.set_result(answer)


async def _record(work: WorkStore, claim: Claim, outcomes: Sequence[Outcome]) -> None:
    """Record outcomes together, or one by one if that fails, as one that cannot be stored must not block the others."""
    try:
        await work.record(claim, outcomes)
    except (DatabaseUnavailable, LeaseLost):
        raise
    except Exception:  # noqa: BLE001 - whatever it is about one of them, the others are true all the same
        _log.exception(
            "outcomes could not be stored together, so they are stored one by one", extra={"request": claim.request_id}
        )
        for outcome in outcomes:
            await _record_one(work, claim, outcome)


async def _record_one(work: WorkStore, claim: Claim, outcome: Outcome) -> None:
    """Record a target's outcome, without its reason if that cannot be stored."""
    try:
        await work.record(claim, [outcome])
    except (DatabaseUnavailable, LeaseLost):
        raise
    except Exception:  # noqa: BLE001 - whatever it is about one of them, the others are true all the same
        _log.exception("the words about %s could not be stored", outcome.target, extra={"request": claim.request_id})
        await work.record(claim, [replace(outcome, reason=_NO_REASON)])


_NO_REASON = "what there was to say about it could not be stored; the bot's log has it"
