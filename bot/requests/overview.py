"""The requests that concern one person: to decide, their own, under way, and ended. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.requests.history import Portion, portions_of
from bot.requests.request import Request, Target
from bot.requests.run_facts import RecentRuns


@dataclass(frozen=True, slots=True)
class OverviewSizes:
    """The limits of an overview: `requests` for each list, and `targets` lines for each request.

    Of a request with more targets, the first ones and the last `last_targets` are read; one line counts the others.
    """

    requests: int
    targets: int
    last_targets: int

    @property
    def first_targets(self) -> int:
        """How many of the first targets are read if a request has more than `targets`."""
        return self.targets - self.last_targets - 1


@dataclass(frozen=True, slots=True)
class OverviewEntry:
    """A request, the targets that are shown, and how many others it has of each model.

    In a list that shows targets, a long request has its first and last ones (`OverviewSizes`). In a list that only
    names requests, `targets` is empty and `others` counts every target. `card` is the URL of its card, empty if there
    is none. `recent`: which of all its targets were run lately, in a list that shows targets.
    """

    request: Request
    targets: tuple[Target, ...]
    others: tuple[Portion, ...] = ()
    card: str = ""
    recent: RecentRuns | None = None

    @property
    def portions(self) -> tuple[Portion, ...]:
        """All targets of the request counted by model; a model that is partly shown may appear twice."""
        return (*portions_of(self.targets), *self.others)


@dataclass(frozen=True, slots=True)
class OverviewList:
    """The first requests of a list, and how many the whole list has.

    Of a list that grows for ever, such as that of ended requests, only the first ones are counted.
    """

    entries: tuple[OverviewEntry, ...] = ()
    total: int = 0

    @property
    def more(self) -> int:
        """How many requests are not in `entries`."""
        return self.total - len(self.entries)


@dataclass(frozen=True, slots=True)
class Overview:
    """The requests that concern one person; `at` is in seconds since 1970 by the database's clock.

    `waiting`: open requests this person may decide about and has not yet, the first to expire first.
    `own`: their own requests that await approval, the newest first.
    `under_way`: all requesters' approved requests that have not ended, the latest first.
    `latest`: all requesters' ended requests, the latest first.
    `to_review`: what others carried out without approvals and this person may sign off, the first to end first.
    """

    at: float
    waiting: OverviewList = OverviewList()
    own: OverviewList = OverviewList()
    under_way: OverviewList = OverviewList()
    latest: OverviewList = OverviewList()
    to_review: OverviewList = OverviewList()
