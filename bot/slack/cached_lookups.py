"""Questions to Slack: sent once for everybody who asks at the same time, and remembered for what is only shown."""

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
"""Seconds for which an answer is good enough to be shown."""

_MAX_WAIT = 30.0
"""Seconds. Whoever clicked is told to try again where Slack asks for a longer wait than this."""

_MINUTE = 60.0
_LOOK_AGAIN = 1.0
"""Seconds after which somebody who waits looks at the clock again."""

_MAX_REMEMBERED = 10_000

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class CallBudget:
    """How often questions may be sent: `per_minute` of them in any minute, `apart` seconds from one to the next.

    After `at_once` within a minute the rest are spread over what is left of it, so that nobody waits for all of that.
    """

    per_minute: int
    at_once: int
    apart: float

    def next_at(self, sent: deque[float]) -> float:
        """Return when the next one may be sent, in the seconds of `sent`: when those of the last minute were."""
        if not sent:
            return 0.0
        left = self.per_minute - len(sent)
        if len(sent) < self.at_once:
            return sent[-1] + self.apart
        return sent[-1] + (sent[0] + _MINUTE - sent[-1]) / (left + 1)


class CachedLookup(Generic[Answer]):
    """One kind of question to Slack, told apart by a key; `ask` sends one, and what it raises is raised here.

    All of them keep to `budget`. Where Slack answers 429 all the same, none of this kind is sent before its
    `Retry-After` is over: a question waits for that up to `max_wait` seconds, and raises SlackBusy where it is
    longer (https://docs.slack.dev/apis/web-api/rate-limits).
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
        self._longest_wait = max_wait
        self._budget = budget
        self._sent: deque[float] = deque()
        self._sending = asyncio.Lock()
        self._known: TTLCache[str, Answer] = TTLCache(_MAX_REMEMBERED, remembered_for, timer=clock.elapsed)
        self._turns = Locks()
        self._unsent: dict[str, asyncio.Task[Answer]] = {}
        self._held_until = 0.0

    async def now(self, key: str) -> Answer:
        """Return what Slack answers to a question that is sent after this call.

        One under way may have been answered before whatever the caller wants to know about, so those who come
        meanwhile share the next one.
        """
        unsent = self._unsent.get(key)
        if unsent is None:
            unsent = self._unsent[key] = asyncio.create_task(self._send(key))
            unsent.add_done_callback(_retrieve)
        return await asyncio.shield(unsent)

    async def remembered(self, key: str) -> Answer:
        """Return what Slack answered within the time that answers are remembered for, or ask."""
        # Looked up once: between two looks it may be forgotten.
        known = self._known.get(key)
        return await self.now(key) if known is None else known

    def learn(self, answers: Mapping[str, Answer]) -> None:
        """Remember answers that came by another way."""
        self._known.update(answers)

    async def _send(self, key: str) -> Answer:
        """Wait for the question before this one, and for Slack; then ask. Until it is sent, others may join."""
        try:
            async with self._turns.of(key):
                await self._until_allowed()
                del self._unsent[key]
                answer = self._known[key] = await self._answered(key)
                return answer
        finally:
            if self._unsent.get(key) is asyncio.current_task():
                del self._unsent[key]

    async def _answered(self, key: str) -> Answer:
        try:
            return await self._ask(key)
        except SlackBusy as busy:
            self._held_until = max(self._held_until, self._clock.elapsed() + busy.retry_after)
            raise

    async def _until_allowed(self) -> None:
        """Return once Slack may be asked. Raises SlackBusy where it wants that to be too long from now."""
        async with self._sending:
            while (wait := self._wait()) > 0:  # noqa: ASYNC110 - time passes without telling anybody
                await asyncio.sleep(min(wait, _LOOK_AGAIN))
            if self._budget:
                self._sent.append(self._clock.elapsed())

    def _wait(self) -> float:
        """Return for how many seconds nothing may be sent."""
        now = self._clock.elapsed()
        if (held := self._held_until - now) > self._longest_wait:
            raise SlackBusy(
                "Slack is limiting how often the bot may ask, so nothing was changed. Please try again in a minute.",
                held,
            )
        while self._sent and not now - _MINUTE < self._sent[0] <= now:
            self._sent.popleft()
        return max(held, self._budget.next_at(self._sent) - now if self._budget else 0.0)


def _retrieve(done: asyncio.Task[Answer]) -> None:
    """Look at how it ended, also where everybody who asked has gone: asyncio complains about what nobody looked at."""
    if not done.cancelled():
        done.exception()
