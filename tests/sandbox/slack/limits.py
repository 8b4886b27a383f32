"""How often Slack allows each Web API method: https://docs.slack.dev/apis/web-api/rate-limits."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

MINUTE = 60.0


class Tier(Enum):
    """Calls per minute, method and workspace."""

    TWO = 20
    THREE = 50
    FOUR = 100
    SPECIAL = 300
    """"Hundreds of requests per minute", as `auth.test` documents it."""
    SOCKETS = 10
    """Tier 1 of `apps.connections.open` with its tolerated burst: Slack allows ten connections at once."""
    POSTING = 0
    """Not per minute: `chat.postMessage` allows about one message a second in each channel."""


POSTING_BURST = 3
"""How many messages one channel takes at once before the one a second is enforced."""


@dataclass
class RateLimits:
    """Counts calls over a sliding minute, by a clock in seconds. Only allowed calls count."""

    clock: Callable[[], float]
    enforced: bool = True
    limited: Counter[str] = field(default_factory=Counter)
    """How often each method was refused."""
    _calls: dict[tuple[str, str], deque[float]] = field(default_factory=dict)

    def take(self, method: str, tier: Tier, channel: str) -> int | None:
        """Count one call; the seconds for `Retry-After` when it is one too many."""
        if not self.enforced:
            return None
        posting = tier is Tier.POSTING
        most, seconds = (POSTING_BURST, float(POSTING_BURST)) if posting else (tier.value, MINUTE)
        calls = self._calls.setdefault((method, channel if posting else ""), deque())
        return self._count(method, calls, most, seconds)

    def _count(self, method: str, calls: deque[float], most: int, seconds: float) -> int | None:
        now = self.clock()
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) < most:
            calls.append(now)
            return None
        self.limited[method] += 1
        return max(1, math.ceil(calls[0] + seconds - now))
