"""What is told about the targets of a request beside what they are: when they were run, and what a model is for. Pure.

None of it is part of what is approved: it may become known only after a request was made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.requests.news import NO_NEWS, News
from bot.requests.request import Target

RECENT = 7 * 86_400.0
"""Seconds before a request was made within which a run is told first."""


@dataclass(frozen=True, slots=True)
class RunReach:
    """How far the account's predictions were read. Moments are seconds since 1970.

    `since`: runs are known from this moment on. `is_complete`: there are none before. `runs_seen`: how many were read.
    `missing_since`: from this moment on some may be missing; None if none was at the time of the request.
    """

    since: float
    is_complete: bool
    runs_seen: int
    missing_since: float | None = None


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What is known of one target. Moments are seconds since 1970.

    `last_run_at`: the newest run by the account that is known, None for none, and `runs` how many are known.
    `hidden_run_at`: the newest run of its model whose version Replicate does not tell, so it may be this one.
    `description`, `run_count` (runs by anybody, as Replicate counts them) and `versions` are those of a model.
    """

    last_run_at: float | None = None
    runs: int = 0
    hidden_run_at: float | None = None
    description: str = ""
    run_count: int | None = None
    versions: int | None = None

    @property
    def may_have_run_at(self) -> float | None:
        """The time of a later run that may be its own; None for none."""
        hidden, own = self.hidden_run_at, self.last_run_at
        return hidden if hidden is not None and (own is None or hidden > own) else None


_NOTHING = TargetFacts()


@dataclass(frozen=True, slots=True)
class RecentRuns:
    """How many of `targets`, which are versions if there are any and else models, were run lately, and the newest."""

    targets: int
    of: int
    are_versions: bool
    newest_at: float


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of the targets of a request, by their positions; `reach` is None if no run is known yet.

    `news` says which of them the rule's last proposal did not have, if a rule proposed them.
    """

    reach: RunReach | None = None
    by_position: Mapping[int, TargetFacts] = field(default_factory=dict)
    news: News = NO_NEWS

    def of(self, target: Target) -> TargetFacts:
        """Return what is known of a target."""
        return self.by_position.get(target.position, _NOTHING)

    @property
    def is_final(self) -> bool:
        """Whether all runs until the request was made are known, as far as Replicate lists them."""
        return self.reach is not None and self.reach.missing_since is None

    def recent(self, targets: Sequence[Target], made_at: float) -> RecentRuns | None:
        """Return which of these targets were run within `RECENT` before `made_at` or later; None if none was.

        A model is not counted beside its versions.
        """
        versions = [target for target in targets if target.version_id]
        counted = versions or targets
        runs = [at for t in counted if (at := self.of(t).last_run_at) is not None and at >= made_at - RECENT]
        return RecentRuns(len(runs), len(counted), bool(versions), max(runs)) if runs else None

    def runs_of_versions(self, targets: Sequence[Target]) -> int:
        """Return how many predictions are known that go with these targets."""
        return sum(self.of(target).runs for target in targets if target.version_id)


NOT_KNOWN = RunFacts()
"""What is known of a request before anything was read for it."""
