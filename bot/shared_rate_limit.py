"""The rate limit that all processes on one database share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial

from bot.backoff import Backoff
from bot.clock import Clock
from bot.errors import BotError, DatabaseUnavailable, ReplicateHeld
from bot.messages.waiting import too_slow
from bot.replicate.rate_limit import AcquireQueue, RateLimitRefusal, Urgency
from bot.replicate.retries import MAX_PERSON_WAIT
from bot.slowdown import STEADY, Slowdown, after_refusal
from bot.store.rate_limits import Limit, RateLimitStore, Taken

_SLOTS_AT_ONCE = 8
_TAKEN_AHEAD = 0.5
"""One statement takes at most so many slots, and none that begins more than so many seconds after the first.

So a person's preview is never far behind a bulk deletion, and few requests are sent after a hold began elsewhere.
"""

_BELIEVED = 3
"""Holds that are obeyed without any 429: a header that announces one with every answer is wrong."""

_LONGEST_WAITS = {Urgency.INTERACTIVE: MAX_PERSON_WAIT, Urgency.BULK: math.inf, Urgency.BACKGROUND: -1.0}
"""Seconds for which requests wait at most while Replicate's refusals have lowered the rate: in the background never."""

_BACKOFF = Backoff(first=1.0, longest=5.0)
_NO_SLOTS = (
    "The bot's database did not let it count its requests to Replicate, so none was sent and nothing was changed. "
    "Please try again in a minute."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outlook:
    """How long people wait: `seconds` until all their requests have had their turn.

    `per_minute` is the present rate of requests, and `is_limited` whether Replicate's refusals have lowered it.
    `account` is named where there are several.
    """

    seconds: float
    per_minute: float
    is_limited: bool
    account: str = ""


async def _do_nothing() -> None:
    """For a limiter whose rate is not shown to anybody."""


class SharedRateLimiter:
    """A `RateLimiter` whose slots come from the database, so that all processes together keep to the limit.

    Within this process `AcquireQueue` decides whose turn it is. While the database gives no slots, no request is sent:
    interactive and background callers get DatabaseUnavailable, bulk callers wait. While Replicate's refusals have
    lowered the rate, background callers get ReplicateHeld, and so do interactive ones whose turn is more than ten
    minutes away; `outlook` says how long the others wait.

    A hold begins at once in this process. Another one may still use the slots that it took before: at most eight, or
    one where slots are half a second or more apart. After refusals in a row all processes slow down, as
    `bot.slowdown` describes, and `slowed` is called. `account` is whose limit it is, where there are several.
    """

    def __init__(
        self,
        rate_limits: RateLimitStore,
        limit: Limit,
        clock: Clock,
        *,
        slowed: Callable[[], Awaitable[None]] = _do_nothing,
        account: str = "",
    ) -> None:
        self._rate_limits = rate_limits
        self._full = limit
        self._clock = clock
        self._slowed = slowed
        self._account = account
        self._slowdown: Slowdown | None = None
        self._database_ahead = 0.0
        self._waiting = AcquireQueue()
        self._arrived = asyncio.Event()
        self._held_until = 0.0
        self._begins_at = 0.0
        self._unconfirmed = 0
        self._failures = 0
        self._server: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to serve turns."""
        self._server = asyncio.create_task(self._serve())

    async def stop(self) -> None:
        """Serve no more."""
        if self._server is not None:
            self._server.cancel()
            await asyncio.gather(self._server, return_exceptions=True)

    async def acquire(self, urgency: Urgency) -> None:
        """Return when one request may be sent. Raises DatabaseUnavailable and ReplicateHeld unless it is bulk work."""
        granted = self._waiting.join(urgency)
        outlook = self.outlook()
        if outlook.is_limited and outlook.seconds > _LONGEST_WAITS[urgency]:
            granted.cancel()
            raise ReplicateHeld(too_slow(outlook.per_minute, self._account))
        self._arrived.set()
        await granted

    def outlook(self) -> Outlook:
        """Return how long interactive callers wait as things stand."""
        limit = self._limit()
        turns = self._waiting.count(Urgency.INTERACTIVE) * (2 if self._waiting.count(Urgency.BULK) else 1)
        begins = max(0.0, max(self._held_until, self._begins_at) - self._clock.elapsed())
        is_limited = limit.per_minute < self._full.per_minute
        return Outlook(begins + max(0, turns - 1) * limit.interval, limit.per_minute, is_limited, self._account)

    @property
    def per_minute(self) -> float:
        """Requests a minute of all processes while Replicate refuses none."""
        return self._full.per_minute

    @property
    def interval(self) -> float:
        """Seconds between two requests of all processes, as far as this one knows."""
        return self._limit().interval

    async def hold(self, seconds: float) -> None:
        """Let no process send anything for this long; slots that this process has taken wait as well.

        Ignored after several in a row without a 429 for minutes.
        """
        until = self._clock.elapsed() + seconds
        if until <= self._held_until or not self._is_believed():
            return
        self._held_until = until
        with _noted():
            await self._rate_limits.hold(self._full, seconds)

    def _is_believed(self) -> bool:
        now = self._clock.elapsed() + self._database_ahead
        if self._slowdown is None or now - self._slowdown.since > STEADY:
            self._unconfirmed += 1
        return self._unconfirmed <= _BELIEVED

    async def refused(self, refusal: RateLimitRefusal) -> None:
        """Hold all processes after a 429, and slow them down if 429s come in a row."""
        self._unconfirmed = 0
        self._held_until = max(self._held_until, self._clock.elapsed() + refusal.seconds)
        with _noted():
            before = self._slowdown
            self._learn(await self._rate_limits.refused(self._full, refusal.seconds, partial(self._after, refusal)))
            if self._slowdown != before and self._limit() != self._full:
                limited = f"the account {self._account}" if self._account else "this account"
                _log.warning("Replicate limits %s to %.3g requests a minute", limited, self._limit().per_minute)
                await self._slowed()

    def _after(self, refusal: RateLimitRefusal, before: Slowdown | None, now: float) -> Slowdown:
        sent_at = now - refusal.sent_ago
        return after_refusal(before, now, full=self._full.per_minute, sent_at=sent_at, named=refusal.per_minute)

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting.drop_cancelled():
                delays = await self._take(len(self._waiting))
                # From the time at which they were returned, as the statement took a while: no slot is used early.
                taken_at = self._clock.elapsed()
                for delay in delays:
                    if await self._was_held_until(taken_at + delay):
                        break  # The remaining slots were held too, so new ones are taken.
                    self._waiting.grant()

    async def _take(self, count: int) -> tuple[float, ...]:
        try:
            slots = await self._slots(count)
            self._failures = 0
            return slots  # noqa: TRY300 - an else would be further from what it belongs to
        except DatabaseUnavailable as exc:
            self._turn_people_away(exc)
        except Exception:  # noqa: BLE001 - bulk callers have to be served once it is over
            _log.exception("the database gave no slots for requests to Replicate; asking it again")
            self._turn_people_away(DatabaseUnavailable(_NO_SLOTS))
        self._failures += 1
        await self._clock.sleep(_BACKOFF.wait(self._failures))
        return ()

    async def _slots(self, count: int) -> tuple[float, ...]:
        """Take slots at the present rate; those taken at a rate that another process has changed are not used."""
        while True:
            limit = self._limit()
            at_once = max(1, min(_SLOTS_AT_ONCE, count, int(_TAKEN_AHEAD / limit.interval)))
            taken = await self._rate_limits.take(limit, at_once)
            is_known = taken.slowdown == self._slowdown
            self._learn(taken)
            if is_known or self._limit() == limit:
                return taken.waits

    def _limit(self) -> Limit:
        """Return the limit at present, as far as this process knows."""
        return self._full.slowed_by(self._slowdown, self._clock.elapsed() + self._database_ahead)

    def _learn(self, taken: Taken) -> None:
        self._slowdown = taken.slowdown
        self._database_ahead = taken.now - self._clock.elapsed()

    def _turn_people_away(self, reason: BotError) -> None:
        """Raise this for interactive and background callers at once; bulk work can wait."""
        for urgency in (Urgency.INTERACTIVE, Urgency.BACKGROUND):
            self._waiting.reject(urgency, reason)

    async def _was_held_until(self, moment: float) -> bool:
        """Wait until this moment, or the end of a hold that lasts longer; return whether there was such a hold."""
        self._begins_at = moment
        while (wait := max(moment, self._held_until) - self._clock.elapsed()) > 0:
            await self._clock.sleep(wait)
        return self._held_until > moment


@contextlib.contextmanager
def _noted() -> Iterator[None]:
    """Ignore errors of the database: this process keeps to what it learned, and the next 429 tells the others."""
    try:
        yield
    except DatabaseUnavailable:
        pass
    except Exception:  # noqa: BLE001 - an answer of Replicate's has come, and must not be lost because of this
        _log.exception("the database did not note that Replicate asks to wait")
