"""How far the account's predictions were read, and what a page of them adds. Pure.

Replicate lists predictions with the newest first (https://replicate.com/docs/reference/http#predictions.list). The
first reading goes back over a limited number of them, each later one to where the one before began. Every prediction
is counted once: the ids of the newest ones are remembered, so that the next reading may overlap with this one. An
overlap is needed as several may have the same date, and as one may be listed only after a later one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

MAX_FIRST_PAGES = 200
"""Pages of 100 predictions that the first reading goes back."""

OVERLAP = 60.0
"""Seconds before the newest prediction that was counted in which one may have been missed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A prediction: its id, the full id of the version, the key of the model, and when it was made.

    Texts are empty and `at` is None where Replicate does not reveal them. `at` is seconds since 1970. `is_own`: the
    model is, or may be, the account's own; runs of others are only seen.
    """

    id: str
    version_id: str
    model: str
    at: float | None
    is_own: bool = True


@dataclass(frozen=True, slots=True)
class RunReading:
    """All readings of predictions so far; it is stored together with what they counted.

    `since`: the beginning of what is known, None until the first reading has ended. `is_complete`: Replicate lists
    nothing before. `read_to`: the newest prediction that was counted by readings that have ended. `recent`: the ids
    and times of those counted shortly before it.

    The reading in progress has read `pages`, from the prediction at `top` down to the one at `oldest`. `top_recent` is
    `recent` for the reading after it, and `last_page` has the ids of the page read last.
    """

    since: float | None = None
    is_complete: bool = False
    runs_seen: int = 0
    read_to: float | None = None
    recent: Mapping[str, float] = field(default_factory=dict)
    pages: int = 0
    top: float | None = None
    oldest: float | None = None
    top_recent: Mapping[str, float] = field(default_factory=dict)
    last_page: Sequence[str] = ()

    @property
    def created_after(self) -> float | None:
        """The time from which on predictions are to be listed; None for all."""
        return None if self.read_to is None else self.read_to - OVERLAP

    @property
    def known_since(self) -> float | None:
        """The beginning of what is known; while the first reading is in progress, what it has read so far counts."""
        return self.oldest if self.since is None else self.since


@dataclass(frozen=True, slots=True)
class Tally:
    """Runs of one version: its model's key, how many, and when the newest was made."""

    version_id: str
    model: str
    runs: int
    newest_at: float


@dataclass(frozen=True, slots=True)
class PageRead:
    """The state after a page, the runs that are counted because of it, and whether the reading has ended with it."""

    reading: RunReading
    tallies: tuple[Tally, ...]
    has_ended: bool


class GoesBack(Exception):
    """All of the page was read before, or is newer than what was: the list leads back, and would never end."""

    def __str__(self) -> str:
        return "The list leads back to what was read of it before."


def after_page(before: RunReading, page: Sequence[Run], *, is_last: bool, asked_at: float) -> PageRead:
    """Return what changes by the next page, which was asked for at `asked_at`. Raises GoesBack."""
    runs = _dated(page, before.oldest, asked_at)
    _require_older(before, runs)
    if not is_last and all(run.id and run.id in before.last_page for run in page):
        raise GoesBack
    counted = [(run, at) for run, at in runs if _is_new(before, run, at)]
    own = [(run, at) for run, at in counted if run.is_own]
    top = max((at for _, at in runs), default=None) if before.top is None else before.top
    reading = replace(
        before,
        runs_seen=before.runs_seen + len(counted),
        pages=before.pages + 1,
        top=top,
        oldest=min((at for _, at in runs), default=before.oldest),
        top_recent=_recent(top, dict(before.top_recent) | {run.id: at for run, at in runs if run.id}),
        last_page=[run.id for run in page if run.id],
    )
    reached = before.created_after is not None and any(at < before.created_after for _, at in runs)
    is_far_enough = before.since is None and reading.pages >= MAX_FIRST_PAGES
    has_ended = is_last or reached or is_far_enough
    return PageRead(_ended(reading, is_last, asked_at) if has_ended else reading, _tallied(own), has_ended)


def _ended(reading: RunReading, is_last: bool, asked_at: float) -> RunReading:  # noqa: FBT001
    """Return the state between two readings."""
    is_first = reading.since is None
    tops = [at for at in (reading.read_to, reading.top) if at is not None]
    read_to = max(tops, default=None)
    return RunReading(
        since=(asked_at if reading.oldest is None else reading.oldest) if is_first else reading.since,
        is_complete=is_last if is_first else reading.is_complete,
        runs_seen=reading.runs_seen,
        read_to=read_to,
        recent=_recent(read_to, {**reading.recent, **reading.top_recent}),
    )


def _dated(page: Sequence[Run], oldest: float | None, asked_at: float) -> list[tuple[Run, float]]:
    """Return each run with its time; one without was made no later than the one listed before it.

    None is later than by what the next reading overlaps with this one: that would begin in the future, and miss
    everything that is run until then.
    """
    latest = asked_at + OVERLAP
    instead = latest if oldest is None else min(oldest, latest)
    at = next((min(run.at, latest) for run in page if run.at is not None), asked_at) if oldest is None else oldest
    dated = []
    for run in page:
        if run.at is not None:
            at = run.at if run.at <= latest else instead
        dated.append((run, at))
    return dated


def _require_older(before: RunReading, runs: Sequence[tuple[Run, float]]) -> None:
    if before.oldest is not None and runs and min(at for _, at in runs) > before.oldest:
        raise GoesBack


def _is_new(before: RunReading, run: Run, at: float) -> bool:
    """Return whether a prediction was not counted before."""
    is_above = before.oldest is not None and at > before.oldest
    if is_above or run.id in before.last_page or run.id in before.recent:
        return False
    if before.read_to is None or at > before.read_to:
        return True
    # Listed late. What cannot be told from the others by an id or a date is taken for one of those counted.
    return bool(run.id) and run.at is not None and at >= before.read_to - OVERLAP


def _recent(newest: float | None, ids: Mapping[str, float]) -> dict[str, float]:
    return {} if newest is None else {id_: at for id_, at in ids.items() if at >= newest - OVERLAP}


def _tallied(counted: Sequence[tuple[Run, float]]) -> tuple[Tally, ...]:
    runs = Counter((run.version_id, run.model) for run, _ in counted)
    newest: dict[tuple[str, str], float] = {}
    for run, at in counted:
        which = (run.version_id, run.model)
        newest[which] = max(at, newest.get(which, at))
    return tuple(Tally(*which, number, newest[which]) for which, number in sorted(runs.items()))
