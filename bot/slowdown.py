"""How far an API's refusals slow requests down, and how they become faster again. Pure.

Slow down fast, speed up slowly: a second refusal in a row halves the rate, and minutes without one let it grow again.
Where the refusal names a rate, that one is used.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

STEADY = 300.0
"""Seconds after a refusal for which the rate stays as it is. A faster one may be refused again."""

_GROWTH = 60.0
"""Seconds after those in which the rate has grown fourfold: from 6 a minute to 1500 takes a quarter of an hour."""

_SLOWEST = 1.0
"""Requests a minute; at a slower rate it would take too long to find out that more is allowed."""

_MARGIN = 0.95
"""The share of a named rate that is used, as requests do not take equally long to arrive."""

_STEP_BACK = 0.8
"""The share that is left of a rate that had grown until it was refused."""

_CLOCK_TOLERANCE = 1.0


@dataclass(frozen=True, slots=True)
class Slowdown:
    """The rate after the latest refusal, which came at `since`; infinite after a single one.

    Times are seconds on one and the same clock.
    """

    per_minute: float
    since: float

    def rate(self, now: float) -> float:
        """Return how many requests a minute are sent now, unless fewer are allowed anyway."""
        growing = max(0.0, now - self.since - STEADY) / _GROWTH
        return float(self.per_minute * (1 + growing) ** 2)

    def holds(self, now: float, full: float) -> bool:
        """Whether it is below the `full` rate; False if `since` is in the future, as after a clock was set back."""
        return self.since <= now + _CLOCK_TOLERANCE and self.rate(now) < full


def after_refusal(before: Slowdown | None, now: float, *, full: float, sent_at: float, named: float | None) -> Slowdown:
    """Return the slowdown once a request that was sent at `sent_at` is refused.

    `full` is the rate without refusals, and `named` the one that the refusal names, if so, both in requests a minute.
    One refusal alone slows nothing down. Further ones to requests that had been sent before it count as the same one.
    """
    told = math.inf if named is None else max(_SLOWEST, named * _MARGIN)
    told = told if told < full else math.inf
    if before is None or before.since > now + _CLOCK_TOLERANCE:
        return Slowdown(told, now)
    if sent_at <= before.since:
        return before if before.per_minute <= told else Slowdown(told, now)
    if told < full:
        return Slowdown(told, now)
    is_steady = now - before.since <= STEADY
    if not is_steady and not before.holds(now, full):
        return Slowdown(math.inf, now)
    rate = min(full, before.per_minute) / 2 if is_steady else before.rate(now) * _STEP_BACK
    return Slowdown(max(_SLOWEST, rate), now)
