"""What one person has to know at a glance: what waits for them, what they asked for, and what was done. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests.history import Portion, portions_of
from bot.requests.request import Request, Target


@dataclass(frozen=True, slots=True)
class OverviewSizes:
    """How much an overview holds: of each list the first `requests`, and of a request up to `targets` targets.

    Of a request with more, the first ones and the last `last_targets` are read; one line counts the others.
    """

    requests: int
    targets: int
    last_targets: int

    @property
    def first_targets(self) -> int:
        """How many of the first targets of a longer request are read."""
        return self.targets - self.last_targets - 1


@dataclass(frozen=True, slots=True)
class OverviewEntry:
    """A request, those of its targets that are shown, and how many others it has of each model.

    Of a request whose targets are listed, a long one has its first and last (`OverviewSizes`); of one that is
    only named, every target is among the others.
    """

    request: Request
    targets: tuple[Target, ...]
    others: tuple[Portion, ...] = ()

    @property
    def portions(self) -> tuple[Portion, ...]:
        """What the whole request is about, by model; a model that is partly shown may be there twice."""
        return (*portions_of(self.targets), *self.others)


@dataclass(frozen=True, slots=True)
class OverviewList:
    """The first requests of a list, and how many the whole list has."""

    entries: tuple[OverviewEntry, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        """How many are not among the entries."""
        return self.total - len(self.entries)


@dataclass(frozen=True, slots=True)
class Overview:
    """The requests that concern one person, `at` a moment in seconds since 1970 by the database's clock.

    `waiting`: those this person may decide about and has not yet, the first to expire first. `own`: those
    they asked for that wait for others, the newest first. `under_way`: anybody's that were approved and are
    not done, the latest first. `latest`: anybody's that ended, the latest first.
    """

    at: float
    waiting: OverviewList = OverviewList()
    own: OverviewList = OverviewList()
    under_way: OverviewList = OverviewList()
    latest: OverviewList = OverviewList()
