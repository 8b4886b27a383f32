"""When to verify deletions next: later if the lists are long, and if nothing has gone lately. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.refs import ModelRef

_WAITS = (0.3, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each check; the last one repeats."""

_WAIT_PER_LISTED = 0.01
"""Seconds that each listed version adds to the wait, as long lists take many pages to read.

Doubles after each check in which nothing had gone, as what stays for a minute may stay for ten.
"""

_MAX_WAIT_PER_LISTED = 0.32
"""Seconds. With 25 versions per page, this is one page every 8 s, however many versions there are."""

_MAX_WAIT = 120.0

_TURNS_BETWEEN = 3
"""Requests that others may send to Replicate between two checks while it lets few through."""


class Look(NamedTuple):
    """The result of one check of a model; `listed` are the ids of its versions, None if they were not read.

    `is_trusted`: the lookups of single versions did not contradict the list. `size` is how many versions were listed
    or looked up one by one, None if they could not be.
    """

    ref: ModelRef
    saw_some_go: bool
    listed: frozenset[str] | None
    is_trusted: bool
    size: int | None


class LookSchedule:
    """The waits before the checks of one request."""

    def __init__(self) -> None:
        self._looks = 0
        self._listed: dict[ModelRef, int] = {}
        # The first check comes right after the last answer, so finding nothing gone must not lengthen the wait.
        self._per_listed = _WAIT_PER_LISTED / 2

    def seconds(self, interval: float) -> float:
        """Return the seconds to wait before the next check; `interval`: those between two requests to Replicate."""
        usual = _WAITS[min(self._looks, len(_WAITS) - 1)]
        by_length = sum(self._listed.values()) * self._per_listed
        return max(usual, min(_MAX_WAIT, max(by_length, _TURNS_BETWEEN * interval)))

    def looked(self, looks: Sequence[Look]) -> None:
        """Note the result for each model; a list that could not be read counts with its previous length."""
        self._looks += 1
        self._listed = {look.ref: self._listed.get(look.ref, 1) if look.size is None else look.size for look in looks}
        saw_some_go = any(look.saw_some_go for look in looks)
        self._per_listed = _WAIT_PER_LISTED if saw_some_go else min(_MAX_WAIT_PER_LISTED, 2 * self._per_listed)
