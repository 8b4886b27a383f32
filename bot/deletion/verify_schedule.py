"""When to look next whether deleted versions are gone: the later, the more there is to read and the less goes. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.refs import ModelRef

_LOOKS = (0.3, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds before each look whether a version is gone; the last one repeats."""

_WAIT_PER_LISTED = 0.01
"""Seconds that each version in the lists adds to the wait: long lists take many pages to read again.

Twice as many after each further look that saw nothing go: what stays for a minute may stay for ten.
"""

_MAX_WAIT_PER_LISTED = 0.32
"""Seconds: with 25 versions on a page, a page every 8 s, however many there are."""

_MAX_WAIT = 120.0


class Look(NamedTuple):
    """What one look at a model saw; `listed` are the ids of its versions, None where those could not be read.

    `is_believed`: what single versions said did not speak against the list.
    """

    ref: ModelRef
    saw_some_go: bool
    listed: frozenset[str] | None
    is_believed: bool


class LookSchedule:
    """The waits before the looks of one request."""

    def __init__(self) -> None:
        self._looks = 0
        self._listed: dict[ModelRef, int] = {}
        # The first look comes so soon after the last answer that what it does not see go tells nothing.
        self._each = _WAIT_PER_LISTED / 2

    def seconds(self) -> float:
        """Return how long to wait before the next look."""
        usual = _LOOKS[min(self._looks, len(_LOOKS) - 1)]
        return max(usual, min(_MAX_WAIT, sum(self._listed.values()) * self._each))

    def looked(self, looks: Sequence[Look]) -> None:
        """Note what a look at each model saw; one that could not be read counts as long as it was before."""
        self._looks += 1
        self._listed = {
            look.ref: self._listed.get(look.ref, 1) if look.listed is None else len(look.listed) for look in looks
        }
        saw_some_go = any(look.saw_some_go for look in looks)
        self._each = _WAIT_PER_LISTED if saw_some_go else min(_MAX_WAIT_PER_LISTED, 2 * self._each)
