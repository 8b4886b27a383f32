"""The rate limit of a stand-in Replicate. Pure: it is told the time."""

from __future__ import annotations


class Limiter:
    """`per_minute` requests for each account, `burst` of them at once.

    3000 a minute, with short bursts above it: https://replicate.com/docs/reference/http#rate-limits
    `throttled` counts the refusals.
    """

    def __init__(self, per_minute: float, burst: int) -> None:
        self.per_minute = per_minute
        self.burst = burst
        self.throttled = 0
        self._due: dict[str, float] = {}

    def refused_for(self, account: str, now: float) -> float | None:
        """None when a request at `now` (seconds) is within the limit, else the seconds until one would be."""
        interval = 60.0 / self.per_minute
        due = max(self._due.get(account, now), now)
        wait = due - interval * (self.burst - 1) - now
        if wait > 0:
            self.throttled += 1
            return wait
        self._due[account] = due + interval
        return None
