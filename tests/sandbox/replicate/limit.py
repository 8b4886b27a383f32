"""The rate limits of a stand-in Replicate, and how it tells of them. Pure: it is told the time."""

from __future__ import annotations

import enum
import math
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime


@dataclass(frozen=True, slots=True)
class Window:
    """At most `count` requests in any `seconds`. Refused requests do not count, as in Django REST framework.

    See https://www.django-rest-framework.org/api-guide/throttling/, whose words Replicate's 429 has.
    """

    count: int
    seconds: float


LOW_CREDIT = (Window(1, 1.0), Window(6, 60.0))
"""Granted credit and no payment method: 1 request a second and at most 6 a minute.

See https://replicate.com/docs/topics/predictions/rate-limits.
"""

BURST_OF_ONE = (Window(1, 10.0),)
"""6 requests per minute with a burst of 1, as https://github.com/nodetool-ai/nodetool/issues/5196 quotes a 429."""


class Naming(enum.Enum):
    """Where a 429 names the seconds to wait."""

    HEADER = enum.auto()
    """`Retry-After` in seconds, and the words of https://replicate.com/docs/reference/http#rate-limits."""
    DATE = enum.auto()
    """`Retry-After` as an HTTP date."""
    BODY = enum.auto()
    """`retry_after` in the body."""
    WORDS = enum.auto()
    """Only in `detail`."""
    RESET = enum.auto()
    """`ratelimit-reset` in seconds from now."""
    RESET_EPOCH = enum.auto()
    """`x-ratelimit-reset` in seconds since 1970."""
    NOWHERE = enum.auto()


_JITTER = 1.0
"""Seconds by which a clock may go back by itself."""


class Limiter:
    """`per_minute` requests for each account, `burst` of them at once, and no more than each of `windows` allows.

    3000 a minute, with short bursts above it: https://replicate.com/docs/reference/http#rate-limits
    `throttled` counts the refusals. `naming` says how a 429 names the wait, `tells_rate` whether its words also name
    the reduced rate, and `announces` whether every answer has `ratelimit-*` headers.
    """

    def __init__(
        self,
        per_minute: float,
        burst: int,
        *,
        windows: tuple[Window, ...] = (),
        naming: Naming = Naming.HEADER,
        tells_rate: bool = False,
        announces: bool = False,
    ) -> None:
        self.per_minute = per_minute
        self.burst = burst
        self.windows = windows
        self.naming = naming
        self.tells_rate = tells_rate
        self.announces = announces
        self.throttled = 0
        self._accounts: defaultdict[str, _Past] = defaultdict(_Past)

    def refused_for(self, account: str, now: float) -> float | None:
        """None when a request at `now` (seconds) is within the limits, else the seconds until one would be."""
        past = self._accounts[account]
        if past.taken and now < past.taken[-1] - _JITTER:
            # A test has set the clock back. Replicate's own goes on, so that nothing taken by then counts any more.
            past = self._accounts[account] = _Past()
        interval = 60.0 / self.per_minute
        due = max(past.due or now, now)
        wait = max(due - interval * (self.burst - 1), past.free_at(self.windows)) - now
        if wait > 0:
            self.throttled += 1
            return wait
        past.due = due + interval
        past.taken.append(now)
        return None

    def refusal(self, wait: float, now: float) -> tuple[dict[str, object], dict[str, str]]:
        """Return the body and the headers of a 429, in whole seconds."""
        seconds = int(wait) + 1
        body: dict[str, object] = {"detail": self._words(seconds), "status": 429}
        at = now + seconds
        match self.naming:
            case Naming.HEADER:
                return body, {"Retry-After": str(seconds)}
            case Naming.DATE:
                return body, {"Date": _http_date(now), "Retry-After": _http_date(at)}
            case Naming.BODY:
                return {**body, "retry_after": seconds}, {}
            case Naming.RESET:
                return body, {"RateLimit-Reset": str(seconds)}
            case Naming.RESET_EPOCH:
                return body, {"Date": _http_date(now), "X-RateLimit-Reset": str(math.ceil(at))}
            case Naming.WORDS | Naming.NOWHERE:
                return body, {}

    def announcement(self, account: str, now: float) -> Mapping[str, str]:
        """Return the `ratelimit-*` headers for an answer at `now`, about the window that is the next to be full."""
        if not self.announces:
            return {}
        past = self._accounts[account]
        windows = self.windows or (Window(int(self.per_minute), 60.0),)
        left = {window: window.count - past.within(window, now) for window in windows}
        tightest = min(left, key=lambda window: (left[window], -window.seconds))
        reset = max(0.0, past.free_at((tightest,)) - now) if left[tightest] <= 0 else tightest.seconds
        return {
            "ratelimit-limit": str(tightest.count),
            "ratelimit-remaining": str(max(0, left[tightest])),
            "ratelimit-reset": str(math.ceil(reset)),
        }

    def _words(self, seconds: int) -> str:
        unit = "second" if seconds == 1 else "seconds"
        if self.tells_rate:
            resets = f" Your rate limit resets in ~{seconds}s." if self.naming is Naming.WORDS else ""
            return (
                "Request was throttled. Your rate limit for creating predictions is reduced to 6 requests per minute "
                f"with a burst of 1 requests while you have less than $5.0 in credit.{resets}"
            )
        if self.naming in (Naming.HEADER, Naming.WORDS):
            return f"Request was throttled. Expected available in {seconds} {unit}."
        return "Request was throttled."


@dataclass
class _Past:
    """What one account was let through: when the next request is due, and when the latest ones were."""

    due: float | None = None
    taken: deque[float] = field(default_factory=lambda: deque(maxlen=1000))

    def within(self, window: Window, now: float) -> int:
        return sum(at > now - window.seconds for at in self.taken)

    def free_at(self, windows: tuple[Window, ...]) -> float:
        """The time from which one more request is within all windows."""
        full = [w for w in windows if len(self.taken) >= w.count]
        return max((self.taken[-window.count] + window.seconds for window in full), default=0.0)


def _http_date(moment: float) -> str:
    return format_datetime(datetime.fromtimestamp(math.ceil(moment), UTC), usegmt=True)
