"""What the account's predictions tell about its versions. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.inventory.run_reading import RunReading


@dataclass(frozen=True, slots=True)
class KnownRuns:
    """Runs by the account, as far as its predictions were read. Moments are seconds since 1970.

    `since`: runs are known from this moment on; None if none have been read yet. `is_complete`: Replicate lists no
    predictions before those read, so a version without a run was never run by the account, unless the prediction was
    deleted. `until`: later runs may be missing; None until predictions have been read to their end once. `runs_seen`:
    how many predictions were read, also those of other models.

    `newest` has the time of the newest run and `counts` the number of runs by full version id or, of models, by
    `owner/name` as it was asked for. What was not run is missing from both.
    """

    since: float | None = None
    is_complete: bool = False
    runs_seen: int = 0
    newest: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    until: float | None = None


@dataclass(frozen=True, slots=True)
class StoredRuns:
    """What is stored of the runs of some versions and models at one moment, and how far predictions were read then.

    `hidden` has the newest run of each model, by `owner/name`, whose version Replicate does not reveal.
    """

    reading: RunReading = field(default_factory=RunReading)
    versions: KnownRuns = field(default_factory=KnownRuns)
    models: KnownRuns = field(default_factory=KnownRuns)
    hidden: Mapping[str, float] = field(default_factory=dict)
