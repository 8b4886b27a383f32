"""Lookups in Slack: concurrent callers share one call, and answers are cached for what is only displayed."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from cachetools import TTLCache

from bot.clock import Clock
from bot.locks import Locks
from bot.slack.client import SlackBusy

REMEMBERED_FOR = 60.0
"""Seconds for which an answer is recent enough to display."""

_MAX_WAIT = 30.0
"""Seconds. If Slack asks for a longer wait, the user is asked to try again."""

_MINUTE = 60.0
_CLOCK_POLL = 1.0
"""Seconds between two looks at the clock while waiting."""

_MAX_REMEMBERED = 10_000

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class CallBudget:
    """How often calls may be sent: `per_minute` in any minute, at least `apart` seconds from one to the next.

    After `at_once` calls within a minute the others are spread over the rest of it, so that no single caller has to
    wait for all of it.
    """

    per_minute: int
    at_once: int
    apart: float

    def next_at(self, sent: deque[float]) -> float:
        """Return when the next call may be sent; `sent` has the times of the last minute's calls, on the same clock."""
        if not sent:
            return 0.0
        left = self.per_minute - len(sent)
        if len(sent) < self.at_once:
            return sent[-1] + self.apart
        return sent[-1] + (sent[0] + _MINUTE - sent[-1]) / (left + 1)


class CachedLookup(Generic[Answer]):
    """One kind of lookup in Slack, by key. `ask` sends the call for a key; its exceptions are passed on.

    All calls keep to `budget`. After a 429 no call of this kind is sent until its `Retry-After` has passed: lookups
    wait for that up to `max_wait` seconds, and raise SlackBusy if it is longer
    (https://docs.slack.dev/apis/web-api/rate-limits).
    """

    def __init__(
        self,
        ask: Callable[[str], Awaitable[Answer]],
        clock: Clock,
        *,
        remembered_for: float = REMEMBERED_FOR,
        max_wait: float = _MAX_WAIT,
        budget: CallBudget | None = None,
    ) -> None:
        self._ask = ask
        self._clock = clock
        self._max_wait = max_wait
        self._budget = budget
        self._sent: deque[float] = deque()
        self._send_lock = asyncio.Lock()
        self._known: TTLCache[str, Answer] = TTLCache(_MAX_REMEMBERED, remembered_for, timer=clock.elapsed)
        self._key_locks = Locks()
        self._queued: dict[str, asyncio.Task[Answer]] = {}
        self._blocked_until = 0.0

    async def now(self, key: str) -> Answer:
        """Return Slack's answer to a call that is sent after this method was called.

        A call in flight may have been answered before the change that the caller has to see, so callers share only
        a call that has not been sent yet.
        """
        call = self._queued.get(key)
        if call is None:
            call = self._queued[key] = asyncio.create_task(self._send(key))
            call.add_done_callback(_retrieve_exception)
        return await asyncio.shield(call)

    async def remembered(self, key: str) -> Answer:
        """Return the cached answer, or ask Slack if there is none or it has expired."""
        # One `get` rather than `in` and `[]`: the entry may expire between the two.
        known = self._known.get(key)
        return await self.now(key) if known is None else known

    def learn(self, answers: Mapping[str, Answer]) -> None:
        """Cache answers that came from another call."""
        self._known.update(answers)

    async def _send(self, key: str) -> Answer:
        """Wait for the key's earlier call and for the budget, then send. Until then other callers may join."""
        try:
            async with self._key_locks.of(key):
                await self._wait_until_allowed()
                del self._queued[key]
                answer = self._known[key] = await self._ask_slack(key)
                return answer
        finally:
            if self._queued.get(key) is asyncio.current_task():
                del self._queued[key]

    async def _ask_slack(self, key: str) -> Answer:
        try:
            return await self._ask(key)
        except SlackBusy as busy:
            self._blocked_until = max(self._blocked_until, self._clock.elapsed() + busy.retry_after)
            raise

    async def _wait_until_allowed(self) -> None:
        """Return once a call may be sent. Raises SlackBusy if Slack asks for a wait above the maximum."""
        # The lock makes callers wait one after the other, so that each sees the times of those before it.
        async with self._send_lock:
            while (wait := self._seconds_blocked()) > 0:  # noqa: ASYNC110 - time passes without telling anybody
                await asyncio.sleep(min(wait, _CLOCK_POLL))
            if self._budget:
                self._sent.append(self._clock.elapsed())

    def _seconds_blocked(self) -> float:
        """Return for how many seconds no call may be sent."""
        now = self._clock.elapsed()
        if (blocked := self._blocked_until - now) > self._max_wait:
            raise SlackBusy(blocked)
        while self._sent and not now - _MINUTE < self._sent[0] <= now:
            self._sent.popleft()
        return max(blocked, self._budget.next_at(self._sent) - now if self._budget else 0.0)


def _retrieve_exception(done: asyncio.Task[Answer]) -> None:
    """Retrieve the task's exception, which asyncio logs as never retrieved if every caller was cancelled."""
    if not done.cancelled():
        done.exception()
