"""The rate limit that all processes on one database share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time

from bot.backoff import Backoff
from bot.durations import spell_duration
from bot.errors import BotError, DatabaseUnavailable, ReplicateHeld
from bot.replicate.rate_limit import AcquireQueue, Urgency
from bot.store import RateLimitStore
from bot.store.rate_limits import Limit

_SLOTS_AT_ONCE = 8
_TAKEN_AHEAD = 0.5
"""One statement takes at most so many slots, and none that begins more than so many seconds after the first.

Few enough that a person's preview is never far behind a bulk deletion, and that a hold comes too late for few.
"""

_SHORT_HOLD = 5.0
"""Seconds that a person may be kept waiting without a word while Replicate asks everybody to wait."""

_BACKOFF = Backoff(first=1.0, longest=5.0)
_NO_SLOTS = (
    "The bot's database did not let it count its requests to Replicate, so none was sent and nothing was changed. "
    "Please try again in a minute."
)
_HELD = "Replicate asked the bot to send nothing for another {wait}, so it was not asked."
_log = logging.getLogger(__name__)


class SharedRateLimiter:
    """A `RateLimiter` whose slots come from the database, so that all processes together keep to the limit.

    Within this process turns are given as `AcquireQueue` says. While the database gives no
    slots, no request is sent: one that could not be recorded should not be made either. Interactive callers then get
    DatabaseUnavailable, bulk callers wait. A hold of more than a few seconds, also by another process, raises
    ReplicateHeld for interactive callers.

    A hold begins at once in this process. Another one may still use what it had taken before: at most eight slots,
    and one alone where slots are half a second apart or more.
    """

    def __init__(self, slots: RateLimitStore, limit: Limit) -> None:
        self._rate_limits = slots
        self._limit = limit
        self._at_once = max(1, min(_SLOTS_AT_ONCE, int(_TAKEN_AHEAD / limit.interval)))
        self._waiting = AcquireQueue()
        self._arrived = asyncio.Event()
        self._usual_wait = _SHORT_HOLD + limit.burst * limit.interval
        self._held_until = 0.0
        self._begins_at = 0.0
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
        """Return when one request may be sent. Raises DatabaseUnavailable and ReplicateHeld where it is urgent."""
        if urgency is Urgency.INTERACTIVE and (held := self._hold_left()):
            raise _held(held)
        granted = self._waiting.join(urgency)
        self._arrived.set()
        await granted

    async def hold(self, seconds: float) -> None:
        """Let no process send anything for this long; slots this process holds already wait as well."""
        self._held_until = max(self._held_until, time.monotonic() + seconds)
        self._turn_away_where_held()
        with contextlib.suppress(DatabaseUnavailable):
            await self._rate_limits.hold(self._limit, seconds)

    async def _serve(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._waiting.drop_cancelled():
                taken_at = time.monotonic()
                for delay in await self._take(min(len(self._waiting), self._at_once)):
                    await self._sleep_until(taken_at + delay)
                    self._waiting.grant()

    async def _take(self, count: int) -> tuple[float, ...]:
        try:
            slots = await self._rate_limits.take(self._limit, count)
            self._failures = 0
            return slots  # noqa: TRY300 - an else would be further from what it belongs to
        except DatabaseUnavailable as exc:
            self._turn_people_away(exc)
        except Exception:  # noqa: BLE001 - bulk callers have to be served once it is over
            _log.exception("the database gave no slots for requests to Replicate; asking it again")
            self._turn_people_away(DatabaseUnavailable(_NO_SLOTS))
        self._failures += 1
        await asyncio.sleep(_BACKOFF.wait(self._failures))
        return ()

    def _hold_left(self) -> float:
        """Return the seconds for which people are turned away; 0 where there is no hold, or a short one.

        Another process's hold shows in the slot at hand, which begins later than the rate limit alone would make it.
        """
        now = time.monotonic()
        held, until_slot = self._held_until - now, self._begins_at - now
        return max(held if held > _SHORT_HOLD else 0.0, until_slot if until_slot > self._usual_wait else 0.0)

    def _turn_away_where_held(self) -> None:
        if held := self._hold_left():
            self._turn_people_away(_held(held))

    def _turn_people_away(self, reason: BotError) -> None:
        """Raise this for interactive callers at once; bulk work can wait."""
        self._waiting.reject(Urgency.INTERACTIVE, reason)

    async def _sleep_until(self, moment: float) -> None:
        self._begins_at = moment
        self._turn_away_where_held()
        while (wait := max(moment, self._held_until) - time.monotonic()) > 0:  # noqa: ASYNC110 - a hold may move the moment
            await asyncio.sleep(wait)


def _held(seconds: float) -> ReplicateHeld:
    return ReplicateHeld(_HELD.format(wait=spell_duration(math.ceil(seconds))))
