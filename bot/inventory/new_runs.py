"""Predictions that are newer than those that were stored, read for one request and added to what is known. Pure.

What they count is not stored: the next reading of all predictions will.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.inventory.run_reading import OVERLAP, Run, RunReading


@dataclass(frozen=True, slots=True)
class NewRuns:
    """Pages of predictions, the newest first, read after `before` was stored. Moments are seconds since 1970.

    `asked_at`: when the first page was asked for, None before. `oldest`: the oldest one read. `has_ended`: Replicate
    lists no more. `has_joined`: everything later than what is stored was read. `newest` and `counts` have those that
    are not stored, by full version id and key of the model, each empty if Replicate does not reveal it.
    """

    before: RunReading
    asked_at: float | None = None
    oldest: float | None = None
    has_ended: bool = False
    has_joined: bool = False
    newest: Mapping[tuple[str, str], float] = field(default_factory=dict)
    counts: Mapping[tuple[str, str], int] = field(default_factory=dict)
    seen: frozenset[str] = frozenset()

    @property
    def read_from(self) -> float | None:
        """From which moment on predictions are to be listed: a little before the end of what is stored."""
        end = stored_to(self.before)
        return None if end is None else end - OVERLAP

    def after(self, page: Sequence[Run], *, is_last: bool, asked_at: float) -> NewRuns:
        """Return what is known after the next page. Runs without a date are taken for as old as the one before."""
        at = asked_at if self.oldest is None else self.oldest
        newest, counts, seen = dict(self.newest), Counter(self.counts), set(self.seen)
        for run in page:
            at = at if run.at is None else run.at
            if run.id in seen or _is_stored(self.before, run, at):
                continue
            seen.update([run.id] if run.id else [])
            if run.is_own:
                which = (run.version_id, run.model)
                newest[which] = max(at, newest.get(which, at))
                counts[which] += 1
        is_below = self.read_from is not None and at < self.read_from
        return replace(
            self,
            asked_at=asked_at if self.asked_at is None else self.asked_at,
            oldest=at if page else self.oldest,
            has_ended=is_last,
            has_joined=is_last or is_below,
            newest=newest,
            counts=counts,
            seen=frozenset(seen),
        )


def stored_to(reading: RunReading) -> float | None:
    """Return the moment up to which all predictions are stored; None if none are.

    While the first reading goes back in time, those below its beginning are, as far as it has come.
    """
    return reading.top if reading.since is None else reading.read_to


def _is_stored(reading: RunReading, run: Run, at: float) -> bool:
    if run.id and (run.id in reading.recent or run.id in reading.top_recent or run.id in reading.last_page):
        return True
    if reading.top is not None and reading.oldest is not None and reading.oldest < at <= reading.top:
        # Counted by the reading in progress, unless it was listed late.
        return not (run.id and at >= reading.top - OVERLAP)
    end = stored_to(reading)
    if end is None or at > end:
        return False
    return not (run.id and at >= end - OVERLAP)
